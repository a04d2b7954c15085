internal import LinearAlgebra

/// The dual of the nearest-correlation problem at one y: value, gradient and generalized Hessian,
/// all from the eigenvalues of G + diag y = PΛPᵀ.
struct DualPoint {
  let y: [Double]
  /// The diagonal that X shall have.
  let target: Double
  /// θ(y) = ½ ‖(G + diag y)₊‖² − Σ target yᵢ.
  let value: Double
  /// diag (G + diag y)₊ − target.
  let gradient: [Double]

  private let eigen: SymmetricEigen
  /// The first of the positive eigenvalues, which are last.
  private let firstPositive: Int

  init(_ G: Matrix, y: [Double], target: Double) throws(EstimationError) {
    (self.y, self.target) = (y, target)
    var A = G
    for i in y.indices { A[i, i] += y[i] }
    guard let eigen = try? SymmetricEigen(A) else { throw .eigenvaluesNotConverged }
    self.eigen = eigen
    let (n, λ, P) = (y.count, eigen.values, eigen.vectors)
    firstPositive = λ.firstIndex { $0 > 0 } ?? n

    var diagonal = [Double](repeating: -target, count: n)
    for k in firstPositive..<n {
      for i in 0..<n { diagonal[i] += λ[k] * P[i, k] * P[i, k] }
    }
    gradient = diagonal
    let squares = λ[firstPositive...].reduce(0) { $0 + $1 * $1 }
    value = 0.5 * squares - target * y.reduce(0, +)
  }

  /// (G + diag y)₊.
  var projection: Matrix { eigen.matrix { max($0, 0) } }

  /// An approximate solution d of (V + δI) d = −∇θ by conjugate gradients with the diagonal of V as
  /// preconditioner.
  ///
  /// V h = diag(P (Ω ∘ Pᵀ diag(h) P) Pᵀ), with Ω 1 between positive eigenvalues, 0 between the
  /// others, and λᵢ / (λᵢ − λⱼ) between positive λᵢ and other λⱼ: equation 3.5 of Qi and Sun.
  func newtonDirection(regularization δ: Double, accuracy: Double) -> [Double] {
    let V = GeneralizedHessian(eigen, firstPositive: firstPositive)
    let n = y.count
    let preconditioner = V.diagonal.map { 1 / max($0 + δ, 1e-8) }
    var d = [Double](repeating: 0, count: n)
    var r = gradient.map { -$0 }
    let stop = accuracy * norm(r)
    var z = zip(r, preconditioner).map { $0 * $1 }
    var p = z
    var ρ = dot(r, z)
    for _ in 0..<200 {
      var q = V.product(p)
      axpy(δ, p, &q)
      let curvature = dot(p, q)
      guard curvature > 0 else { break }
      let α = ρ / curvature
      axpy(α, p, &d)
      axpy(-α, q, &r)
      if norm(r) <= stop { break }
      for i in 0..<n { z[i] = r[i] * preconditioner[i] }
      let next = dot(r, z)
      for i in 0..<n { p[i] = z[i] + next / ρ * p[i] }
      ρ = next
    }
    return d
  }
}

/// V of `DualPoint`, by products with the eigenvectors of the smaller of the two groups: with those
/// of positive eigenvalues (α), V h = diag(Pα (Ω' ∘ Pαᵀ diag(h) P) Pᵀ), the block αα counted once and
/// αγ twice; with the others (γ), h less the same of 1 − Ω.
private struct GeneralizedHessian {
  private let P: Matrix
  private let group: Matrix
  /// Row of the group by eigenvector: Ω or 1 − Ω, doubled outside the group.
  private let weights: Matrix
  private let isComplement: Bool

  init(_ eigen: SymmetricEigen, firstPositive: Int) {
    let (λ, n) = (eigen.values, eigen.values.count)
    P = eigen.vectors
    isComplement = n - firstPositive > firstPositive
    let range = isComplement ? 0..<firstPositive : firstPositive..<n
    group = Matrix(P[rows: 0..<n, columns: range])
    let complement = isComplement
    weights = Matrix(rows: range.count, columns: n) { row, j in
      let i = range.lowerBound + row
      if range.contains(j) { return 1 }
      // λᵢ / (λᵢ − λⱼ) for i in α, j in γ; one less the same with the roles exchanged.
      let (positive, other) = complement ? (λ[j], λ[i]) : (λ[i], λ[j])
      return 2 * (complement ? -other : positive) / (positive - other)
    }
  }

  func product(_ h: [Double]) -> [Double] {
    let n = h.count
    guard group.columns > 0 else { return isComplement ? h : [Double](repeating: 0, count: n) }
    var scaled = P
    for j in 0..<n {
      for i in 0..<n { scaled.elements[i + j * n] *= h[i] }
    }
    var M = Matrix.product(group, scaled, transposing: .left)
    for k in M.elements.indices { M.elements[k] *= weights.elements[k] }
    let C = Matrix.product(group, M)
    var result = [Double](repeating: 0, count: n)
    for j in 0..<n {
      for i in 0..<n { result[i] += C.elements[i + j * n] * P.elements[i + j * n] }
    }
    return isComplement ? zip(h, result).map { $0 - $1 } : result
  }

  /// Vᵢᵢ = Σⱼₖ Ωⱼₖ Pᵢⱼ² Pᵢₖ².
  var diagonal: [Double] {
    let n = P.rows
    guard group.columns > 0 else { return [Double](repeating: isComplement ? 1 : 0, count: n) }
    let inner = Matrix.product(group.map { $0 * $0 }, weights)
    var result = [Double](repeating: 0, count: n)
    for j in 0..<n {
      for i in 0..<n {
        let p = P.elements[i + j * n]
        result[i] += inner.elements[i + j * n] * p * p
      }
    }
    return isComplement ? result.map { 1 - $0 } : result
  }
}
