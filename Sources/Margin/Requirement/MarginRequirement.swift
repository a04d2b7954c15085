/// An explained margin: an amount, the rule that gives it, and the parts that the rule combines.
///
/// The tree is the whole calculation: each node's amount is its rule applied to the amounts of its
/// parts, and ``firstInconsistency(relativeTolerance:)`` recomputes every node to say so.
public struct MarginRequirement: Sendable, Hashable, Codable {
  /// How a node's amount follows from those of its parts.
  public enum Rule: Sendable, Hashable, Codable {
    /// An amount that the methodology takes from outside this tree: a leaf.
    case given
    /// The sum of the parts.
    case sum
    /// The largest part.
    case maximum
    /// The smallest part.
    case minimum
    /// The sum of the parts times a factor: a price, a weight, a maintenance ratio.
    case scaled(by: Double)
    /// The sum of the parts, rounded to a number of decimals, halves away from zero.
    case rounded(decimals: Int)
  }

  /// What is charged, as in `roll shock`.
  public var name: String
  /// The amount, in `currency`; a requirement is positive, a scenario's loss may have either sign.
  public var amount: Double
  /// `USD`, or the coin in which a venue computes this part.
  public var currency: String
  public var rule: Rule
  public var parts: [MarginRequirement]

  /// A leaf.
  public init(_ name: String, _ amount: Double, currency: String = "USD") {
    self.name = name
    self.amount = amount
    self.currency = currency
    rule = .given
    parts = []
  }

  /// A node whose amount is the rule applied to the parts.
  ///
  /// - Precondition: `rule` is not `given`; a maximum or minimum has at least one part.
  public init(
    _ name: String, _ rule: Rule, of parts: [MarginRequirement], currency: String = "USD"
  ) {
    precondition(rule != .given, "A node with parts needs a rule that combines them.")
    precondition(
      (rule != .maximum && rule != .minimum) || !parts.isEmpty,
      "A maximum or minimum needs at least one part.")
    self.name = name
    self.rule = rule
    self.parts = parts
    self.currency = currency
    amount = rule.amount(of: parts) ?? 0
  }

  /// The part that decides a maximum or minimum; nil for any other node.
  public var decisivePart: MarginRequirement? {
    switch rule {
    case .maximum: parts.max { $0.amount < $1.amount }
    case .minimum: parts.min { $0.amount < $1.amount }
    default: nil
    }
  }

  /// The first node, from the top, whose rule does not give its amount; nil when all do.
  public func firstInconsistency(relativeTolerance: Double = 1e-12) -> MarginRequirement? {
    if let expected = rule.amount(of: parts) {
      let scale = parts.reduce(abs(expected)) { max($0, abs($1.amount)) }
      if !(abs(expected - amount) <= relativeTolerance * max(scale, 1)) { return self }
    } else if !amount.isFinite {
      return self
    }
    for part in parts {
      if let found = part.firstInconsistency(relativeTolerance: relativeTolerance) { return found }
    }
    return nil
  }
}

extension MarginRequirement.Rule {
  /// The amount that the rule gives; nil for a leaf.
  func amount(of parts: [MarginRequirement]) -> Double? {
    let sum = parts.reduce(0) { $0 + $1.amount }
    switch self {
    case .given: return nil
    case .sum: return sum
    case .maximum: return parts.reduce(-Double.infinity) { largest($0, $1.amount) }
    // With NaN where a part is NaN.
    case .minimum: return -parts.reduce(-Double.infinity) { largest($0, -$1.amount) }
    case .scaled(let factor): return sum * factor
    case .rounded(let decimals):
      var scale = 1.0
      for _ in 0..<decimals { scale *= 10 }
      return (sum * scale).rounded(.toNearestOrAwayFromZero) / scale
    }
  }
}
