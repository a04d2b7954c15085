import Foundation
import Margin
import Testing

@Suite("Files of reference cases")
struct ReferenceFileTests {
  private static func file(
    parameters: String, cases: String, tolerances: String = "{\"relative\": 1e-6}"
  ) throws -> ReferenceFile {
    let text = """
      {"method": "solvent liquidation Dutch auction", "tolerances": \(tolerances),
       "parameters": \(parameters), "cases": \(cases)}
      """
    return try ReferenceFile(json: Data(text.utf8), name: "auction.json")
  }

  private static let parameters = """
    {"bufferMarginPercentage": 0.2, "startingMtMPercentage": 0.98, "fastAuctionCutoffPercentage": 0.8,
     "fastAuctionLength": 100, "slowAuctionLength": 14400, "liquidatorFeeRate": 0.02}
    """

  @Test("a number that is off, missing or impossible fails its case, and no other")
  func verdicts() throws {
    // B = −60 + 0.2 (−60 − 100) = −92.
    func entry(_ name: String, _ expected: String) -> String {
      "{\"name\": \"\(name)\", \"t\": 0, \"want\": 0.1, \"expected\": {\(expected)}}"
    }
    let given = "\"PreMtM\": 100, \"PreMM\": -60"
    let file = try Self.file(
      parameters: Self.parameters,
      cases: """
        [\(entry("right", "\(given), \"PreBM\": -92")), \(entry("off", "\(given), \"PreBM\": -92.1")),
         \(entry("unknown", "\(given), \"PreX\": 1")), \(entry("lacking", "\"PreMtM\": 1")),
         \(entry("insolvent", "\"PreMtM\": -1, \"PreMM\": -60"))]
        """)
    let method = DeriveDutchAuctionReference()
    #expect(method.recognizes(file))
    let cases = try method.cases(of: file)
    #expect(cases.map { $0.passes(in: file) } == [true, false, false, false, false])
    guard case .failed(let reason) = cases[3].outcome else {
      Issue.record("a case without PreMM was computed")
      return
    }
    #expect(reason == "auction.json: lacking.expected.PreMM: is not a number")
  }

  @Test("a parameter that is missing is named")
  func missingParameter() throws {
    let file = try Self.file(
      parameters: Self.parameters.replacing("slowAuctionLength", with: "slow"), cases: "[{}]")
    #expect(
      throws: ReferenceError(
        file: "auction.json", field: "parameters.slowAuctionLength", problem: "is not a number")
    ) {
      try DeriveDutchAuctionReference().cases(of: file)
    }
    let empty = try Self.file(parameters: Self.parameters, cases: "[]")
    #expect(throws: ReferenceError.self) { try DeriveDutchAuctionReference().cases(of: empty) }
  }

  @Test("terms that cancel pass to their rounding, and to no more")
  func rounding() throws {
    let file = try Self.file(parameters: "{}", cases: "[]")
    func error(_ found: Double) -> Double {
      ReferenceCase.Quantity("box", expected: 1e-14, found: found, terms: 2_000).error(in: file)
    }
    #expect(error(0) < 1 && error(3e-12) < 1 && error(1e-11) > 1)
    #expect(ReferenceCase.Quantity("box", expected: 1e-14, found: 0).error(in: file) > 1)
    #expect(error(.nan) == .infinity)
  }

  @Test("a file refers to its siblings only where its folder is known")
  func siblings() throws {
    let file = try Self.file(parameters: "{}", cases: "[]")
    #expect(throws: ReferenceError.self) { try file.sibling("other.json") }
    let missing = URL(filePath: "/nowhere/absent.json")
    #expect(throws: ReferenceError.self) { try ReferenceFile(contentsOf: missing) }
  }
}
