/// The dense kernels of a quasi-definite factorization: L D Lᵀ without pivoting, of which LAPACK
/// has none.
struct UnpivotedLDLT {
  /// The number of columns whose scaled copy is held at a time.
  static let stripWidth = 256
  /// The widest block that is factored without BLAS.
  static let leafWidth = 16

  let safeguard: PivotSafeguard
  /// Space for `stripWidth` columns of the tallest block.
  let work: UnsafeMutablePointer<Double>
  var replaced = 0
  var isFinite = true

  init(safeguard: PivotSafeguard, work: UnsafeMutablePointer<Double>) {
    self.safeguard = safeguard
    self.work = work
  }

  /// Factors the lower triangle of an n × n block: L takes its place (the unit diagonal is not
  /// stored), the pivots go to `d`, their reciprocals to `reciprocals`.
  ///
  /// - Parameters:
  ///   - diagonal: The diagonal entries that the pivots came from, before any elimination.
  ///   - signs: The signs that the pivots have.
  mutating func factor(
    _ n: Int, _ a: UnsafeMutablePointer<Double>, lda: Int,
    diagonal: UnsafePointer<Double>, signs: UnsafePointer<Int8>,
    d: UnsafeMutablePointer<Double>, reciprocals: UnsafeMutablePointer<Double>
  ) {
    guard n > Self.leafWidth else {
      factorLeaf(
        n, a, lda: lda, diagonal: diagonal, signs: signs, d: d, reciprocals: reciprocals)
      return
    }
    let (half, rest) = Self.split(n)
    factor(half, a, lda: lda, diagonal: diagonal, signs: signs, d: d, reciprocals: reciprocals)
    let below = a + half
    let corner = a + half * (lda + 1)
    BLAS.trsm(
      .right, .lower, .yes, unitDiagonal: true, m: rest, n: half, a, lda: lda, below, ldb: lda)
    scaleAndUpdate(
      rows: rest, columns: half, below, ld: lda, reciprocals: reciprocals, corner, ldu: lda,
      adding: true)
    factor(
      rest, corner, lda: lda, diagonal: diagonal + half, signs: signs + half, d: d + half,
      reciprocals: reciprocals + half)
  }

  private static func split(_ n: Int) -> (Int, Int) {
    let half = (n / 2 + 7) / 8 * 8
    return (half, n - half)
  }

  private mutating func factorLeaf(
    _ n: Int, _ a: UnsafeMutablePointer<Double>, lda: Int,
    diagonal: UnsafePointer<Double>, signs: UnsafePointer<Int8>,
    d: UnsafeMutablePointer<Double>, reciprocals: UnsafeMutablePointer<Double>
  ) {
    for j in 0..<n {
      let column = a + j * lda
      let pivot = accepted(column[j], diagonal: diagonal[j], sign: signs[j])
      let reciprocal = 1 / pivot
      d[j] = pivot
      reciprocals[j] = reciprocal
      for k in j + 1..<max(n, j + 1) {
        let factor = column[k] * reciprocal
        let target = a + k * lda
        for i in k..<n { target[i] -= column[i] * factor }
      }
      for i in j + 1..<max(n, j + 1) { column[i] *= reciprocal }
    }
  }

  /// The pivot that stands or its replacement, counted.
  @inline(__always)
  mutating func accepted(_ pivot: Double, diagonal: Double, sign: Int8) -> Double {
    let result = safeguard.pivot(
      pivot, diagonal: diagonal, sign: Double(sign), replaced: &replaced)
    isFinite = isFinite && result.isFinite
    return result
  }

  /// L ← X D⁻¹ in place of X, and U ← β U − X D⁻¹ Xᵀ in the lower triangle of U, β = 1 or 0.
  func scaleAndUpdate(
    rows m: Int, columns: Int, _ x: UnsafeMutablePointer<Double>, ld: Int,
    reciprocals: UnsafePointer<Double>, _ u: UnsafeMutablePointer<Double>, ldu: Int, adding: Bool
  ) {
    guard m > 0 else { return }
    if columns * m * m <= 1024 {
      scaleAndUpdateSmall(
        rows: m, columns: columns, x, ld: ld, reciprocals: reciprocals, u, ldu: ldu,
        adding: adding)
      return
    }
    for first in stride(from: 0, to: columns, by: Self.stripWidth) {
      let count = min(Self.stripWidth, columns - first)
      let strip = x + first * ld
      for j in 0..<count {
        let (column, copy) = (strip + j * ld, work + j * m)
        let reciprocal = reciprocals[first + j]
        for i in 0..<m {
          let value = column[i]
          copy[i] = value
          column[i] = value * reciprocal
        }
      }
      subtractProduct(
        m, count, strip, ld: ld, u, ldu: ldu, beta: adding || first > 0 ? 1 : 0)
    }
  }

  /// The lower triangle of U ← β U − L Xᵀ by strips of columns, X in the work space.
  private func subtractProduct(
    _ m: Int, _ k: Int, _ l: UnsafePointer<Double>, ld: Int, _ u: UnsafeMutablePointer<Double>,
    ldu: Int, beta: Double
  ) {
    let width = m <= 96 ? m : 64
    for j in stride(from: 0, to: m, by: width) {
      BLAS.gemm(
        .no, .yes, m: m - j, n: min(width, m - j), k: k, alpha: -1, l + j, lda: ld, work + j,
        ldb: m, beta: beta, u + j * (ldu + 1), ldc: ldu)
    }
  }

  private func scaleAndUpdateSmall(
    rows m: Int, columns: Int, _ x: UnsafeMutablePointer<Double>, ld: Int,
    reciprocals: UnsafePointer<Double>, _ u: UnsafeMutablePointer<Double>, ldu: Int, adding: Bool
  ) {
    if !adding {
      for j in 0..<m { (u + j * ldu + j).update(repeating: 0, count: m - j) }
    }
    for c in 0..<columns {
      let column = x + c * ld
      let reciprocal = reciprocals[c]
      for j in 0..<m {
        let factor = column[j] * reciprocal
        let target = u + j * ldu
        for i in j..<m { target[i] -= column[i] * factor }
      }
      for i in 0..<m { column[i] *= reciprocal }
    }
  }
}
