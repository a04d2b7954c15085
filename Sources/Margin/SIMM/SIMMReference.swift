/// Holds ``SIMM`` against files of totals: `items` of a CRIF row each, and `cases` by horizon of the items
/// that are netted and what they come to.
public struct SIMMReference: ReferenceMethod {
  /// Of which the first of a file's version is taken.
  public let calibrations: [SIMMCalibration]

  /// - Precondition: at least one calibration.
  public init(calibrations: [SIMMCalibration]) {
    precondition(!calibrations.isEmpty, "SIMM needs a calibration.")
    self.calibrations = calibrations
  }

  public init(calibration: SIMMCalibration) { self.init(calibrations: [calibration]) }

  public func recognizes(_ file: ReferenceFile) -> Bool {
    file.method.contains("SIMM") && file.contents["items"]?.object != nil
      && file.contents["cases"]?.object != nil
  }

  public func cases(of file: ReferenceFile) throws -> [ReferenceCase] {
    guard let items = file.contents["items"]?.object else {
      throw file.error("items", "is not an object")
    }
    guard let cases = file.contents["cases"]?.object else {
      throw file.error("cases", "is not an object")
    }
    let version = file.contents["version"]?.text
    let calibration =
      calibrations.first { version.map($0.isOfVersion) ?? true } ?? calibrations[0]
    let records = try Dictionary(
      uniqueKeysWithValues: items.map { ($0, try record($0, $1, in: file)) })
    var results: [ReferenceCase] = []
    for (label, list) in cases.sorted(by: { $0.key < $1.key }) {
      guard let horizon = SIMMHorizon.allCases.first(where: { "\($0.rawValue)d" == label }),
        let list = list.list
      else { throw file.error("cases.\(label)", "is not a list of the cases of 10d or 1d") }
      let simm = try SIMM(calibration: calibration, horizon: horizon)
      for (i, value) in list.enumerated() {
        let id = value["id"]?.text ?? "\(i)"
        results.append(
          try referenceCase("\(id) \(label)", value, records: records, simm: simm, in: file))
      }
    }
    return results
  }

  private func referenceCase(
    _ name: String, _ value: ReferenceValue, records: [String: CRIFRecord], simm: SIMM,
    in file: ReferenceFile
  ) throws -> ReferenceCase {
    if let version = file.contents["version"]?.text, !simm.calibration.isOfVersion(version) {
      return ReferenceCase(
        name,
        .refused(
          reason:
            "it is of version \(version), and the calibration is of "
            + calibrations.map(\.name).joined(separator: ", ")))
    }
    let expected = try file.number("expectedTotal", in: value, case: name)
    let ids = value["items"]?.list?.compactMap(\.text) ?? []
    let chosen = try ids.map { id in
      guard let record = records[id] else { throw file.error("\(name): items", "no item \(id)") }
      return record
    }
    do {
      let found = try simm.portfolio(CRIF(chosen, name: file.name)).margin()
      return ReferenceCase(
        name, .computed([.init("total", expected: expected, found: found)]))
    } catch {
      return ReferenceCase(name, .failed(reason: "\(error)"))
    }
  }

  private func record(
    _ id: String, _ item: ReferenceValue, in file: ReferenceFile
  ) throws -> CRIFRecord {
    func text(_ key: String) -> String { item[key]?.text ?? "" }
    func number(_ key: String) throws -> Double {
      try file.number(key, in: item, case: "items.\(id)")
    }
    switch text("kind") {
    case "sensitivity":
      guard let riskType = CRIFRecord.RiskType(rawValue: text("riskType")) else {
        throw file.error("items.\(id).riskType", "'\(text("riskType"))' is not known")
      }
      return CRIFRecord(
        riskType, productClass: text("productClass"), qualifier: text("qualifier"),
        bucket: text("bucket"), label1: text("label1"), label2: text("label2"),
        amount: try number("amountUSD"))
    case "notional":
      return CRIFRecord(
        .notional, qualifier: text("product"), amount: try number("amountUSD"))
    case "notionalFactorPercent":
      return CRIFRecord(
        .addOnNotionalFactor, qualifier: text("product"), amount: try number("value"))
    case "fixedAmount":
      return CRIFRecord(.addOnFixedAmount, amount: try number("amountUSD"))
    case "productMultiplier":
      return CRIFRecord(
        .productClassMultiplier, qualifier: text("productClass"), amount: try number("value"))
    default: throw file.error("items.\(id).kind", "'\(text("kind"))' is not known")
    }
  }
}

extension SIMMCalibration {
  /// Whether this is the calibration of a version: of its name, or of what stands before the `+` and the
  /// date of the calibration where one of the two has none, as `2.8` of `2.8+2506`.
  func isOfVersion(_ version: String) -> Bool {
    if version == name { return true }
    let parts = [version, name].map { $0.split(separator: "+") }
    return parts[0].first == parts[1].first && parts.contains { $0.count == 1 }
  }
}
