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
    /// √max(0, Σ q xᵢ xⱼ) over terms q xᵢ xⱼ of the parts x.
    case rootOfQuadraticForm([QuadraticTerm])
    /// √max(0, Σ K_b² + Σ_{b≠c} γ_bc S_b S_c) over parts K₁ … K_B, W₁ … W_B in this order, with
    /// S_b = W_b held between −K_b and K_b, and γ row by row.
    case rootOfBuckets(correlations: [Double])
  }

  /// A term q xᵢ xⱼ of a quadratic form.
  public struct QuadraticTerm: Sendable, Hashable, Codable {
    public var first: Int
    public var second: Int
    public var coefficient: Double

    public init(_ first: Int, _ second: Int, _ coefficient: Double) {
      self.first = first
      self.second = second
      self.coefficient = coefficient
    }
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
  /// - Precondition: `rule` is not `given`; a maximum or minimum has at least one part; a root's terms and
  ///   correlations are of the parts that there are.
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
    case .rootOfQuadraticForm(let terms):
      return max(
        0,
        terms.reduce(0) {
          $0 + $1.coefficient * parts[$1.first].amount * parts[$1.second].amount
        }
      ).squareRoot()
    case .rootOfBuckets(let correlations):
      let count = parts.count / 2
      precondition(
        parts.count == 2 * count && correlations.count == count * count,
        "A root of buckets needs two parts for each bucket, and their correlations.")
      let held = (0..<count).map {
        max(-parts[$0].amount, min(parts[$0].amount, parts[count + $0].amount))
      }
      var square = 0.0
      for b in 0..<count {
        square += parts[b].amount * parts[b].amount
        for c in 0..<count where c != b {
          square += correlations[b * count + c] * held[b] * held[c]
        }
      }
      return max(0, square).squareRoot()
    }
  }
}
