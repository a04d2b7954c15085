import Foundation
import TestSupport
import Testing

@Suite("marginopt validate, as a process")
struct ValidateTests {
  @Test("a file of no known method, and one without tolerances, are refused with what is wrong")
  func unknown() throws {
    for (text, word) in [
      ("{\"method\": \"Unheard of\", \"tolerances\": {\"absolute\": 1}}", "Unheard of"),
      ("{\"tolerances\": {\"absolute\": 1}}", "method"),
      ("{\"method\": \"x\"}", "tolerances"), ("[1, 2", "JSON"),
    ] {
      let run = try Command(["validate", "f.json"], in: Folder(["f.json": text]))
      #expect(run.exitCode == 65)
      #expect(run.errors.contains("f.json") && run.errors.contains(word), "\(run.errors)")
    }
  }

  @Test(
    "a number changed in a file fails its case, which is named",
    .enabled(if: ReferenceData.isPresent, "no reference data beside the checkout"))
  func changed() throws {
    let text = try ReferenceData.text("vectors/margin/derive_pmrm1.json")
    var contents = try #require(
      JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    var cases = try #require(contents["cases"] as? [[String: Any]])
    var expected = try #require(cases[3]["expected"] as? [String: Any])
    let margin = try #require(expected["IM"] as? Double)
    expected["IM"] = margin * (1 + 1e-6) + 1e-6
    cases[3]["expected"] = expected
    contents["cases"] = cases
    let folder = try Folder([
      "true.json": text,
      "false.json": String(
        decoding: try JSONSerialization.data(withJSONObject: contents), as: UTF8.self),
    ])
    let good = try Command(["validate", "true.json", "--json"], in: folder)
    #expect(good.exitCode == 0)
    let bad = try Command(["validate", "true.json", "false.json"], in: folder)
    #expect(bad.exitCode == 1)
    let name = try #require(cases[3]["name"] as? String)
    #expect(bad.output.contains("false.json: \(name): IM: expected"))
  }
}
