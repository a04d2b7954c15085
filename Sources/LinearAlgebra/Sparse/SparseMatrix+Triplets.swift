/// The place and value of one entry of a matrix under construction.
public struct Triplet: Sendable, Hashable {
  /// The row, from zero.
  public var row: Int
  /// The column, from zero.
  public var column: Int
  /// The value.
  public var value: Double

  /// An entry at a row and a column.
  public init(row: Int, column: Int, value: Double) {
    (self.row, self.column, self.value) = (row, column, value)
  }
}

extension SparseMatrix {
  /// A matrix from entries in any order; entries of one place are added. O(entries + rows + columns).
  public init(rows: Int, columns: Int, triplets: [Triplet]) {
    for triplet in triplets {
      precondition(
        triplet.row >= 0 && triplet.row < rows && triplet.column >= 0 && triplet.column < columns,
        "An entry at (\(triplet.row), \(triplet.column)) is outside a \(rows) by \(columns) matrix."
      )
    }
    // Two counting sorts, by row and then by column, leave every column in the order of its rows.
    var rowStarts = [Int](repeating: 0, count: rows + 1)
    for triplet in triplets { rowStarts[triplet.row + 1] += 1 }
    for i in 0..<rows { rowStarts[i + 1] += rowStarts[i] }
    var byRow = [Int](repeating: 0, count: triplets.count)
    for (k, triplet) in triplets.enumerated() {
      byRow[rowStarts[triplet.row]] = k
      rowStarts[triplet.row] += 1
    }
    var counts = [Int](repeating: 0, count: columns + 1)
    for triplet in triplets { counts[triplet.column + 1] += 1 }
    for j in 0..<columns { counts[j + 1] += counts[j] }
    var next = counts
    var sortedRows = [Int32](repeating: 0, count: triplets.count)
    var sortedValues = [Double](repeating: 0, count: triplets.count)
    for k in byRow {
      let place = next[triplets[k].column]
      sortedRows[place] = Int32(triplets[k].row)
      sortedValues[place] = triplets[k].value
      next[triplets[k].column] += 1
    }
    var starts = [0]
    starts.reserveCapacity(columns + 1)
    var kept = 0
    for j in 0..<columns {
      let first = kept
      for k in counts[j]..<counts[j + 1] {
        if kept > first, sortedRows[kept - 1] == sortedRows[k] {
          sortedValues[kept - 1] += sortedValues[k]
        } else {
          sortedRows[kept] = sortedRows[k]
          sortedValues[kept] = sortedValues[k]
          kept += 1
        }
      }
      starts.append(kept)
    }
    self.init(
      uncheckedRows: rows, columns: columns, columnStarts: starts,
      rowIndices: Array(sortedRows[..<kept]), values: Array(sortedValues[..<kept]))
  }
}
