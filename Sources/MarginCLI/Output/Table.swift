import Foundation

/// Rows of text in aligned columns: the first column to the left, numbers to the right.
struct Table {
  var header: [String]
  var rows: [[String]] = []

  init(_ header: String...) { self.header = header }

  mutating func add(_ cells: String...) { rows.append(cells) }

  /// The lines, each indented by two spaces.
  var text: String {
    let lines = [header] + rows
    let columns = header.indices
    let widths: [Int] = columns.map { column in lines.map { $0[column].count }.max() ?? 0 }
    let isText: [Bool] = columns.map { column in
      column == 0 || !rows.allSatisfy { Self.isNumber($0[column]) }
    }
    func padded(_ line: [String]) -> String {
      var text = " "
      for (column, cell) in line.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        text += " " + (isText[column] ? cell + padding : padding + cell)
      }
      while text.last == " " { text.removeLast() }
      return text
    }
    return lines.map(padded).joined(separator: "\n")
  }

  private static func isNumber(_ cell: String) -> Bool {
    cell.isEmpty || cell.allSatisfy { "0123456789,.-+e%∞".contains($0) }
  }
}

/// 1,234,567.9
func money(_ value: Double) -> String { grouped(value, decimals: 2) }

/// A quantity with at most six decimals, and no zeros at the end of them.
func quantity(_ value: Double) -> String {
  var digits = String(format: "%.6f", value)
  while digits.last == "0" { digits.removeLast() }
  if digits.last == "." { digits.removeLast() }
  return digits
}

/// A confidence in percent with all its digits: 97.5%.
func confidenceText(_ confidence: Double) -> String {
  String(format: "%.14g", 100 * confidence) + "%"
}

/// Coins with four decimals, so that points stand below each other.
func coins(_ value: Double) -> String { grouped(value, decimals: 4) }

func percent(_ value: Double) -> String { grouped(100 * value, decimals: 1) + "%" }

/// `1 position`, `2 positions`
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

func scientific(_ value: Double) -> String { String(format: "%.1e", value) }

func grouped(_ value: Double, decimals: Int) -> String {
  guard value.isFinite else { return value < 0 ? "-∞" : value > 0 ? "∞" : "nan" }
  let text = String(format: "%.\(decimals)f", abs(value))
  let parts = text.split(separator: ".")
  var whole = ""
  for (k, digit) in parts[0].reversed().enumerated() {
    if k > 0 && k % 3 == 0 { whole.append(",") }
    whole.append(digit)
  }
  let isZero = text.allSatisfy { $0 == "0" || $0 == "." }
  return (value < 0 && !isZero ? "-" : "") + String(whole.reversed())
    + (parts.count > 1 ? "." + parts[1] : "")
}

func fixed(_ value: Double, _ decimals: Int) -> String {
  grouped(value, decimals: decimals).replacing(",", with: "")
}
