/// Holds ``SIMM`` and ``RegulatorySchedule`` against the reports of an example of Open Source Risk Engine: `crif`
/// and `expected_simm`, the levels by version and horizon; `schedule_crif`, `expected_schedule` and
/// `expected_schedule_trades`.
public struct SIMMReportReference: ReferenceMethod {
  /// Calibrations by version; a report of a version that is not there is refused.
  public let calibrations: [String: SIMMCalibration]

  public init(calibrations: [SIMMCalibration]) {
    self.calibrations = Dictionary(calibrations.map { ($0.name, $0) }) { first, _ in first }
  }

  public func recognizes(_ file: ReferenceFile) -> Bool {
    file.contents["crif"]?.list != nil && file.contents["expected_simm"]?.object != nil
  }

  public func cases(of file: ReferenceFile) throws -> [ReferenceCase] {
    guard let reports = file.contents["expected_simm"]?.object else {
      throw file.error("expected_simm", "is not an object")
    }
    let crif = try crif(at: "crif", of: file)
    var results: [ReferenceCase] = []
    for (name, rows) in reports.sorted(by: { $0.key < $1.key }) {
      guard let rows = rows.list else { throw file.error("expected_simm.\(name)", "is not a list") }
      results.append(try reportCase(name, rows, crif: crif, in: file))
    }
    if file.contents["schedule_crif"] != nil { results += try scheduleCases(of: file) }
    return results
  }

  /// A table of the file as a CRIF.
  private func crif(at key: String, of file: ReferenceFile) throws -> CRIF {
    guard let rows = file.contents[key]?.list?.compactMap(\.object), let first = rows.first else {
      throw file.error(key, "is not a list of rows")
    }
    let columns = first.keys.sorted()
    let lines = rows.map { row in
      columns.map { row[$0]?.text ?? "" }.joined(separator: "\t")
    }
    return try CRIF(
      text: ([columns.joined(separator: "\t")] + lines).joined(separator: "\n"),
      name: "\(file.name): \(key)")
  }

  // MARK: SIMM

  private func reportCase(
    _ name: String, _ rows: [ReferenceValue], crif: CRIF, in file: ReferenceFile
  ) throws -> ReferenceCase {
    // SIMM2.5A_10D_calibration
    let words = name.split(separator: "_")
    let version = words.first.map { String($0.dropFirst(4)) } ?? ""
    guard words.count >= 2, name.hasPrefix("SIMM"),
      let horizon = SIMMHorizon.allCases.first(where: { "\($0.rawValue)D" == words[1] })
    else { throw file.error("expected_simm.\(name)", "names no version and horizon") }
    guard let calibration = calibrations[version] else {
      return ReferenceCase(
        name, .refused(reason: "no calibration of version \(version) is given"))
    }
    var reports: [SIMM.Side: SIMMReport] = [:]
    for side in SIMM.Side.allCases {
      let simm = try SIMM(calibration: calibration, horizon: horizon, side: side)
      reports[side] = SIMMReport(try simm.portfolio(crif))
    }
    let quantities = try rows.map { row in
      func text(_ key: String) -> String { row[key]?.text ?? "" }
      guard let side = SIMM.Side(rawValue: text("side")), let report = reports[side] else {
        throw file.error("expected_simm.\(name): side", "'\(text("side"))' is not known")
      }
      let key = SIMMReport.Key(
        productClass: text("productClass"), riskClass: text("riskClass"),
        marginType: text("marginType"), bucket: text("bucket"))
      return ReferenceCase.Quantity(
        [side.rawValue, key.productClass, key.riskClass, key.marginType, key.bucket]
          .joined(separator: " "),
        expected: try file.number("im", in: row, case: name),
        found: report.amounts[key] ?? .nan, tolerance: Self.reportTolerance)
    }
    return ReferenceCase(name, .computed(quantities))
  }

  /// Dollars, by what the file says of itself: reports have nine decimals, and six of them are asked for.
  private static let reportTolerance = 1e-6

  // MARK: Schedule

  private func scheduleCases(of file: ReferenceFile) throws -> [ReferenceCase] {
    let date = file.contents["asof"]?.text ?? ""
    let trades = try RegulatorySchedule.trades(
      of: crif(at: "schedule_crif", of: file), on: date)
    let schedule = RegulatorySchedule.standard
    var results: [ReferenceCase] = []
    for row in file.contents["expected_schedule"]?.list ?? [] {
      guard let side = row["Side"]?.text.flatMap(SIMM.Side.init(rawValue:)),
        let portfolio = row["Portfolio"]?.text, let productClass = row["ProductClass"]?.text
      else { throw file.error("expected_schedule", "a row has no Side, Portfolio or ProductClass") }
      let chosen = trades.filter {
        productClass == "All" || $0.productClass.rawValue == productClass
      }
      let requirement = try schedule.requirement(for: chosen, side: side)
      let cost = schedule.replacementCost(of: chosen, side: side)
      let gross = requirement.parts[0].amount
      let sign = side == .call ? 1.0 : -1
      // A product class is reported before the net-to-gross ratio.
      let margin = productClass == "All" ? requirement.amount : gross
      results.append(
        ReferenceCase(
          "schedule \(side.rawValue) \(portfolio) \(productClass)",
          .computed(
            [
              quantity("GrossIM", row, gross), quantity("GrossCurrentRC", row, sign * cost.gross),
              quantity("NetCurrentRC", row, sign * cost.net),
              quantity("NetToGrossRatio", row, cost.netToGross),
              quantity("ScheduleIM", row, margin),
            ].compactMap(\.self))))
    }
    for row in file.contents["expected_schedule_trades"]?.list ?? [] {
      let id = row["TradeId"]?.text ?? ""
      guard let trade = trades.first(where: { $0.id == id }) else {
        throw file.error("expected_schedule_trades", "'\(id)' is no trade")
      }
      let share = try schedule.share(of: trade)
      results.append(
        ReferenceCase(
          "schedule \(id)",
          .computed(
            [
              quantity("Maturity", row, trade.maturity), quantity("Multiplier", row, share),
              quantity("GrossIM(Base)", row, share * abs(trade.notional)),
            ].compactMap(\.self))))
    }
    return results
  }

  /// A number of a row, to half of its last printed digit; nil where it is not applicable.
  private func quantity(
    _ key: String, _ row: ReferenceValue, _ found: Double
  ) -> ReferenceCase.Quantity? {
    guard let text = row[key]?.text, let expected = Double(text) else { return nil }
    let decimals = text.split(separator: ".").dropFirst().first?.count ?? 0
    var digit = 1.0
    for _ in 0..<decimals { digit /= 10 }
    // The half of a digit, and the rounding of the sum that is compared with it.
    return .init(key, expected: expected, found: found, tolerance: 0.5 * digit * (1 + 1e-9))
  }
}
