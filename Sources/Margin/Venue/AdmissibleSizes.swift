internal import CKernels

/// The sizes of a trade that an account's funds admit.
public struct AdmissibleSizes: Sendable, Hashable {
  /// What stops a trade from being larger.
  public enum Limit: Sendable, Hashable {
    /// The loss in a scenario, by its number in the profile.
    case scenario(Int)
    /// Roll shock, provisions and fees where no scenario loses.
    case charges
    /// The least core requirement.
    case minimumDelta
    /// The delta up to which the rule is verified.
    case deltaShock
  }

  /// Signed coins, the largest sale and the largest purchase; infinite where nothing limits them.
  public var range: ClosedRange<Double>
  /// What stops a larger sale; nil where nothing does.
  public var limitBelow: Limit?
  /// What stops a larger purchase; nil where nothing does.
  public var limitAbove: Limit?
}

extension LoadedAccount {
  /// The sizes x of a trade for which the margin after it, and a fee for each coin traded, stay
  /// within the funds: margin(x) + fee · |x| ≤ funds.
  ///
  /// Each scenario's requirement, the charges' and the least requirement are piecewise linear in x
  /// with at most eight kinks, so that each is solved exactly between its kinks, and the sizes
  /// admitted are what all admit. Where the margin is convex in x, which it is unless dampened gains
  /// offset another group's losses, that is every admissible size, 0 among them or not; elsewhere it
  /// is the interval about 0. The venue's rounding is not modelled.
  ///
  /// - Parameters:
  ///   - funds: dollars.
  ///   - feePerCoin: dollars, not negative.
  /// - Returns: nil where no size is admitted, or, where the margin is not convex in x, size 0 is
  ///   not.
  /// - Complexity: scenarios × kinks.
  public func admissibleSizes(
    inRow row: Int, funds: Double, level: MarginLevel = .initial, feePerCoin: Double = 0
  ) -> AdmissibleSizes? {
    requireRow(row)
    precondition(feePerCoin >= 0 && feePerCoin.isFinite, "A fee is a number that is not negative.")
    guard funds.isFinite else { return nil }
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: TradeSizing.room) { room in
      TradeSizing(of: row, in: self, level: level, fee: feePerCoin, room: room)
        .sizes(within: funds)
    }
  }
}
