import Foundation
import Margin
import TestSupport
import Testing

@Suite(
  "Reference cases of Deribit and SPAN",
  .enabled(if: ReferenceData.isPresent, "needs the folder of reference data"))
struct GridReferenceTests {
  @Test("every case passes, vectors to 1e-12")
  func cases() throws {
    let methods: [(String, any ReferenceMethod, Int)] = [
      ("deribit_pme_and_perp", try DeribitPortfolioMarginReference(), 2),
      ("span_risk_array", SPANReference(), 2),
    ]
    for (name, method, count) in methods {
      let file = try ReferenceFile(
        contentsOf: ReferenceData.url("vectors/margin/\(name).json"))
      #expect(method.recognizes(file))
      let cases = try method.cases(of: file)
      #expect(cases.count == count)
      var numbers = 0
      var worst = 0.0
      for found in cases {
        #expect(found.passes(in: file), "\(found.name): \(found.outcome)")
        guard case .computed(let quantities) = found.outcome else { continue }
        numbers += quantities.count
        for quantity in quantities where quantity.name != "initial_margin" {
          worst = max(
            worst,
            abs(quantity.found - quantity.expected) / max(abs(quantity.expected), 1e-3))
        }
      }
      print("\(name): \(cases.count) cases, \(numbers) numbers, worst error \(worst)")
      #expect(worst < 1e-12)
    }
  }

  @Test("a wrong number fails, a book beyond a threshold is refused, and neither stops the file")
  func failures() throws {
    let text = try ReferenceData.text("vectors/margin/deribit_pme_and_perp.json")
    let method = try DeribitPortfolioMarginReference()
    func outcomes(_ old: String, _ new: String) throws -> [Bool] {
      let file = try ReferenceFile(
        json: Data(text.replacing(old, with: new, maxReplacements: 1).utf8), name: "f.json")
      return try method.cases(of: file).map { $0.passes(in: file) }
    }
    #expect(try outcomes("0.06284313098", "0.06284313") == [true, true])
    #expect(try outcomes("0.06284313098", "0.0628432") == [false, true])
    let refused = try ReferenceFile(
      json: Data(
        text.replacing(
          "\"delta_total_liq_shock_threshold\": 20000000",
          with: "\"delta_total_liq_shock_threshold\": 1", maxReplacements: 1
        ).utf8), name: "f.json")
    guard case .refused(let reason)? = try method.cases(of: refused).first?.outcome else {
      Issue.record("it was not refused")
      return
    }
    #expect(reason.contains("delta-shock"))
  }
}
