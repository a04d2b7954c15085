/// Leverage tiers: maintenance margin as a continuous, convex, piecewise linear function of a
/// position's notional.
///
/// In bracket i, from its floor on, MM(N) = N m_i − A_i with A_i = A_{i−1} + floor_i (m_i − m_{i−1}),
/// which makes MM continuous; as rates rise it is convex, and MM(N) = max_i (N m_i − A_i).
public struct LeverageBrackets: Sendable, Hashable {
  public struct Bracket: Sendable, Hashable {
    /// The least notional of the bracket, in the unit of the brackets.
    public let floor: Double
    /// m_i
    public let maintenanceRate: Double
    /// A_i
    public let maintenanceAmount: Double
    public let maximumLeverage: Double

    /// The margin that the bracket's line gives.
    public func maintenanceMargin(of notional: Double) -> Double {
      notional * maintenanceRate - maintenanceAmount
    }
  }

  public let brackets: [Bracket]

  /// The brackets of tiers.
  ///
  /// - Returns: nil where ``fault(of:)`` finds one.
  public init?(_ tiers: [LeverageTier]) {
    guard Self.fault(of: tiers) == nil else { return nil }
    var brackets: [Bracket] = []
    for tier in tiers {
      brackets.append(
        Bracket(
          floor: tier.floor, maintenanceRate: tier.maintenanceRate,
          maintenanceAmount: Self.amount(after: brackets.last, of: tier),
          maximumLeverage: tier.maximumLeverage))
    }
    self.brackets = brackets
  }

  /// One rate for every notional.
  ///
  /// - Precondition: 0 ≤ maintenanceRate < 1, 1 ≤ maximumLeverage.
  public init(maintenanceRate: Double, maximumLeverage: Double) {
    precondition(
      maintenanceRate >= 0 && maintenanceRate < 1 && maximumLeverage >= 1,
      "A maintenance rate lies in [0, 1), a leverage is at least 1.")
    brackets = [
      Bracket(
        floor: 0, maintenanceRate: maintenanceRate, maintenanceAmount: 0,
        maximumLeverage: maximumLeverage)
    ]
  }

  private static func amount(after last: Bracket?, of tier: LeverageTier) -> Double {
    guard let last else { return 0 }
    return last.maintenanceAmount + tier.floor * (tier.maintenanceRate - last.maintenanceRate)
  }

  /// The first field of tiers that makes no sense, and why.
  public static func fault(of tiers: [LeverageTier]) -> (field: String, reason: String)? {
    if tiers.isEmpty { return ("tiers", "needs at least one tier") }
    var last: Bracket?
    for (i, tier) in tiers.enumerated() {
      func fault(_ field: String, _ reason: String) -> (String, String) {
        ("tiers[\(i)].\(field)", reason)
      }
      if i == 0 && tier.floor != 0 { return fault("floor", "\(tier.floor) is not 0") }
      if let last, !(tier.floor > last.floor && tier.floor.isFinite) {
        return fault("floor", "\(tier.floor) is not above that of the tier before, \(last.floor)")
      }
      if !(tier.maintenanceRate >= 0 && tier.maintenanceRate < 1) {
        return fault("maintenanceRate", "\(tier.maintenanceRate) is not in [0, 1)")
      }
      if let last, tier.maintenanceRate < last.maintenanceRate {
        return fault(
          "maintenanceRate",
          "\(tier.maintenanceRate) is below that of the tier before, \(last.maintenanceRate), so "
            + "that margin would not be convex")
      }
      if !(tier.maximumLeverage >= 1 && tier.maximumLeverage.isFinite) {
        return fault("maximumLeverage", "\(tier.maximumLeverage) is not at least 1")
      }
      if let last, tier.maximumLeverage > last.maximumLeverage {
        return fault(
          "maximumLeverage",
          "\(tier.maximumLeverage) is above that of the tier before, \(last.maximumLeverage)")
      }
      let amount = Self.amount(after: last, of: tier)
      if let stated = tier.maintenanceAmount,
        !(abs(stated - amount) <= 1e-9 * max(1, abs(amount)))
      {
        return fault(
          "maintenanceAmount", "\(stated) leaves a jump in margin at the floor; \(amount) does not")
      }
      last = Bracket(
        floor: tier.floor, maintenanceRate: tier.maintenanceRate, maintenanceAmount: amount,
        maximumLeverage: tier.maximumLeverage)
    }
    return nil
  }

  /// The bracket of a notional. O(log brackets).
  public func bracket(of notional: Double) -> Bracket {
    var (low, high) = (0, brackets.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if brackets[middle].floor <= notional { low = middle } else { high = middle }
    }
    return brackets[low]
  }

  public func maintenanceMargin(of notional: Double) -> Double {
    bracket(of: notional).maintenanceMargin(of: notional)
  }

  /// N over the leverage, which is the bracket's largest where the chosen one is larger or none is
  /// chosen.
  public func initialMargin(of notional: Double, leverage: Double? = nil) -> Double {
    notional / min(leverage ?? .infinity, bracket(of: notional).maximumLeverage)
  }

  /// The notional N ≥ 0 at which N ∓ (MM(N) + fee · N) is `target`, both increasing in N.
  ///
  /// - Parameter sign: −1 for N − MM(N) − fee · N, +1 for N + MM(N) + fee · N.
  func notional(reaching target: Double, sign: Double, feeRate: Double) -> Double {
    func value(_ bracket: Bracket, _ notional: Double) -> Double {
      notional + sign * (bracket.maintenanceMargin(of: notional) + feeRate * notional)
    }
    var (low, high) = (0, brackets.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if value(brackets[middle], brackets[middle].floor) <= target {
        low = middle
      } else {
        high = middle
      }
    }
    let bracket = brackets[low]
    return (target + sign * bracket.maintenanceAmount)
      / (1 + sign * (bracket.maintenanceRate + feeRate))
  }
}

/// A tier as venues list it.
public struct LeverageTier: Sendable, Hashable, Codable {
  /// The least notional; 0 in the first tier.
  public var floor: Double
  public var maintenanceRate: Double
  public var maximumLeverage: Double
  /// What the venue lists to be taken off; checked against what makes margin continuous.
  public var maintenanceAmount: Double?

  public init(
    floor: Double, maintenanceRate: Double, maximumLeverage: Double,
    maintenanceAmount: Double? = nil
  ) {
    self.floor = floor
    self.maintenanceRate = maintenanceRate
    self.maximumLeverage = maximumLeverage
    self.maintenanceAmount = maintenanceAmount
  }
}
