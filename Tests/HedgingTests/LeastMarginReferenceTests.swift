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
