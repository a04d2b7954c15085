internal import LinearAlgebra

/// The multipliers y of a Newton step: with the curvature S of a model in y and its slope h at zero,
///
///     minimize ½ yᵀSy + hᵀy + Σ max(lᵢ yᵢ, uᵢ yᵢ).
///
/// Its dual is the row values nearest to −h within their sides, minimize ½ (s + h)ᵀ S⁻¹ (s + h) over
/// l ≤ s ≤ u; the multipliers of these bounds are y.
struct RowMultipliers: ~Copyable {
  let m: Int
  private let lower: [Double]
  private let upper: [Double]
  private var program: DenseProgram
  private let solver: ActiveSetSolver

  /// For rows with the given sides, at least one of them.
  init(lower: [Double], upper: [Double]) {
    m = lower.count
    (self.lower, self.upper) = (lower, upper)
    program = DenseProgram(variableCount: m, rowCount: 0)
    (program.lower, program.upper) = (lower, upper)
    solver = ActiveSetSolver(maxVariables: m, maxRows: 0)
  }

  /// Writes y. False where S is not positive definite to rounding or the model has no minimum.
  ///
  /// - Parameters:
  ///   - S: m × m, lower triangle, overwritten.
  ///   - h: m entries, overwritten by y.
  mutating func solve(_ S: UnsafeMutablePointer<Double>, _ h: UnsafeMutablePointer<Double>) -> Bool
  {
    guard LAPACK.potrf(.lower, n: m, S, lda: m) == 0, LAPACK.potri(.lower, n: m, S, lda: m) == 0
    else { return false }
    for j in 0..<m {
      for i in j..<m {
        program.quadraticCost[i + j * m] = S[i + j * m]
        program.quadraticCost[j + i * m] = S[i + j * m]
      }
    }
    for i in 0..<m {
      var sum = 0.0
      for j in 0..<m { sum += program.quadraticCost[i + j * m] * h[j] }
      program.linearCost[i] = sum
    }
    guard solver.solve(program, from: .lastSides) == .optimal else { return false }
    h.update(from: solver.boundMultipliers, count: m)
    return true
  }

  /// The derivative of Σ max(lᵢ yᵢ, uᵢ yᵢ) along d at y.
  func slope(_ y: (Int) -> Double, along d: UnsafePointer<Double>) -> Double {
    var sum = 0.0
    for i in 0..<m where d[i] != 0 {
      let value = y(i)
      let isUp = value > 0 || (value == 0 && d[i] > 0)
      sum += (isUp ? upper[i] : lower[i]) * d[i]
    }
    return sum
  }

  /// The largest distance of row values from where their multipliers want them, relative to 1 + |value|.
  func residual(_ values: (Int) -> Double, _ y: UnsafePointer<Double>) -> Double {
    var largest = 0.0
    for i in 0..<m {
      let v = values(i)
      let side = y[i] > 0 ? upper[i] : y[i] < 0 ? lower[i] : min(max(v, lower[i]), upper[i])
      largest = max(largest, abs(v - side) / (1 + abs(v)))
    }
    return largest
  }
}
