/// The thin singular value decomposition A = UΣVᵀ.
///
/// With k = min(m, n), U is m × k, Vᵀ is k × n, and the singular values descend.
///
/// Source: LAPACK `dgesdd` (divide and conquer).
public struct SingularValues: Sendable {
  /// The singular values, descending, none negative.
  public let values: [Double]

  /// The left singular vectors U, in columns.
  public let leftVectors: Matrix

  /// The right singular vectors, in rows: Vᵀ.
  public let rightVectorsTransposed: Matrix

  /// The decomposition of `matrix`.
  ///
  /// - Throws: `notFinite`, `notConverged`, `overflow`.
  /// - Complexity: O(mnk) operations, some twenty times those of a product.
  public init(_ matrix: some DenseMatrix) throws(FactorizationError) {
    let matrix = matrix.view
    try matrix.requireFinite()
    let (m, n) = (matrix.rows, matrix.columns)
    let k = min(m, n)
    var a = Matrix(matrix)
    var σ = [Double](repeating: 0, count: k)
    var u = Matrix(rows: m, columns: k)
    var vt = Matrix(rows: k, columns: n)
    var info = 0
    if k > 0 {
      var integerWork = [Int32](repeating: 0, count: 8 * k)
      func decompose(_ work: UnsafeMutablePointer<Double>, _ workCount: Int) {
        info = LAPACK.gesdd(
          m: m, n: n, &a.elements, lda: m, values: &σ, &u.elements, ldu: m, &vt.elements, ldvt: k,
          work: work, workCount: workCount, integerWork: &integerWork)
      }
      var answer = 0.0
      decompose(&answer, -1)
      var work = [Double](repeating: 0, count: workSize(answer))
      decompose(&work, work.count)
    }
    if info > 0 { throw .notConverged(remaining: info) }
    if let index = σ.firstIndex(where: { !$0.isFinite }) { throw .overflow(pivot: index) }
    values = σ
    leftVectors = u
    rightVectorsTransposed = vt
  }

  /// The number of singular values above `tolerance` times the largest.
  ///
  /// - Parameter tolerance: nil for max(m, n) ε.
  public func rank(tolerance: Double? = nil) -> Int {
    let larger = max(leftVectors.rows, rightVectorsTransposed.columns)
    let threshold = (tolerance ?? Double(larger) * .ulpOfOne) * (values.first ?? 0)
    return values.count { $0 > threshold }
  }

  /// The condition number: the largest singular value over the smallest. Infinite for a matrix
  /// whose smallest is zero, one for an empty matrix.
  public var conditionNumber: Double {
    guard let largest = values.first, let smallest = values.last else { return 1 }
    return smallest > 0 ? largest / smallest : .infinity
  }

  /// The least-squares solution of Ax = b of least Euclidean norm: VΣ⁺Uᵀb.
  ///
  /// - Parameter tolerance: Singular values at or below this times the largest count as zero; nil
  ///   for max(m, n) ε.
  /// - Complexity: 2k(m + n) operations.
  public func solve(_ b: [Double], tolerance: Double? = nil) -> [Double] {
    precondition(
      b.count == leftVectors.rows,
      "A right-hand side of \(b.count) rows does not fit a matrix of \(leftVectors.rows) rows.")
    let rank = rank(tolerance: tolerance)
    var c = b * leftVectors
    for i in c.indices { c[i] = i < rank ? c[i] / values[i] : 0 }
    return c * rightVectorsTransposed
  }
}
