import Foundation
import Margin
import TestSupport
import Testing

/// The calibrations and the totals are not part of the package: ISDA claims rights in the parameters.
enum SIMMData {
  static let versions = ["2.5", "2.5A", "2.6", "2.7+2412", "2.8+2506"]

  static func calibration(_ version: String) throws -> SIMMCalibration {
    try SIMMCalibration(
      contentsOf: ReferenceData.url("data/simm/simmcalibration_\(version).xml"))
  }

  static func file(_ name: String) throws -> ReferenceFile {
    try ReferenceFile(
      json: Data(contentsOf: ReferenceData.url("vectors/margin/\(name)")), name: name)
  }

  /// The sensitivities of the files of totals, all risk classes, scaled by random factors; further copies are
  /// of names of their own.
  static func randomBook(copies: Int, scale: Double, seed: UInt64) throws -> CRIF {
    var random = TestRandom(seed: seed)
    let items = try file("isda_simm_2_6_ore.json").contents["items"]?.object ?? [:]
    var records: [CRIFRecord] = []
    for copy in 0..<copies {
      for (_, item) in items.sorted(by: { $0.key < $1.key }) {
        func text(_ key: String) -> String { item[key]?.text ?? "" }
        guard let riskType = CRIFRecord.RiskType(rawValue: text("riskType")),
          let amount = item["amountUSD"]?.number
        else { continue }
        let isCurrency = text("productClass") == "RatesFX" || text("qualifier").count == 3
        records.append(
          CRIFRecord(
            riskType, productClass: text("productClass"),
            qualifier: text("qualifier") + (copy == 0 || isCurrency ? "" : " \(copy)"),
            bucket: text("bucket"), label1: text("label1"), label2: text("label2"),
            amount: scale * amount * random.signedUnit()))
      }
    }
    return CRIF(records)
  }
}

@Suite(
  "SIMM against values of others",
  .enabled(if: ReferenceData.isPresent, "the folder of reference data is absent"))
struct SIMMReferenceTests {
  @Test(
    "every total is that of simm-lib, to a dollar, and of ORE, to a cent",
    arguments: [
      ("isda_simm_2_5_simmlib.json", "2.5", 482), ("isda_simm_2_6_ore.json", "2.6", 62),
    ])
  func totals(name: String, version: String, count: Int) throws {
    let file = try SIMMData.file(name)
    let method = SIMMReference(calibration: try SIMMData.calibration(version))
    #expect(method.recognizes(file))
    let cases = try method.cases(of: file)
    #expect(cases.count == count)
    for found in cases {
      #expect(found.passes(in: file), "\(found.name): \(found.outcome)")
    }
  }

  @Test("a calibration of another version is refused, not applied")
  func version() throws {
    let file = try SIMMData.file("isda_simm_2_6_ore.json")
    let cases = try SIMMReference(calibration: SIMMData.calibration("2.5")).cases(of: file)
    for found in cases {
      guard case .refused(let reason) = found.outcome else {
        Issue.record("\(found.name) was computed")
        return
      }
      #expect(reason.contains("2.6") && reason.contains("2.5"))
    }
  }

  @Test(
    "a calibration of a date is one of its version, and of no other date",
    arguments: [("2.8", true), ("2.8+2506", true), ("2.8+2512", false), ("2.7", false)])
  func dates(version: String, isComputed: Bool) throws {
    let calibration = try SIMMData.calibration("2.8+2506")
    let weight = try #require(calibration.equity.deltaWeights.tenDay["11"])
    let json = """
      {"method": "ISDA SIMM", "tolerances": {"absolute": 1e-9}, "version": "\(version)",
       "items": {"A": {"kind": "sensitivity", "productClass": "Equity", "riskType": "Risk_Equity",
                       "qualifier": "X", "bucket": "11", "amountUSD": -2}},
       "cases": {"10d": [{"id": "1", "items": ["A"], "expectedTotal": \(2 * weight)}]}}
      """
    let file = try ReferenceFile(json: Data(json.utf8), name: "f.json")
    let found = try #require(try SIMMReference(calibration: calibration).cases(of: file).first)
    #expect(found.passes(in: file) == isComputed, "\(found.outcome)")
    if case .refused = found.outcome { #expect(!isComputed) } else { #expect(isComputed) }
  }

  @Test("every level of ORE's reports, to a millionth of a dollar, and the schedule to its digits")
  func reports() throws {
    let file = try SIMMData.file("ore_simm_and_schedule_example.json")
    let method = SIMMReportReference(
      calibrations: try ["2.5A", "2.6"].map(SIMMData.calibration))
    #expect(method.recognizes(file))
    let cases = try method.cases(of: file)
    let computed = cases.filter { if case .computed = $0.outcome { true } else { false } }
    // Two horizons of two versions, six rows of the schedule and nine trades; 2.4 has no calibration.
    #expect(computed.count == 4 + 6 + 9)
    for found in computed { #expect(found.passes(in: file), "\(found.name): \(found.outcome)") }
    let refused = cases.filter { if case .refused = $0.outcome { true } else { false } }
    #expect(refused.map(\.name) == ["SIMM2.4_10D", "SIMM2.4_1D"])
    let quantities = computed.prefix(4).reduce(0) {
      if case .computed(let found) = $1.outcome { $0 + found.count } else { $0 }
    }
    #expect(quantities == 4 * 36)
  }
}
