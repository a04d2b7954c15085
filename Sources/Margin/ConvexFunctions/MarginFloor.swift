/// A convex function that is never above a margin rule which is not convex, and the choices by which it
/// comes nearer.
///
/// A rule that takes the smaller of two requirements, or values a gain by its sign, is the least of convex
/// functions: one for each way in which its choices can fall. With some choices decided and others open, the
/// floor is a convex function that is nowhere above any of those that remain, so that its least value over
/// trades bounds the rule's. Deciding one choice after another is branch and bound.
public struct MarginFloor: Sendable {
  /// A point at which the rule chooses between convex alternatives.
  public struct Choice: Sendable, Hashable {
    /// As in `BTC options in 20 days`.
    public var name: String
    /// The number of alternatives.
    public var count: Int

    public init(_ name: String, count: Int) {
      (self.name, self.count) = (name, count)
    }
  }

  /// By choice the alternative that is decided on; nil where it is open.
  public typealias Decisions = [Int?]

  public let choices: [Choice]
  /// Whether the least over all decisions of every choice is the rule itself; else it may stay below.
  public let closes: Bool
  private let make: @Sendable (Decisions, _ lower: [Double], _ upper: [Double]) -> ConvexFunction

  /// - Parameter function: The floor for decisions, one for each choice, that holds for trades between
  ///   `lower` and `upper`.
  public init(
    choices: [Choice] = [], closes: Bool = false,
    function:
      @escaping @Sendable (Decisions, _ lower: [Double], _ upper: [Double]) ->
      ConvexFunction
  ) {
    self.choices = choices
    self.closes = closes
    make = function
  }

  /// No decision.
  public var open: Decisions { [Int?](repeating: nil, count: choices.count) }

  /// The floor under decisions over a box of trades, in dollars.
  ///
  /// - Precondition: a decision for each choice, within its count.
  public func function(
    deciding decisions: Decisions, lower: [Double], upper: [Double]
  ) -> ConvexFunction {
    precondition(
      decisions.count == choices.count
        && zip(decisions, choices).allSatisfy { decision, choice in
          decision.map { (0..<choice.count).contains($0) } ?? true
        }, "A floor needs a decision within its count, or none, for each of its choices.")
    return make(decisions, lower, upper)
  }
}
