internal import CAMD

/// The elimination order of a sparse symmetric matrix that keeps its factor sparse.
///
/// Amestoy, Davis, Duff: Algorithm 837: AMD, an approximate minimum degree ordering algorithm, ACM
/// Trans. Math. Software 30 (2004). The implementation is that of SuiteSparse.
package enum ApproximateMinimumDegree {
  /// The rows in the order of their elimination: entry k is the row to be eliminated k-th.
  ///
  /// Rows denser than 10√n are put last, unordered, which keeps the ordering itself cheap.
  ///
  /// - Parameter pattern: A square matrix of which the pattern alone is read; the order is that of
  ///   the pattern joined with its transpose, so one triangle is enough.
  /// - Returns: A permutation of the rows; the rows as they are where memory does not suffice.
  package static func ordering(of pattern: SparseMatrix) -> [Int32] {
    precondition(
      pattern.rows == pattern.columns,
      "An ordering needs a square matrix, not \(pattern.rows) by \(pattern.columns).")
    let n = pattern.columns
    let natural = (0..<n).map(Int32.init)
    guard n > 1, pattern.entryCount <= Int(Int32.max) else { return natural }
    let starts = pattern.columnStarts.map { Int32($0) }
    var order = [Int32](repeating: 0, count: n)
    let status = amd_order(Int32(n), starts, pattern.rowIndices, &order, nil, nil)
    return status == AMD_OK || status == AMD_OK_BUT_JUMBLED ? order : natural
  }
}
