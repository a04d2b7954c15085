public import Foundation

extension CRIF {
  /// Reads a file.
  ///
  /// - Parameter dollarsPerUnit: dollars for one unit of a currency, for rows that state an amount in
  ///   another currency and no `AmountUSD`.
  /// - Throws: ``CRIFError``.
  public init(contentsOf url: URL, dollarsPerUnit: [String: Double] = [:]) throws {
    guard let text = try? String(contentsOf: url, encoding: .utf8) else {
      throw CRIFError(
        file: url.lastPathComponent, problem: "cannot be read as UTF-8 text: \(url.path)")
    }
    try self.init(text: text, name: url.lastPathComponent, dollarsPerUnit: dollarsPerUnit)
  }

  /// Reads text of lines with fields separated by tabs, or by commas where the first line has no tab.
  ///
  /// The first line names the columns: `RiskType` and `AmountUSD`, or `Amount` with `AmountCurrency`, are
  /// needed; `ProductClass`, `Qualifier`, `Bucket`, `Label1`, `Label2`, `TradeID`, `PortfolioID`,
  /// `end_date` and `im_model` are read, in any order, in any case, others are not. Fields may be in double
  /// quotes.
  ///
  /// - Throws: ``CRIFError`` with the line and the column at fault.
  public init(
    text: String, name: String = "CRIF", dollarsPerUnit: [String: Double] = [:]
  ) throws {
    self.init([], name: name)
    var columns: CRIFColumns?
    // A carriage return and a line feed are one character, which is a new line.
    for (i, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      if line.allSatisfy(\.isWhitespace) { continue }
      if let columns {
        records.append(try columns.record(line, at: i + 1, dollarsPerUnit: dollarsPerUnit))
      } else {
        columns = try CRIFColumns(line, file: name, line: i + 1)
      }
    }
    if columns == nil { throw CRIFError(file: name, problem: "has no line of column names") }
  }
}

/// Where the columns of a file are.
private struct CRIFColumns {
  let file: String
  let separator: Character
  let count: Int
  private var positions: [String: Int] = [:]

  init(_ header: Substring, file: String, line: Int) throws {
    self.file = file
    separator = header.contains("\t") ? "\t" : ","
    let names = Self.fields(header, separator)
    count = names.count
    for (i, name) in names.enumerated() {
      let key = name.lowercased().filter(\.isLetterOrDigit)
      if key.isEmpty { continue }
      if positions.updateValue(i, forKey: key) != nil {
        throw CRIFError(file: file, line: line, field: name, problem: "is there twice")
      }
    }
    if positions["risktype"] == nil {
      throw CRIFError(file: file, line: line, field: "RiskType", problem: "no such column")
    }
    if positions["amountusd"] == nil
      && (positions["amount"] == nil || positions["amountcurrency"] == nil)
    {
      throw CRIFError(
        file: file, line: line, field: "AmountUSD",
        problem: "no such column, and not both of Amount and AmountCurrency")
    }
  }

  func record(
    _ line: Substring, at lineNumber: Int, dollarsPerUnit: [String: Double]
  ) throws -> CRIFRecord {
    let fields = Self.fields(line, separator)
    if fields.count > count {
      throw CRIFError(
        file: file, line: lineNumber,
        problem: "has \(fields.count) fields where the first line names \(count)")
    }
    func field(_ key: String) -> String {
      positions[key].flatMap { $0 < fields.count ? fields[$0] : nil } ?? ""
    }
    func error(_ field: String, _ problem: String) -> CRIFError {
      CRIFError(file: file, line: lineNumber, field: field, problem: problem)
    }
    guard let riskType = CRIFRecord.RiskType(rawValue: field("risktype")) else {
      throw error(
        "RiskType",
        "'\(field("risktype"))' is not known (known are "
          + CRIFRecord.RiskType.allCases.map(\.rawValue).joined(separator: ", ") + ")")
    }
    func amount(_ key: String, _ name: String) throws -> Double? {
      let text = field(key)
      if text.isEmpty { return nil }
      guard let value = Double(text), value.isFinite else {
        throw error(name, "'\(text)' is not a finite number")
      }
      return value
    }
    let stated = try amount("amount", "Amount")
    let dollars = try amount("amountusd", "AmountUSD")
    let value: Double
    switch riskType {
    case .productClassMultiplier, .addOnNotionalFactor:
      guard let plain = stated ?? dollars else { throw error("Amount", "is empty") }
      value = plain
    default:
      value = try Self.dollars(
        stated, currency: field("amountcurrency"), stated: dollars, dollarsPerUnit, error)
    }
    return CRIFRecord(
      riskType, productClass: field("productclass"), qualifier: field("qualifier"),
      bucket: field("bucket"), label1: field("label1"), label2: field("label2"), amount: value,
      tradeID: field("tradeid"), portfolioID: field("portfolioid"), endDate: field("enddate"),
      model: field("immodel"), line: lineNumber)
  }

  /// The amount in dollars: what the row states, or what its currency comes to.
  private static func dollars(
    _ amount: Double?, currency: String, stated: Double?, _ dollarsPerUnit: [String: Double],
    _ error: (String, String) -> CRIFError
  ) throws -> Double {
    if let stated {
      if let amount, currency == "USD", abs(amount - stated) > 1e-6 * max(1, abs(stated)) {
        throw error("AmountUSD", "\(stated) differs from Amount, \(amount) USD")
      }
      return stated
    }
    guard let amount else { throw error("AmountUSD", "is empty, and so is Amount") }
    if currency == "USD" { return amount }
    if currency.isEmpty { throw error("AmountCurrency", "is empty, and so is AmountUSD") }
    guard let rate = dollarsPerUnit[currency], rate > 0, rate.isFinite else {
      throw error(
        "AmountUSD",
        "is empty, and Amount is in \(currency): state it in USD, or give the dollars for one "
          + currency)
    }
    return amount * rate
  }

  /// The fields of a line; those in double quotes may hold separators and doubled quotes.
  private static func fields(_ line: Substring, _ separator: Character) -> [String] {
    func trimmed(_ text: some StringProtocol) -> String {
      text.trimmingCharacters(in: .whitespaces)
    }
    if !line.contains("\"") {
      return line.split(separator: separator, omittingEmptySubsequences: false).map(trimmed)
    }
    var fields: [String] = []
    var (field, quoted, last) = ("", false, Character(" "))
    for character in line {
      if character == "\"" {
        if !quoted && last == "\"" { field.append("\"") }
        quoted.toggle()
      } else if character == separator && !quoted {
        fields.append(trimmed(field))
        field = ""
      } else {
        field.append(character)
      }
      last = character
    }
    return fields + [trimmed(field)]
  }
}

extension Character {
  fileprivate var isLetterOrDigit: Bool { isLetter || isNumber }
}
