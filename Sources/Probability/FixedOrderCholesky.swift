internal import CKernels
internal import LinearAlgebra

/// Cholesky factorizations whose operations come in one order on every machine, so that all draws
/// made with them have the same bits; LAPACK's order depends on the processor.
enum FixedOrderCholesky {
  /// Columns factored together: the columns before a block are applied to all of it at once.
  private static let block = 40

  /// The lower triangular L with LLᵀ = A, n by n by columns; nil unless all pivots are positive.
  ///
  /// - Complexity: n³/3 operations.
  static func factor(_ matrix: Matrix) -> [Double]? {
    let n = matrix.rows
    var factor = matrix.elements
    var negated = [Double](repeating: 0, count: block * max(n, 1))
    let isPositive = factor.withUnsafeMutableBufferPointer { factor in
      negated.withUnsafeMutableBufferPointer { negated in
        guard let l = factor.baseAddress, let negated = negated.baseAddress else { return true }
        for start in stride(from: 0, to: n, by: block) {
          let width = min(block, n - start)
          subtract(0..<start, from: start, width: width, of: n, l, negated)
          for j in start..<(start + width) {
            subtract(start..<j, from: j, width: 1, of: n, l, negated)
            let pivot = l[j + j * n]
            guard pivot > 0 else { return false }
            let root = pivot.squareRoot()
            for i in j..<n { l[i + j * n] /= root }
            l[j + j * n] = root
          }
        }
        for j in 1..<max(n, 1) { (l + j * n).update(repeating: 0, count: j) }
        return true
      }
    }
    return isPositive ? factor : nil
  }

  /// Subtracts what the columns of a range explain from `width` columns from `j`, row j and below.
  private static func subtract(
    _ columns: Range<Int>, from j: Int, width: Int, of n: Int, _ l: UnsafeMutablePointer<Double>,
    _ negated: UnsafeMutablePointer<Double>
  ) {
    if columns.isEmpty { return }
    let known = l + columns.lowerBound * n + j
    for k in 0..<columns.count {
      for c in 0..<width { negated[c + k * width] = -known[c + k * n] }
    }
    ck_add_product(
      n - j, width, columns.count, known, n, negated, width, l + j + j * n, n)
  }

  /// F of as many columns as the rank with FFᵀ = A up to the tolerance, rows in the order of A, and
  /// the largest magnitude of what F leaves of A.
  ///
  /// The pivots are the largest diagonal elements of what is left, the first of equal ones, while
  /// they exceed the tolerance.
  /// - Complexity: n² rank operations.
  static func pivoted(
    _ matrix: Matrix, tolerance: Double
  ) -> (factor: [Double], rank: Int, remainder: Double) {
    let n = matrix.rows
    var factor: [Double] = []
    var left = matrix.diagonal
    var isOpen = [Bool](repeating: true, count: n)
    var rank = 0
    while let pivot = (0..<n).filter({ isOpen[$0] }).max(by: { left[$0] < left[$1] }),
      left[pivot] > tolerance
    {
      var column = matrix.column(pivot)
      let negated = (0..<rank).map { -factor[pivot + $0 * n] }
      ck_add_product(n, 1, rank, factor, n, negated, 1, &column, n)
      isOpen[pivot] = false
      let root = left[pivot].squareRoot()
      for i in 0..<n {
        column[i] = i == pivot ? root : isOpen[i] ? column[i] / root : 0
        left[i].addProduct(-column[i], column[i])
      }
      factor += column
      rank += 1
    }
    var rest = matrix.elements
    let negated = factor.map { -$0 }
    ck_add_product(n, n, rank, factor, n, negated, n, &rest, n)
    return (factor, rank, rest.reduce(0) { max($0, abs($1)) })
  }
}
