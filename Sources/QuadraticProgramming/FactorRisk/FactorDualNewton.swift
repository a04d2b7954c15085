internal import LinearAlgebra

/// Newton's method on ``FactorDual``.
///
/// The model of a step is φ with the variables that are free now, in which σ is exact; it is minimized,
/// and then φ itself along the way there where the full step overshoots. Once the free variables are
/// those of the solution the model is exact: the method ends after finitely many steps, at the solution to
/// rounding (L. Qi, J. Sun, Math. Program. 58 (1993), 353–367, for the semismooth theory). O(n(k + m)²) a
/// step for the variables that are free.
struct FactorDualNewton: ~Copyable {
  private static let stepLimit = 60

  let dual: FactorDual
  private var rows: RowMultipliers?
  /// (z, y), its gradient without σ, and the direction.
  let multipliers: Buffer
  private let gradient: Buffer
  private let direction: Buffer
  private let curvature: Buffer
  private let schur: Buffer
  /// y at the end of a full step.
  private let targets: Buffer
  private(set) var steps = 0

  init(_ dual: consuming FactorDual, rowLower: [Double], rowUpper: [Double]) {
    let (k, m) = (dual.k, dual.m)
    self.dual = dual
    rows = m > 0 ? RowMultipliers(lower: rowLower, upper: rowUpper) : nil
    multipliers = Buffer(k + m)
    gradient = Buffer(k + m)
    direction = Buffer(k + m)
    curvature = Buffer((k + m) * (k + m))
    schur = Buffer(m * m)
    targets = Buffer(m)
  }

  /// The multipliers of the rows.
  var rowMultipliers: [Double] { Array(multipliers.array.dropFirst(dual.k)) }

  /// Iterates until the conditions hold to rounding. False where they are not met, as on an infeasible
  /// program: that is left to other methods.
  mutating func solve(until deadline: Deadline) -> Bool {
    _ = dual.settle()
    dual.gradient(multipliers, into: gradient)
    var last = Double.infinity
    while steps < Self.stepLimit, !deadline.hasPassed {
      steps += 1
      dual.writeCurvature(into: curvature)
      guard writeDirection() else { return false }
      dual.aim(direction)
      let α = stepLength()
      multipliers.add(α, direction)
      if α == 1 { for i in 0..<dual.m { multipliers[dual.k + i] = targets[i] } }
      dual.advance(α)
      let changes = dual.settle()
      dual.gradient(multipliers, into: gradient)
      let residual = self.residual
      guard residual.isFinite else { return false }
      if α == 1, changes == 0, residual <= 1e-12 || residual > 0.5 * last {
        return residual <= 1e-9
      }
      last = residual
    }
    return false
  }

  /// How far z is from Lᵀx, relative to its size, and the rows from their sides.
  private var residual: Double {
    let k = dual.k
    var (size, distance) = (0.0, 0.0)
    for i in 0..<k {
      size = max(size, abs(multipliers[i]))
      distance = max(distance, abs(gradient[i]))
    }
    let ofRows = rows?.residual({ -gradient[k + $0] }, multipliers.pointer + k) ?? 0
    return max(size > 0 ? distance / size : distance, ofRows)
  }

  /// Minimizes the model. With H = ┌ C Cᵀ  · ┐, W ← W C⁻ᵀ and S the complement of Schur,
  ///                              └ W     Y ┘
  /// first y of the model in y alone, then z: Cᵀ Δz = −C⁻¹∇_z − WᵀΔy.
  private mutating func writeDirection() -> Bool {
    let (k, m) = (dual.k, dual.m)
    let r = k + m
    guard LAPACK.potrf(.lower, n: k, curvature.pointer, lda: r) == 0 else { return false }
    direction.copy(from: gradient)
    BLAS.trsv(.lower, .no, n: k, curvature.pointer, lda: r, direction.pointer)
    if m > 0 {
      guard writeTargets() else { return false }
      for i in 0..<m { direction[k + i] = targets[i] - multipliers[k + i] }
      BLAS.gemv(
        .yes, m: m, n: k, curvature.pointer + k, lda: r, direction.pointer + k, beta: 1,
        direction.pointer)
    }
    for i in 0..<k { direction[i] = -direction[i] }
    BLAS.trsv(.lower, .yes, n: k, curvature.pointer, lda: r, direction.pointer)
    return true
  }

  /// The multipliers of the rows that minimize the model; `direction` holds C⁻¹∇_z first.
  private mutating func writeTargets() -> Bool {
    let (k, m) = (dual.k, dual.m)
    let r = k + m
    let (W, Y) = (curvature.pointer + k, curvature.pointer + k * (r + 1))
    BLAS.trsm(.right, .lower, .yes, m: m, n: k, curvature.pointer, lda: r, W, ldb: r)
    BLAS.syrk(.lower, .no, n: m, k: k, alpha: -1, W, lda: r, beta: 1, Y, ldc: r)
    for j in 0..<m {
      for i in j..<m { schur[i + j * m] = Y[i + j * r] }
      schur[j + j * m] += 1e-12 * dual.rowScales[j]
    }
    targets.pointer.update(from: gradient.pointer + k, count: m)
    BLAS.gemv(
      .no, m: m, n: k, alpha: -1, W, lda: r, direction.pointer, beta: 1, targets.pointer)
    BLAS.symv(
      .lower, n: m, alpha: -1, schur.pointer, lda: m, multipliers.pointer + k, beta: 1,
      targets.pointer)
    return rows!.solve(schur.pointer, targets.pointer)
  }

  /// One, or where the full step passes the minimum of φ along the direction about that minimum.
  private func stepLength() -> Double {
    let (start, _) = slope(at: 0)
    let (end, noise) = slope(at: 1)
    let enough = max(0.1 * abs(start), 1e-14 * noise)
    if end <= enough { return 1 }
    var (low, high) = (0.0, 1.0)
    for _ in 0..<50 {
      let α = 0.5 * (low + high)
      let (slope, _) = slope(at: α)
      if abs(slope) <= enough { return α }
      if slope < 0 { low = α } else { high = α }
    }
    return low > 0 ? low : high
  }

  /// The derivative of φ along the direction, and the size of its terms.
  private func slope(at α: Double) -> (value: Double, terms: Double) {
    let k = dual.k
    var ofFactors = 0.0
    for i in 0..<k { ofFactors += (multipliers[i] + α * direction[i]) * direction[i] }
    let ofRows =
      rows?.slope(
        { α == 1 ? targets[$0] : multipliers[k + $0] + α * direction[k + $0] },
        along: direction.pointer + k) ?? 0
    let ofVariables = dual.slope(at: α)
    return (ofFactors + ofRows + ofVariables, abs(ofFactors) + abs(ofRows) + abs(ofVariables))
  }
}
