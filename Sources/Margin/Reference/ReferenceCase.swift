/// One case of a reference file: what was expected, and what was computed.
public struct ReferenceCase: Sendable, Hashable {
  /// One number of a case.
  public struct Quantity: Sendable, Hashable {
    /// What it is, as the file names it.
    public let name: String
    public let expected: Double
    public let found: Double
    /// The difference that passes because sums of terms that cancel are known no better; 0 where
    /// none do.
    public let rounding: Double
    /// The difference that passes where a file states one for this quantity alone, as by the digits of a
    /// report; nil where the file's tolerances hold.
    public let tolerance: Double?

    /// - Parameters:
    ///   - terms: The sum of the magnitudes of the terms of which the quantity is a sum; where they cancel
    ///     to nearly nothing, as a box of options does, 16 units in the last place of it pass.
    ///   - tolerance: The difference that passes for this quantity alone.
    public init(
      _ name: String, expected: Double, found: Double, terms: Double = 0, tolerance: Double? = nil
    ) {
      (self.name, self.expected, self.found) = (name, expected, found)
      rounding = 16 * terms.ulp * (terms == 0 ? 0 : 1)
      self.tolerance = tolerance
    }

    /// The difference over what passes: at most one where it passes; infinite for a NaN.
    public func error(in file: ReferenceFile) -> Double {
      let tolerance =
        tolerance
        ?? max(file.absoluteTolerance, file.relativeTolerance * abs(expected), rounding)
      let difference = abs(found - expected)
      if difference == 0 { return 0 }
      return difference.isFinite ? difference / tolerance : .infinity
    }
  }

  /// What became of a case.
  public enum Outcome: Sendable, Hashable {
    /// Its numbers were computed.
    case computed([Quantity])
    /// It reaches a part of the rule that is not published or not given, for the reason stated:
    /// neither passed nor failed.
    case refused(reason: String)
    /// It could not be computed.
    case failed(reason: String)
  }

  public let name: String
  public let outcome: Outcome

  public init(_ name: String, _ outcome: Outcome) {
    (self.name, self.outcome) = (name, outcome)
  }

  /// The worst quantity; nil where none was computed.
  public func worst(in file: ReferenceFile) -> Quantity? {
    guard case .computed(let quantities) = outcome else { return nil }
    return quantities.max { $0.error(in: file) < $1.error(in: file) }
  }

  /// Whether every number is within the tolerance of the file; a refused case is not passed.
  public func passes(in file: ReferenceFile) -> Bool {
    guard case .computed(let quantities) = outcome else { return false }
    return quantities.allSatisfy { $0.error(in: file) <= 1 }
  }
}

/// A methodology that can be held against files of reference cases.
public protocol ReferenceMethod: Sendable {
  /// Whether the file's layout and method are this one's.
  func recognizes(_ file: ReferenceFile) -> Bool
  /// Every case of the file, computed.
  ///
  /// - Throws: ``ReferenceError`` where the file's layout is not what the method needs.
  func cases(of file: ReferenceFile) throws -> [ReferenceCase]
}
