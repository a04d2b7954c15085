internal import LinearAlgebra

/// An element V of the generalized Hessian of the dual: V h = 𝒜(P (Ω ∘ Pᵀ 𝒜*(h) P) Pᵀ), with Ω 1
/// between positive eigenvalues, 0 between the others, and λᵢ / (λᵢ − λⱼ) between positive λᵢ and
/// other λⱼ: equation 3.5 of Qi and Sun.
///
/// Products use the eigenvectors of the smaller of the two groups: with those of positive eigenvalues
/// (α), V h = 𝒜(Pα (Ω' ∘ Pαᵀ 𝒜*(h) P) Pᵀ), the block αα counted once and αγ twice; with the others
/// (γ), 𝒜𝒜*(h) less the same of 1 − Ω. What is inside 𝒜 is then not symmetric; its symmetric part
/// counts.
struct GeneralizedHessian {
  private let constraints: ElementConstraints
  private let P: Matrix
  private let group: Matrix
  /// Row of the group by eigenvector: Ω or 1 − Ω, doubled outside the group.
  private let weights: Matrix
  private let isComplement: Bool

  // Work space of products.
  private var left: Matrix
  private var middle: Matrix
  private var right: Matrix
  private var operand: Matrix

  init(_ eigen: SymmetricEigen, firstPositive: Int, _ constraints: ElementConstraints) {
    self.constraints = constraints
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
    let hasPairs = !constraints.pairs.isEmpty
    operand = Matrix(rows: n, columns: n)
    left = Matrix(rows: hasPairs ? range.count : 0, columns: n)
    middle = Matrix(rows: range.count, columns: n)
    right = Matrix(rows: n, columns: n)
  }

  /// V h.
  mutating func product(_ h: [Double], into result: inout [Double]) {
    let n = P.rows
    let (diagonal, pair) = isComplement ? (1.0, 0.5) : (0.0, 0.0)
    let sign = isComplement ? -1.0 : 1.0
    for i in h.indices { result[i] = (i < n ? diagonal : pair) * h[i] }
    guard group.columns > 0 else { return }
    if constraints.pairs.isEmpty {
      for j in 0..<n {
        for i in 0..<n { operand.elements[i + j * n] = P.elements[i + j * n] * h[i] }
      }
      Matrix.multiply(group, operand, transposing: .left, into: &middle)
    } else {
      for i in operand.elements.indices { operand.elements[i] = 0 }
      constraints.addAdjoint(h, to: &operand)
      Matrix.multiply(group, operand, transposing: .left, into: &left)
      Matrix.multiply(left, P, into: &middle)
    }
    for k in middle.elements.indices { middle.elements[k] *= weights.elements[k] }
    Matrix.multiply(group, middle, into: &right)
    guard constraints.pairs.isEmpty else {
      Matrix.multiply(right, P, transposing: .right, into: &operand)
      for (i, x) in constraints.elements(of: operand).enumerated() { result[i] += sign * x }
      return
    }
    for j in 0..<n {
      for i in 0..<n { result[i] += sign * right.elements[i + j * n] * P.elements[i + j * n] }
    }
  }

  /// The diagonal of V: Vᵢᵢ = Σⱼₖ Ωⱼₖ Pᵢⱼ² Pᵢₖ², and for a pair half of Σₖₗ Ωₖₗ Pᵢₖ² Pⱼₗ², which leaves
  /// out its cross terms.
  var diagonal: [Double] {
    let n = P.rows
    let (one, half) = isComplement ? (1.0, 0.5) : (0.0, 0.0)
    var result = (0..<constraints.count).map { $0 < n ? one : half }
    guard group.columns > 0 else { return result }
    let sign = isComplement ? -1.0 : 1.0
    let squares = P.map { $0 * $0 }
    let inner = Matrix.product(group.map { $0 * $0 }, weights)
    for j in 0..<n {
      for i in 0..<n {
        result[i] += sign * inner.elements[i + j * n] * squares.elements[i + j * n]
      }
    }
    if constraints.pairs.isEmpty { return result }
    let outer = Matrix.product(inner, squares, transposing: .right)
    for (k, pair) in constraints.pairs.enumerated() {
      result[n + k] += sign * 0.25 * (outer[pair.i, pair.j] + outer[pair.j, pair.i])
    }
    return result
  }
}
