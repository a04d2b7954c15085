internal import LinearAlgebra

/// Prices as they were given, NaN where missing, with the line that each row came from.
struct PriceTable {
  var file: String?
  var lines: [Int]
  var dates: [String]
  var factors: [String]
  var prices: Matrix

  /// Sizes, names of factors and order of dates.
  func checkNames() throws(HistoryError) {
    guard dates.count == prices.rows && factors.count == prices.columns else {
      throw HistoryError(
        file: file,
        problem: .sizes(
          dates: dates.count, factors: factors.count, rows: prices.rows, columns: prices.columns))
    }
    if factors.isEmpty { throw HistoryError(file: file, problem: .noFactors) }
    var seen: Set<String> = []
    for name in factors where name.isEmpty || !seen.insert(name).inserted {
      throw HistoryError(file: file, field: name, problem: .repeatedFactor)
    }
    for (row, date) in dates.enumerated() {
      if !isDate(date) { throw error(row, nil, .invalidDate(date)) }
      if row == 0 || dates[row - 1] < date { continue }
      let isRepeated = dates[..<row].contains(date)
      throw error(
        row, nil, isRepeated ? .repeatedDate(date) : .unsortedDate(date, after: dates[row - 1]))
    }
  }

  /// The dates that are kept and their prices, all positive and finite.
  func complete(
    _ missing: ReturnHistory.MissingPrices
  ) throws(HistoryError) -> (dates: [String], prices: Matrix) {
    var (prices, isKept) = (prices, [Bool](repeating: true, count: dates.count))
    for row in dates.indices {
      for j in factors.indices {
        let price = prices[row, j]
        if price.isNaN {
          switch missing {
          case .error: throw error(row, j, .missingPrice)
          case .dropDate: isKept[row] = false
          case .carryForward:
            if row == 0 { throw error(row, j, .missingPrice) }
            prices[row, j] = prices[row - 1, j]
          }
        } else if price.isInfinite {
          throw error(row, j, .notFinite(price))
        } else if price <= 0 {
          throw error(row, j, .notPositive(price))
        }
      }
    }
    let kept = dates.indices.filter { isKept[$0] }
    return (
      kept.map { dates[$0] },
      Matrix(rows: kept.count, columns: factors.count) { prices[kept[$0], $1] }
    )
  }

  private func error(_ row: Int, _ column: Int?, _ problem: HistoryError.Problem) -> HistoryError {
    HistoryError(
      file: file, line: lines[row], field: column.map { factors[$0] } ?? nil, problem: problem)
  }
}

/// Whether a text begins with a date as year-month-day that the calendar has.
private func isDate(_ text: String) -> Bool {
  let bytes = Array(text.utf8.prefix(10))
  guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-") else {
    return false
  }
  func number(_ range: Range<Int>) -> Int? {
    bytes[range].allSatisfy { (48...57).contains($0) }
      ? bytes[range].reduce(0) { $0 * 10 + Int($1) - 48 } : nil
  }
  guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
    (1...12).contains(month)
  else { return false }
  let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  return (1...days[month - 1]).contains(day)
}
