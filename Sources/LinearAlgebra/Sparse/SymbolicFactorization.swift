/// What the pattern alone tells about the factorization P K Pᵀ = L D Lᵀ of a sparse symmetric
/// matrix: the order of elimination, the elimination tree, and how much L takes.
///
/// It is cheap beside the numbers, and tells a caller whether they are worth starting.
package struct SymbolicFactorization {
  /// The order of elimination.
  package enum Ordering {
    /// Approximate minimum degree; nested dissection where that saves operations and the factor takes
    /// so many that a search for it pays.
    case automatic
    /// Approximate minimum degree.
    case minimumDegree
    /// Nested dissection.
    case nestedDissection
    /// The rows as they are.
    case natural
    /// A permutation by the caller: entry k is the row to be eliminated k-th.
    case given([Int32])
  }

  /// The row of the matrix that is eliminated k-th.
  package let permutation: [Int32]
  /// The entries of each column of L, the diagonal included.
  package let columnCounts: [Int]
  /// The entries of L below the diagonal.
  package let fill: Int
  /// The additions, multiplications and divisions of a factorization.
  package let operations: Double

  let upper: SymmetricPattern
  let tree: EliminationTree

  /// The number of rows of the matrix.
  package var size: Int { permutation.count }

  /// The analysis of a matrix given by one of its triangles, either of them.
  ///
  /// - Parameter pattern: The triangle, of which the pattern alone is read. A missing diagonal
  ///   entry is a zero.
  package init(of pattern: SparseMatrix, ordering: Ordering = .automatic) {
    precondition(
      pattern.rows == pattern.columns,
      "A symmetric matrix is square, not \(pattern.rows) by \(pattern.columns).")
    Self.requireOneTriangle(pattern)
    let first =
      switch ordering {
      case .automatic, .minimumDegree: ApproximateMinimumDegree.ordering(of: pattern)
      case .nestedDissection:
        NestedDissection.ordering(of: pattern) ?? ApproximateMinimumDegree.ordering(of: pattern)
      case .natural: (0..<pattern.columns).map(Int32.init)
      case .given(let order): order
      }
    // In postorder subtrees are contiguous, with the same fill: so are the columns of supernodes.
    let initial = SymmetricPattern(
      upperOf: pattern, newPlace: Self.inverse(first, count: pattern.columns))
    let postorder = EliminationTree(upper: initial).postorder
    self.init(of: pattern, permutation: postorder.map { first[Int($0)] })
    guard case .automatic = ordering,
      operations > Self.operationsForDissection * Double(pattern.entryCount)
    else { return }
    let dissected = SymbolicFactorization(of: pattern, ordering: .nestedDissection)
    if dissected.operations < operations { self = dissected }
  }

  /// Nested dissection takes as long as some 15,000 operations per entry; from a quarter of that in one
  /// factorization on, of the fifteen and more of a solution, it is tried.
  private static let operationsForDissection = 4000.0

  /// The analysis for an order in which the columns are already in postorder.
  private init(of pattern: SparseMatrix, permutation: [Int32]) {
    self.permutation = permutation
    upper = SymmetricPattern(
      upperOf: pattern, newPlace: Self.inverse(permutation, count: pattern.columns))
    tree = EliminationTree(upper: upper)
    columnCounts = tree.columnCounts(lower: upper.transposed)
    fill = columnCounts.reduce(0) { $0 + $1 - 1 }
    operations = columnCounts.reduce(0.0) {
      let below = Double($1 - 1)
      return $0 + below * (below + 2)
    }
  }

  /// The place of each row in a permutation.
  static func inverse(_ permutation: [Int32], count n: Int) -> [Int32] {
    precondition(
      permutation.count == n,
      "An order of elimination names each row once: \(n), not \(permutation.count).")
    var places = [Int32](repeating: -1, count: n)
    for (k, row) in permutation.enumerated() {
      precondition(
        row >= 0 && row < n && places[Int(row)] == -1,
        "An order of elimination names each of the \(n) rows once; \(row) is out of range or "
          + "named twice.")
      places[Int(row)] = Int32(k)
    }
    return places
  }

  private static func requireOneTriangle(_ matrix: SparseMatrix) {
    precondition(
      matrix.entryCount <= Int(Int32.max), "A sparse factorization takes 2³¹ − 1 entries at most.")
    var (above, below) = (false, false)
    for j in 0..<matrix.columns {
      let entries = matrix.entries(ofColumn: j)
      guard let first = entries.first, let last = entries.last else { continue }
      above = above || matrix.rowIndices[first] < j
      below = below || matrix.rowIndices[last] > j
    }
    precondition(
      !(above && below), "A symmetric matrix is given by one triangle; this has entries in both.")
  }
}
