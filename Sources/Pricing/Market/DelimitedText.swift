internal import Foundation

/// Comma-separated text with a header: rows of fields found by the names of their columns.
///
/// Fields may stand in double quotes (a quote inside is doubled) but not run over lines. Empty
/// lines and lines that begin with # are left out; a byte-order mark and carriage returns are
/// dropped; spaces around a field do not count.
struct DelimitedText {
  /// One line of the text; its number counts from 1 and includes the lines left out.
  struct Row {
    var line: Int
    var fields: [Substring]
  }

  /// No price, size or rate of a market comes near; products of a few such numbers stay finite.
  static let largest = 1e15

  let file: String
  let columns: [String: Int]
  let rows: [Row]

  /// Linear in the length of the text.
  ///
  /// - Throws: `MarketError.file` when there is no header, or a column is missing or named twice;
  ///   `MarketError.line` when a row has more or fewer fields than the header.
  init(_ text: String, file: String, required: [String]) throws(MarketError) {
    self.file = file
    var header: [String]?
    var columns: [String: Int] = [:]
    var rows: [Row] = []
    var number = 0
    let body = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
    for raw in body.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      number += 1
      let line = Self.trimmed(raw)
      if line.isEmpty || line.utf8.first == UInt8(ascii: "#") { continue }
      let fields = try Self.fields(of: line, file: file, number: number)
      guard let names = header else {
        header = fields.map(String.init)
        for (i, name) in fields.enumerated() {
          guard columns.updateValue(i, forKey: String(name)) == nil else {
            throw .file(file, reason: "the column '\(name)' is in the header twice")
          }
        }
        continue
      }
      guard fields.count == names.count else {
        throw .line(
          file: file, line: number, field: "row",
          reason: "\(fields.count) fields where the header has \(names.count)")
      }
      rows.append(Row(line: number, fields: fields))
    }
    guard let names = header else { throw .file(file, reason: "the file is empty") }
    for name in required where columns[name] == nil {
      throw .file(
        file,
        reason: "the column '\(name)' is missing; the header has \(names.joined(separator: ", "))")
    }
    self.columns = columns
    self.rows = rows
  }

  /// The text of a field, nil where it is empty or the file has no such column.
  func text(_ column: String, _ row: Row) -> Substring? {
    guard let i = columns[column], !row.fields[i].isEmpty else { return nil }
    return row.fields[i]
  }

  /// The text of a field that must not be empty.
  func needed(_ column: String, _ row: Row) throws(MarketError) -> Substring {
    guard let text = text(column, row) else { throw error(column, row, "the field is empty") }
    return text
  }

  /// A finite number of at most ``largest``, nil where the field is empty.
  func number(_ column: String, _ row: Row) throws(MarketError) -> Double? {
    guard let text = text(column, row) else { return nil }
    let isDecimal = text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
    guard isDecimal, let value = Double(text) else {
      let isNumber = Double(text) != nil && !text.utf8.contains(UInt8(ascii: "x"))
      throw error(column, row, "'\(text)' is not a \(isNumber ? "finite " : "")number")
    }
    guard value.isFinite else { throw error(column, row, "'\(text)' is not a finite number") }
    guard abs(value) <= Self.largest else {
      throw error(
        column, row, "'\(text)' is beyond 1e15, larger than any market's number")
    }
    return value
  }

  /// A finite number of at least 0, nil where the field is empty.
  func amount(_ column: String, _ row: Row) throws(MarketError) -> Double? {
    guard let value = try number(column, row) else { return nil }
    guard value >= 0 else { throw error(column, row, "\(value) is negative") }
    return value
  }

  func error(_ column: String, _ row: Row, _ reason: String) -> MarketError {
    .line(file: file, line: row.line, field: column, reason: reason)
  }

  private static func trimmed(_ text: Substring) -> Substring {
    func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 }
    guard let first = text.utf8.firstIndex(where: { !isSpace($0) }),
      let last = text.utf8.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return text[first...last]
  }

  private static func fields(
    of line: Substring, file: String, number: Int
  ) throws(MarketError) -> [Substring] {
    guard line.utf8.contains(UInt8(ascii: "\"")) else {
      return line.split(separator: ",", omittingEmptySubsequences: false).map(trimmed)
    }
    var fields: [Substring] = []
    var field = ""
    var isQuoted = false
    for character in line {
      switch character {
      case "\"":
        // The second of a doubled quote opens again what the first has closed.
        if !isQuoted && field.last == "\u{0}" {
          field.removeLast()
          field.append("\"")
        } else if isQuoted {
          field.append("\u{0}")
        }
        isQuoted.toggle()
      case "," where !isQuoted:
        fields.append(trimmed(field.filter { $0 != "\u{0}" }[...]))
        field = ""
      default:
        field.append(character)
      }
    }
    guard !isQuoted else {
      throw .line(file: file, line: number, field: "row", reason: "a quote is not closed")
    }
    fields.append(trimmed(field.filter { $0 != "\u{0}" }[...]))
    return fields
  }
}

extension MarketError {
  /// The text of a file.
  ///
  /// - Throws: `MarketError.file` when it cannot be read or is not UTF-8.
  static func contents(of url: URL) throws(MarketError) -> String {
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw .file(
        url.lastPathComponent, reason: "the file cannot be read: \(error.localizedDescription)")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw .file(url.lastPathComponent, reason: "the file is not UTF-8 text")
    }
    return text
  }
}
