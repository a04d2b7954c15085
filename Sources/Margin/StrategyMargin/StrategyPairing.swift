/// A book's legs paired into strategies so that they need the least margin.
public struct StrategyPairing: Sendable {
  /// A strategy, how often it is formed, and of which contracts.
  public struct Part: Sendable, Hashable {
    public var strategy: OptionStrategy
    public var count: Int
    /// Indices into the legs, each with the contracts or lots of it in one strategy.
    public var legs: [Leg]
    /// The margin of all of them, in dollars.
    public var requirement: MarginRequirement

    public struct Leg: Sendable, Hashable {
      public var index: Int
      public var count: Int
    }
  }

  /// By strategy, those of several legs first.
  public let parts: [Part]
  /// The least margin over all pairings, in dollars.
  public let requirement: Double
  /// No pairing needs less; equal to ``requirement`` up to rounding unless the search was cut short.
  public let lowerBound: Double
  /// What a greedy pairing needs, the largest saving first.
  public let greedyRequirement: Double
  /// What the legs need one by one.
  public let unpairedRequirement: Double
  /// Nodes of branch and bound.
  public let nodes: Int

  /// Whether the pairing is proven to need the least, to 1e-9 of the sum of the legs.
  public var isOptimal: Bool { requirement - lowerBound <= 1e-9 * max(1, unpairedRequirement) }

  /// - Parameter legs: with quantities other than zero.
  init(
    of legs: [StrategyLeg], under rules: StrategyRules, multiplier: Double,
    recognizesShortBox: Bool
  ) {
    let catalogue = StrategyCatalogue(
      of: legs.map(LegSeries.init), under: rules, recognizesShortBox: recognizesShortBox)
    let program = PackingProgram(
      columns: catalogue.entries.map { entry in
        .init(saving: entry.saving, entries: entry.legs.map { ($0.index, $0.count) })
      }, capacity: legs.map { abs($0.quantity) })
    var search = PackingSearch(program)
    let solution = search.solve()
    let greedy = program.greedy(program.capacity, among: program.bySaving)
    var left = program.capacity
    var parts: [Part] = []
    for (entry, count) in zip(catalogue.entries, solution.counts) where count > 0 {
      for leg in entry.legs { left[leg.index] -= leg.count * count }
      parts.append(
        Part(
          strategy: entry.strategy, count: count,
          legs: entry.legs.map { .init(index: $0.index, count: $0.count) },
          requirement: entry.charge.requirement(
            "\(count) × \(entry.strategy.rawValue): "
              + entry.legs.map { legs[$0.index].name }.joined(separator: ", "),
            units: Double(count) * multiplier)))
    }
    for (i, leg) in catalogue.legs.enumerated() where left[i] > 0 {
      let strategy: OptionStrategy =
        leg.isStock
        ? leg.isLong ? .longStock : .shortStock : leg.isLong ? .longOption : .shortOption
      parts.append(
        Part(
          strategy: strategy, count: left[i], legs: [.init(index: i, count: 1)],
          requirement: rules.charge(of: leg).requirement(
            "\(left[i]) × \(strategy.rawValue): \(legs[i].name)",
            units: Double(left[i]) * multiplier)))
    }
    self.parts = parts
    let alone = zip(catalogue.alone, program.capacity).reduce(0) { $0 + $1.0 * Double($1.1) }
    requirement = parts.reduce(0) { $0 + $1.requirement.amount }
    unpairedRequirement = alone * multiplier
    lowerBound = (alone - solution.bound) * multiplier
    greedyRequirement = (alone - greedy.value) * multiplier
    nodes = solution.nodes
  }
}
