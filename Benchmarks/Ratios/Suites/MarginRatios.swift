import MarginOptimization
import Workloads

extension RatioSuite {
  /// Venue rules on a book of 70 positions, and their convex functions of trades in 200
  /// instruments, against a plain loop that values every option once under every scenario.
  static var margin: RatioSuite {
    RatioSuite(section: "margin") {
      let book = try SampleBook.shared.get()
      return try ScenarioGridProfile.Bundled.computed.flatMap { try rule($0, on: book) }
        + spanComparisons(on: book)
    }
  }
}

private func rule(
  _ bundled: ScenarioGridProfile.Bundled, on book: SampleBook
) throws -> [Comparison] {
  let profile = try ScenarioGridProfile(bundled: bundled)
  let methodology = ScenarioGridMargin(profile: profile)
  let instruments = book.market.mostLiquid(200)
  let held = book.portfolio.positions.map(\.instrument)
  _ = try methodology.marginFunction(
    .initial, trading: instruments, on: book.portfolio, in: book.market)
  return [
    Comparison(
      name: "\(bundled) margin, book of \(held.count)", peerName: "loop of scalar Black76",
      ours: {
        if let margin = try? methodology.margin(.initial, on: book.portfolio, in: book.market) {
          keep(margin.amount)
        }
      },
      peer: try valuations(held, scenarios: profile.scenarios.count, in: book.market),
      note: { _ in "\(profile.scenarios.count) scenarios" }),
    Comparison(
      name: "\(bundled) convex function", peerName: "loop of scalar Black76",
      ours: {
        if let margin = try? methodology.marginFunction(
          .initial, trading: instruments, on: book.portfolio, in: book.market)
        {
          keep(margin.domain.count)
        }
      },
      peer: try valuations(
        Array(Set(held + instruments)), scenarios: profile.scenarios.count, in: book.market)),
  ]
}

/// The values alone, without what the rule then makes of them.
func valuations(
  _ instruments: [Instrument], scenarios: Int, in market: Market
) throws -> () -> Void {
  let loop = try RevaluationLoop(instruments, in: market)
  let moves = (0..<scenarios).map { 0.16 * (2 * Double($0) / Double(scenarios) - 1) }
  let levels = (0..<scenarios).map { 0.1 * Double($0 % 3 - 1) }
  let out = Scratch(loop.count * scenarios)
  return { loop.run(moves: moves, levels: levels, elapsed: 0, into: out.start) }
}
