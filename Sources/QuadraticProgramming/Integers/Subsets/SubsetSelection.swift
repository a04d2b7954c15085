internal import LinearAlgebra

/// A program that only selects: P positive definite, no rows, no lots, no minimum sizes, and bounds
/// that hold zero on the counted variables.
///
///     minimize  r + cᵀx + ½ xᵀPx,  at most k of the candidates not zero,  xl ≤ x ≤ xu
///
/// Bounds on x are left out of every lower bound (which stays valid) and imposed where a support is
/// evaluated.
struct SubsetSelection {
  let n: Int
  let P: [Double]
  let c: [Double]
  let constant: Double
  let lower: [Double]
  let upper: [Double]
  /// The variables that are in every support, because they are not counted.
  let forced: [Int]
  /// The counted variables that may differ from zero.
  let candidates: [Int]
  let limit: Int

  /// Nil when the program is of another kind.
  init?(_ program: MixedIntegerProgram) {
    guard let cardinality = program.cardinality, program.rowCount == 0,
      program.lots.allSatisfy({ $0 == 0 }), program.minimumSizes.allSatisfy({ $0 == 0 }),
      zip(program.lowerBounds, program.upperBounds).allSatisfy({ $0 <= $1 }),
      cardinality.variables.allSatisfy({
        program.lowerBounds[$0] <= 0 && program.upperBounds[$0] >= 0
      }), Self.isSafelyDefinite(program.quadraticCost)
    else { return nil }
    n = program.variableCount
    P = program.quadraticCost.elements
    c = program.linearCost
    constant = program.objectiveConstant
    lower = program.lowerBounds
    upper = program.upperBounds
    let counted = Set(cardinality.variables)
    forced = (0..<n).filter { !counted.contains($0) }
    candidates = cardinality.variables.filter {
      program.lowerBounds[$0] < 0 || program.upperBounds[$0] > 0
    }
    limit = min(cardinality.limit, candidates.count)
  }

  /// Whether P, scaled to a unit diagonal, stays positive definite when 10⁻⁹ of it is taken off.
  private static func isSafelyDefinite(_ P: Matrix) -> Bool {
    let scale = (0..<P.rows).map { P[$0, $0] > 0 ? 1 / P[$0, $0].squareRoot() : 0 }
    let C = Matrix(rows: P.rows, columns: P.rows) { i, j in
      P[i, j] * scale[i] * scale[j] - (i == j ? 1e-9 : 0)
    }
    return (try? Cholesky(C)) != nil
  }
}

/// The problem that is left when some variables are in the support and some are out of it: the
/// first are minimized out.
///
///     minimize  constant + gᵀh + ½ hᵀSh,  at most k of the m entries of h not zero,
///
/// with S = P_UU − P_UF P_FF⁻¹ P_FU the Schur complement: of the same form as the whole.
final class ReducedSelection {
  private(set) var m = 0
  private(set) var k = 0
  private(set) var constant = 0.0
  private(set) var variables: [Int] = []
  /// S, m × m, both triangles.
  let S: Doubles
  let g: Doubles
  private let source: SubsetSelection
  private let factor: Doubles
  private let cross: Doubles
  private let image: Doubles

  init(_ source: SubsetSelection) {
    self.source = source
    let n = source.n
    let largest = min(n, source.forced.count + source.limit)
    S = Doubles(n * n)
    g = Doubles(n)
    factor = Doubles(largest * largest)
    cross = Doubles(largest * n)
    image = Doubles(largest)
  }

  /// The problem with the forced variables and `included` in, and only `candidates` undecided.
  func reduce(including included: [Int], leaving candidates: [Int]) {
    let F = source.forced + included
    let (f, n) = (F.count, source.n)
    variables = candidates
    m = candidates.count
    k = min(m, source.limit - included.count)
    constant = source.constant
    let (L, B, y) = (factor.base, cross.base, image.base)
    source.P.withUnsafeBufferPointer { P in
      for j in 0..<f {
        for i in 0..<f { L[i + j * f] = P[F[i] + F[j] * n] }
        y[j] = source.c[F[j]]
      }
      for (j, column) in candidates.enumerated() {
        for i in 0..<f { B[i + j * f] = P[F[i] + column * n] }
        for i in 0..<m { S.base[i + j * m] = P[candidates[i] + column * n] }
        g.base[j] = source.c[column]
      }
    }
    guard f > 0 else { return }
    // P is positive definite with a margin, so are its principal minors.
    _ = LAPACK.potrf(.lower, n: f, L, lda: f)
    BLAS.trsv(.lower, .no, n: f, L, lda: f, y)
    constant -= 0.5 * BLAS.dot(f, y, y)
    guard m > 0 else { return }
    BLAS.trsm(.left, .lower, .no, m: f, n: m, L, lda: f, B, ldb: f)
    BLAS.gemv(.yes, m: f, n: m, alpha: -1, B, lda: f, y, beta: 1, g.base)
    BLAS.syrk(.lower, .yes, n: m, k: f, alpha: -1, B, lda: f, beta: 1, S.base, ldc: m)
    for j in 0..<m {
      for i in 0..<j { S.base[i + j * m] = S.base[j + i * m] }
    }
  }
}
