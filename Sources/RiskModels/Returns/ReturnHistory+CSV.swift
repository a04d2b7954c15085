public import Foundation
internal import LinearAlgebra

extension ReturnHistory {
  /// The returns of prices in a comma-separated file: a header `date,NAME,NAME…`, then a line for
  /// each date, oldest first, the date written year-month-day.
  ///
  /// Empty lines are skipped and fields may stand in double quotes, which may not hold commas.
  /// - Throws: ``HistoryError`` that names the file, the line, and the factor or the date.
  public init(
    contentsOf url: URL, kind: Kind = .logarithmic, missing: MissingPrices = .error
  ) throws(HistoryError) {
    let file = url.lastPathComponent
    let data: Data
    do {
      data = try Data(contentsOf: url)
    } catch {
      throw HistoryError(
        file: file, problem: .unreadable(reason: error.localizedDescription))
    }
    try self.init(PriceTable(csv: data, file: file), kind, missing)
  }

  /// The returns of prices in text of the same form; `fileName` is how errors call it.
  public init(
    csv text: String, fileName: String, kind: Kind = .logarithmic, missing: MissingPrices = .error
  ) throws(HistoryError) {
    try self.init(PriceTable(csv: Data(text.utf8), file: fileName), kind, missing)
  }
}

extension PriceTable {
  init(csv data: Data, file: String) throws(HistoryError) {
    let newline = UInt8(ascii: "\n")
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]  // of byte order, which some spreadsheets write
    let bytes = Array(data.starts(with: mark) ? data.dropFirst(mark.count) : data)
    let lines = bytes.split(separator: newline, omittingEmptySubsequences: false)
      .enumerated().map { (number: $0 + 1, fields: fields(of: $1)) }
      .filter { !($0.fields.count <= 1 && ($0.fields.first ?? "").isEmpty) }
    guard let header = lines.first else { throw HistoryError(file: file, problem: .noHeader) }

    let names = Array(header.fields.dropFirst())
    let rows = lines.dropFirst()
    var elements = [Double](repeating: .nan, count: rows.count * names.count)
    for (i, row) in rows.enumerated() {
      guard row.fields.count == header.fields.count else {
        throw HistoryError(
          file: file, line: row.number,
          problem: .fieldCount(found: row.fields.count, expected: header.fields.count))
      }
      for (j, text) in row.fields.dropFirst().enumerated() {
        if text.isEmpty || text == "NA" { continue }
        // Double also reads hexadecimal, which in a table is a slip.
        guard !text.contains(where: { "xXpP".contains($0) }), let value = Double(text) else {
          throw HistoryError(
            file: file, line: row.number, field: names[j], problem: .notANumber(text))
        }
        elements[i + j * rows.count] = value
      }
    }
    self.init(
      file: file, lines: rows.map(\.number), dates: rows.map { $0.fields[0] }, factors: names,
      prices: Matrix(rows: rows.count, columns: names.count, elements: elements))
  }
}

/// The fields of a line, without the white space and quotes around them.
private func fields(of line: ArraySlice<UInt8>) -> [String] {
  let around: Set<UInt8> = [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")]
  func trimmed(_ field: ArraySlice<UInt8>, _ isOuter: (UInt8) -> Bool) -> ArraySlice<UInt8> {
    var field = field.drop(while: isOuter)
    while let last = field.last, isOuter(last) { field.removeLast() }
    return field
  }
  return line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map {
    let inner = trimmed($0, around.contains)
    return String(decoding: trimmed(inner) { $0 == UInt8(ascii: "\"") }, as: UTF8.self)
  }
}
