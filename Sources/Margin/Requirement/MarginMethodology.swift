public import Pricing

/// Which of the two requirements of a methodology is meant.
public enum MarginLevel: String, Sendable, Hashable, Codable, CaseIterable {
  /// What must be posted to take on the position.
  case initial
  /// What must stay posted before the venue liquidates.
  case maintenance
}

/// A rule that says how much margin a book needs.
public protocol MarginMethodology: Sendable {
  /// The name by which people know the rule.
  var name: String { get }

  /// The exact requirement, in dollars, as an explained tree.
  ///
  /// - Throws: `MarketError` or `SimulationError` where the market lacks what the rule needs,
  ///   `MarginError` where the rule's parameters do not cover the book.
  func margin(
    _ level: MarginLevel, on portfolio: Portfolio, in market: Market
  ) throws -> MarginRequirement
}

extension MarginMethodology {
  /// The exact initial margin.
  public func margin(on portfolio: Portfolio, in market: Market) throws -> MarginRequirement {
    try margin(.initial, on: portfolio, in: market)
  }
}

/// A methodology that can also tell an optimizer the shape of its margin.
///
/// The two faces are bound by one law, tested for every methodology on random books: the function's
/// value at trades x equals the exact margin of the book after x where the function is declared
/// exact, and is never below it where it is declared an upper bound.
public protocol ConvexMarginMethodology: MarginMethodology {
  /// Margin as a convex function of trades x, one for each of `instruments`, added to `portfolio`.
  func marginFunction(
    _ level: MarginLevel, trading instruments: [Instrument], on portfolio: Portfolio,
    in market: Market
  ) throws -> MarginFunction
}

/// The convex face of a methodology.
public struct MarginFunction: Sendable {
  /// How the function stands to the exact rule.
  public enum Relation: Sendable, Hashable {
    /// Equal to it for every trade in the domain, up to the decimals to which a venue rounds.
    case exact
    /// Never below it, for the reason given: a plan that minimizes it is safe, its bound is not
    /// a bound of the exact rule.
    case upperBound(reason: String)
  }

  /// Margin in dollars at trades x.
  public var function: ConvexFunction
  public var relation: Relation
  /// A function that is never above the exact rule, where the face is not exact and there is one.
  public var floor: MarginFloor?
  /// Half-lines that x must respect for the rule to be what is stated, each with its reason.
  public var domain: [DomainLimit]

  public init(
    _ function: ConvexFunction, relation: Relation = .exact, floor: MarginFloor? = nil,
    domain: [DomainLimit] = []
  ) {
    self.floor = floor
    self.function = function
    self.relation = relation
    self.domain = domain
  }
}

/// A condition `lower ≤ function(x) ≤ upper` under which a margin function holds.
public struct DomainLimit: Sendable, Hashable {
  public var name: String
  public var function: AffineFunction
  public var lower: Double
  public var upper: Double

  public init(_ name: String, _ function: AffineFunction, in range: ClosedRange<Double>) {
    self.name = name
    self.function = function
    lower = range.lowerBound
    upper = range.upperBound
  }
}
