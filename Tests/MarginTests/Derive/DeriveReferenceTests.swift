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
    // Only what is nothing but rounding passes by rounding.
    let rounded = cases.flatMap { found -> [ReferenceCase.Quantity] in
      guard case .computed(let quantities) = found.outcome else { return [] }
      return quantities.filter {
        abs($0.found - $0.expected) > file.relativeTolerance * abs($0.expected)
      }
    }
    #expect(rounded.allSatisfy { abs($0.expected) < 1e-10 })
    #expect(rounded.count <= 20)
    let worst = cases.compactMap { $0.worst(in: file)?.error(in: file) }.max() ?? .infinity
    print(
      "\(name): \(cases.count) cases, worst error \(worst) of what passes, \(rounded.count) numbers rounding only"
    )
  }

  static func file(_ name: String) throws -> ReferenceFile {
    try ReferenceFile(contentsOf: ReferenceData.url("vectors/margin/\(name).json"))
  }
}
