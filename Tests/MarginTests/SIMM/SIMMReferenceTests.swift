import Foundation
import Margin
import TestSupport
import Testing

/// The calibrations and the totals are not part of the package: ISDA claims rights in the parameters.
enum SIMMData {
  static func calibration(_ version: String) throws -> SIMMCalibration {
    try SIMMCalibration(
      contentsOf: ReferenceData.url("data/simm/simmcalibration_\(version).xml"))
  }

  static func file(_ name: String) throws -> ReferenceFile {
    try ReferenceFile(
      json: Data(contentsOf: ReferenceData.url("vectors/margin/\(name)")), name: name)
  }
}

@Suite(
  "SIMM against totals of others",
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
}
