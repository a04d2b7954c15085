internal import LinearAlgebra

/// The dual of the nearest-correlation problem at one y: value, gradient and generalized Hessian,
/// all from the eigenvalues of G + 𝒜*(y) = PΛPᵀ.
struct DualPoint {
  let y: [Double]
  /// θ(y) = ½ ‖(G + 𝒜*(y))₊‖² − bᵀy.
  let value: Double
  /// 𝒜((G + 𝒜*(y))₊) − b.
  let gradient: [Double]

  let eigen: SymmetricEigen
  /// The first of the positive eigenvalues, which are last.
  let firstPositive: Int

  init(_ G: Matrix, y: [Double], _ constraints: ElementConstraints) throws(EstimationError) {
    self.y = y
    var A = G
    constraints.addAdjoint(y, to: &A)
    guard let eigen = try? SymmetricEigen(A) else { throw .eigenvaluesNotConverged }
    self.eigen = eigen
    let (n, λ, P) = (A.rows, eigen.values, eigen.vectors)
    let first = λ.firstIndex { $0 > 0 } ?? n
    firstPositive = first

    // The sum over the smaller group of eigenvalues; over the negative ones it is A₊ − A.
    let isComplement = n - first > first
    var reached =
      constraints.pairs.isEmpty && isComplement
      ? A.diagonal : [Double](repeating: 0, count: n)
    if constraints.pairs.isEmpty {
      let sign = isComplement ? -1.0 : 1.0
      for k in isComplement ? 0..<first : first..<n {
        for i in 0..<n { reached[i] += sign * λ[k] * P.elements[i + k * n] * P.elements[i + k * n] }
      }
    } else {
      reached = constraints.elements(of: Self.projection(eigen, first, of: A))
    }
    gradient = zip(reached, constraints.values).map { $0 - $1 }
    value = 0.5 * λ[first...].reduce(0) { $0 + $1 * $1 } - dot(constraints.values, y)
  }

  /// (G + 𝒜*(y))₊ for the G of this point.
  func projection(_ G: Matrix, _ constraints: ElementConstraints) -> Matrix {
    var A = G
    constraints.addAdjoint(y, to: &A)
    return Self.projection(eigen, firstPositive, of: A)
  }

  /// A₊ from the smaller group of the eigenvalues of A.
  private static func projection(
    _ eigen: SymmetricEigen, _ first: Int, of A: Matrix
  ) -> Matrix {
    let n = A.rows
    if n - first <= first { return eigen.combination(of: first..<n, base: 0) { $0 } }
    return A.symmetrized() - eigen.combination(of: 0..<first, base: 0) { $0 }
  }

  /// An approximate solution d of (V + δI) d = −∇θ by conjugate gradients with the diagonal of V as
  /// preconditioner.
  func newtonDirection(
    _ constraints: ElementConstraints, regularization δ: Double, accuracy: Double
  ) -> [Double] {
    var V = GeneralizedHessian(eigen, firstPositive: firstPositive, constraints)
    let preconditioner = V.diagonal.map { 1 / max($0 + δ, 1e-8) }
    var d = [Double](repeating: 0, count: y.count)
    var r = gradient.map { -$0 }
    let stop = accuracy * norm(r)
    var z = zip(r, preconditioner).map { $0 * $1 }
    var p = z
    var q = d
    var ρ = dot(r, z)
    for _ in 0..<200 {
      V.product(p, into: &q)
      axpy(δ, p, &q)
      let curvature = dot(p, q)
      guard curvature > 0 else { break }
      let α = ρ / curvature
      axpy(α, p, &d)
      axpy(-α, q, &r)
      if norm(r) <= stop { break }
      for i in z.indices { z[i] = r[i] * preconditioner[i] }
      let next = dot(r, z)
      for i in p.indices { p[i] = z[i] + next / ρ * p[i] }
      ρ = next
    }
    return d
  }
}
