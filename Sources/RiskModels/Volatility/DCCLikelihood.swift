internal import Foundation
internal import LinearAlgebra

/// The part of the negative logarithmic likelihood that correlations decide,
/// ½ Σ (ln |Rₜ| + zᵀRₜ⁻¹z − zᵀz), as a function of a and a + b.
///
/// With y = diag(Q)^½ z it is ½ Σ (ln |Q| − Σ ln qᵢᵢ + yᵀQ⁻¹y − zᵀz), and for u = Q⁻¹y its derivative in a
/// direction dQ is ½ (tr Q⁻¹dQ − uᵀdQ u + Σ (uᵢ yᵢ − 1) dqᵢᵢ/qᵢᵢ).
struct DCCLikelihood: SmoothObjective, Sendable, Hashable {
  static let largestSum = 1 - 1e-7

  /// Q̄, the mean of z zᵀ.
  let target: Matrix
  private let count: Int
  private let size: Int
  /// zₜ, date by date.
  private let z: [Double]

  /// - Throws: `VolatilityError.singularCorrelation`.
  init(residuals: [[Double]]) throws(VolatilityError) {
    let (n, T) = (residuals.count, residuals.first?.count ?? 0)
    var z: [Double] = []
    z.reserveCapacity(n * T)
    for t in 0..<T {
      for j in 0..<n { z.append(residuals[j][t]) }
    }
    let columns = Matrix(rows: T, columns: n, elements: residuals.flatMap { $0 })
    target = columns.gram() * (1 / Double(T))
    (count, size, self.z) = (T, n, z)
    let correlation = Self.correlation(target)
    guard let factor = try? Cholesky(correlation), factor.logDeterminant > -27 * Double(n),
      (0..<n).allSatisfy({ factor.factor[$0, $0] > 1e-6 })
    else { throw .singularCorrelation }
  }

  static func correlation(_ Q: Matrix) -> Matrix {
    let σ = Q.diagonal.map { $0.squareRoot() }
    return Matrix(rows: Q.rows, columns: Q.rows) { i, j in
      i == j ? 1 : Q[i, j] / (σ[i] * σ[j])
    }
  }

  func value(at x: [Double]) -> Double {
    run(a: x[0], b: x[1] - x[0], withGradient: false)?.value ?? .infinity
  }

  func expansion(at x: [Double]) -> Expansion? {
    guard let at = gradient(at: x) else { return nil }
    var hessian = [Double](repeating: 0, count: 4)
    for i in 0..<2 {
      // a stays below a + b, and a + b below 1.
      let step =
        i == 1 && x[1] + 1e-6 > Self.largestSum || i == 0 && x[0] + 1e-6 > x[1] ? -1e-6 : 1e-6
      var moved = x
      moved[i] += step
      guard let there = gradient(at: moved) else { return nil }
      for j in 0..<2 { hessian[2 * i + j] = (there.gradient[j] - at.gradient[j]) / step }
    }
    let mixed = 0.5 * (hessian[1] + hessian[2])
    (hessian[1], hessian[2]) = (mixed, mixed)
    return Expansion(value: at.value, gradient: at.gradient, hessian: hessian)
  }

  private func gradient(at x: [Double]) -> (value: Double, gradient: [Double])? {
    guard let at = run(a: x[0], b: x[1] - x[0], withGradient: true) else { return nil }
    return (at.value, [at.slope.a - at.slope.b, at.slope.b])
  }

  /// Value and derivatives by a and b; nil where the parameters or a Q are out of bounds.
  private func run(
    a: Double, b: Double, withGradient: Bool
  ) -> (value: Double, slope: (a: Double, b: Double))? {
    guard a >= 0, b >= 0, a + b < 1 else { return nil }
    let (n, square) = (size, size * size)
    return target.elements.withUnsafeBufferPointer { target in
      z.withUnsafeBufferPointer { z in
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 4 * square + 2 * n) { memory in
          memory.initialize(repeating: 0)
          guard let Q = memory.baseAddress, let Q̄ = target.baseAddress else { return nil }
          let (byA, byB, factor) = (Q + square, Q + 2 * square, Q + 3 * square)
          let (y, u) = (Q + 4 * square, Q + 4 * square + n)
          Q.update(from: Q̄, count: square)
          var (value, slope) = (0.0, (a: 0.0, b: 0.0))
          for t in 0..<count {
            let zₜ = UnsafeBufferPointer(rebasing: z[(t * n)..<((t + 1) * n)])
            factor.update(from: Q, count: square)
            guard LAPACK.potrf(.lower, n: n, factor, lda: n) == 0 else { return nil }
            for i in 0..<n {
              y[i] = Q[i * n + i].squareRoot() * zₜ[i]
              u[i] = y[i]
              value += log(factor[i * n + i]) - 0.5 * log(Q[i * n + i]) - 0.5 * zₜ[i] * zₜ[i]
            }
            _ = LAPACK.potrs(.lower, n: n, rightHandSides: 1, factor, lda: n, u, ldb: n)
            for i in 0..<n { value += 0.5 * u[i] * y[i] }
            if withGradient {
              _ = LAPACK.potri(.lower, n: n, factor, lda: n)
              for j in 0..<n {
                for i in j..<n {
                  // The lower triangle counts twice but for the diagonal.
                  var weight = factor[j * n + i] - u[i] * u[j]
                  if i == j { weight = 0.5 * (weight + (u[i] * y[i] - 1) / Q[i * n + i]) }
                  slope.a += weight * byA[j * n + i]
                  slope.b += weight * byB[j * n + i]
                }
              }
            }
            for j in 0..<n {
              for i in j..<n {
                let place = j * n + i
                let product = zₜ[i] * zₜ[j]
                if withGradient {
                  byA[place] = product - Q̄[place] + b * byA[place]
                  byB[place] = Q[place] - Q̄[place] + b * byB[place]
                }
                Q[place] = (1 - a - b) * Q̄[place] + a * product + b * Q[place]
              }
            }
          }
          return value.isFinite ? (value, slope) : nil
        }
      }
    }
  }

  /// Q of the date after the last.
  func next(a: Double, b: Double) -> Matrix {
    var Q = target
    for t in 0..<count {
      for j in 0..<size {
        for i in 0..<size {
          Q[i, j] =
            (1 - a - b) * target[i, j] + a * (z[t * size + i] * z[t * size + j]) + b * Q[i, j]
        }
      }
    }
    return Q
  }

  func correlations(_ i: Int, _ j: Int, a: Double, b: Double) -> [Double] {
    func path(_ i: Int, _ j: Int) -> [Double] {
      var q = target[i, j]
      return (0..<count).map { t in
        defer { q = (1 - a - b) * target[i, j] + a * (z[t * size + i] * z[t * size + j]) + b * q }
        return q
      }
    }
    let (own, other) = (path(i, i), path(j, j))
    return zip(path(i, j), zip(own, other)).map { $0 / ($1.0 * $1.1).squareRoot() }
  }
}
