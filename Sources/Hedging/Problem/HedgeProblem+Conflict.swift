import Margin

extension HedgeProblem {
  /// The limits that cannot all be met, found by letting each give at a price.
  func conflict(
    margin: MarginFunction, measures: MeasureTable, settings: Settings, clock: Stopwatch
  ) throws -> HedgeOutcome {
    var boxes = try EpigraphProgram(boxesOf: self, measures: measures)
    boxes.addDomain(margin)
    var elastic = ElasticProgram(boxes)
    let none = [Double](repeating: 0, count: instruments.count)
    for limit in limits {
      elastic.add(
        .init(name: limit.name, unit: limit.unit, lower: limit.lower, upper: limit.upper),
        before: measures.value(of: limit, at: none)
      ) { $0.expression(of: limit, measures: measures) }
    }
    return try elastic.conflict(settings, clock: clock)
  }
}
