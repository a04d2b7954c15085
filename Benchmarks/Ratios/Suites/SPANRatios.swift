import MarginOptimization
import Workloads

/// SPAN on the sample book, its risk arrays included, against a plain loop that values every option once
/// under sixteen scenarios; and the scan of contracts whose arrays are at hand against dgemv.
func spanComparisons(on book: SampleBook) throws -> [Comparison] {
  let parameters = SPANParameters(
    name: "SPAN, made up", source: "made up", effective: "2026-01-01",
    commodities: [
      "BTC": .init(
        priceScanRange: 6_500, volatilityScanRange: 0.08,
        tiers: [.init("near", through: "2026-12"), .init("far", from: "2027-01")],
        spreads: [.init([.init("near", .a), .init("far", .b)], rate: 40)],
        shortOptionMinimum: 120),
      "ETH": .init(priceScanRange: 260, volatilityScanRange: 0.1, shortOptionMinimum: 5),
    ])
  let rule = SPANMargin(parameters: parameters)
  let held = book.portfolio.positions.map(\.instrument)
  _ = try rule.margin(.initial, on: book.portfolio, in: book.market)
  let margin = Comparison(
    name: "SPAN margin, book of \(held.count)", peerName: "loop of scalar Black76",
    ours: {
      if let margin = try? rule.margin(.initial, on: book.portfolio, in: book.market) {
        keep(margin.amount)
      }
    },
    peer: try valuations(held, scenarios: 16, in: book.market), note: { _ in "16 scenarios" })
  return [margin, scanComparison(contracts: 1_000)]
}

private func scanComparison(contracts count: Int) -> Comparison {
  let u = RandomStream(seed: 9).uniforms(path: 0, count: 17 * count)
  let losses = Matrix(rows: 16, columns: count, elements: u[..<(16 * count)].map { $0 - 0.5 })
  let quantities = Array(u[(16 * count)...])
  let holdings = quantities.indices.map { j in
    (
      contract: SPANContract(
        "\(j)", losses: Array(losses.elements[(16 * j)..<(16 * (j + 1))]), delta: 1),
      quantity: quantities[j]
    )
  }
  return Comparison(
    name: "SPAN scan of \(count) contracts", peerName: "dgemv",
    ours: { keep(SPANScan(holdings, count: 16).scanRisk) },
    peer: { keep((losses * quantities).max() ?? 0) })
}
