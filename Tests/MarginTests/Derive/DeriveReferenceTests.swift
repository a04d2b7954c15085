import Margin
import TestSupport
import Testing

@Suite(
  "Derive's reference cases",
  .enabled(if: ReferenceData.isPresent, "needs the folder of reference data"))
struct DeriveReferenceTests {
  @Test(
    "every case of the file passes to the file's tolerance",
    arguments: [
      ("derive_pmrm1", 21), ("derive_pmrm2", 70), ("derive_standard_manager", 28),
      ("derive_dutch_auction", 10),
    ])
  func cases(name: String, count: Int) throws {
    let file = try Self.file(name)
    let own = Derive.referenceMethods.filter { $0.recognizes(file) }
    #expect(own.count == 1)
    let cases = try #require(own.first).cases(of: file)
    #expect(cases.count == count)
    for found in cases {
      let worst = found.worst(in: file)
      #expect(
        found.passes(in: file), "\(found.name): \(found.outcome) \(String(describing: worst))")
    }
    let quantities = cases.flatMap { found -> [ReferenceCase.Quantity] in
      if case .computed(let quantities) = found.outcome { quantities } else { [] }
    }
    func relativeError(_ quantity: ReferenceCase.Quantity) -> Double {
      quantity.found == quantity.expected
        ? 0 : abs(quantity.found - quantity.expected) / abs(quantity.expected)
    }
    // Only what is nothing but rounding passes by rounding.
    let rounded = quantities.filter { relativeError($0) > file.relativeTolerance }
    #expect(rounded.allSatisfy { abs($0.expected) < 1e-10 && abs($0.found) < 1e-9 })
    let worst = quantities.map(relativeError).filter { $0 <= file.relativeTolerance }.max() ?? 0
    print(
      "\(name): \(cases.count) cases, \(quantities.count) numbers, worst error \(worst) relative,",
      "\(rounded.count) numbers nothing but rounding")
  }

  static func file(_ name: String) throws -> ReferenceFile {
    try ReferenceFile(contentsOf: ReferenceData.url("vectors/margin/\(name).json"))
  }
}
