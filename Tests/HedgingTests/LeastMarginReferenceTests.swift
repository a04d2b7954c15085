import Foundation
import Hedging
import Margin
import TestSupport
import Testing

@Suite(
  "Least margin against reference optima",
  .enabled(if: ReferenceData.isPresent, "needs the folder of reference data"))
struct LeastMarginReferenceTests {
  @Test("the optima under PMRM 1, boxes and costs, to a millionth")
  func optima() throws {
    let file = try ReferenceFile(
      contentsOf: ReferenceData.url("vectors/margin/margin_min_hedge_lp_oracle.json"))
    let method = LeastMarginReference()
    #expect(method.recognizes(file))
    let cases = try method.cases(of: file)
    #expect(cases.count == 4)
    for found in cases {
      #expect(found.passes(in: file), "\(found.name): \(found.outcome)")
    }
    let worst = cases.compactMap { $0.worst(in: file)?.error(in: file) }.max() ?? .infinity
    print("hedge optima: \(cases.count) cases, worst error \(worst) of what passes")
  }
}

@Suite("Least margin of made-up accounts")
struct LeastMarginOfAccountsTests {
  /// Long a perpetual at 100, with a call of strike 0 to trade. The worst move takes 20, the
  /// contingency 3 and the factor is 1.5: 34.5 of cash are required. Selling the perpetual costs
  /// 0.05 and leaves nothing to require; where the call has to be bought against it, its discounted
  /// value makes each trade worse than none.
  @Test("trades are free, or neutral in delta", arguments: [(false, 99.95), (true, 65.5)])
  func neutrality(isNeutral: Bool, optimum: Double) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Self.portfolios.write(
      to: folder.appending(path: "derive_pmrm1.json"), atomically: true, encoding: .utf8)
    let cases = folder.appending(path: "optima.json")
    try """
    {"method": "Margin-minimising hedge under Derive PMRM v1", "tolerances": {"relative": 1e-7},
     "settings": {"box_option": 2, "box_perp": 5, "cost_per_option_fraction_of_spot": 0.001,
       "cost_per_perp_fraction_of_spot": 0.0005},
     "cases": [{"name": "a", "portfolio": "one", "delta_neutral_trades": \(isNeutral), "deltas": [1],
       "baseline_net_IM": 65.5, "net_IM_optimal": \(optimum)}]}
    """.write(to: cases, atomically: true, encoding: .utf8)
    let file = try ReferenceFile(contentsOf: cases)
    let found = try LeastMarginReference().cases(of: file)
    #expect(found.count == 1 && found[0].passes(in: file), "\(found[0].outcome)")
  }

  private static let portfolios = """
    {"method": "Derive PMRM v1 portfolio margin", "tolerances": {"relative": 1e-8},
     "parameters": {
       "basis": {"up": 1.05, "down": 0.95, "add": 0.2, "mult": 0.1},
       "other": {"pegThr": 0.97, "pegFac": 3, "confThr": 0.5, "confMargin": 0.4, "basePct": 0.03,
         "perpPct": 0.03, "optPct": 0.01},
       "margin": {"imFactor": 1.5, "baseStaticDiscount": 0.9, "rateMultScale": 3,
         "rateAddScale": 0.06},
       "vol": {"up": 0.4, "down": 0.25, "shortPow": 0.25, "longPow": 0.15, "dteFloorDays": 2},
       "scenarios": [{"spot": 1.2, "vol": "none"}, {"spot": 0.8, "vol": "none"}]},
     "cases": [{"name": "one", "input": {
       "spot": 100, "spotConf": 1, "stable": 1, "perps": 1, "perpPrice": 100, "perpConf": 1,
       "base": 0, "cash": 100, "perpPnl": 0,
       "feeds": {"86400": {"fixed": 0, "variable": 100, "fwdConf": 1, "rate": 0, "rateConf": 1}},
       "options": [{"sec": 86400, "strike": 1e-9, "call": true, "amount": 0, "vol": 0.5,
         "volConf": 1}]}}]}
    """
}
