internal import CKernels
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
      scaleRows(of: P.elements, by: h, into: &operand.elements)
      Matrix.multiply(group, operand, transposing: .left, into: &middle)
    } else {
      for i in operand.elements.indices { operand.elements[i] = 0 }
      constraints.addAdjoint(h, to: &operand)
      Matrix.multiply(group, operand, transposing: .left, into: &left)
      Matrix.multiply(left, P, into: &middle)
    }
    ck_multiply(middle.elements.count, weights.elements, &middle.elements)
    Matrix.multiply(group, middle, into: &right)
    guard constraints.pairs.isEmpty else {
      Matrix.multiply(right, P, transposing: .right, into: &operand)
      for (i, x) in constraints.elements(of: operand).enumerated() { result[i] += sign * x }
      return
    }
    addRowProducts(n, right.elements, P.elements, sign, to: &result)
  }

  /// An estimate of the diagonal of V, with the mean ω of Ω between the groups for its elements: with
  /// aᵢ = Σ Pᵢₖ² over the positive eigenvalues, Vᵢᵢ ≈ aᵢ² + 2ω aᵢ (1 − aᵢ), and for a pair half of
  /// aᵢ aⱼ + ω (aᵢ (1 − aⱼ) + aⱼ (1 − aᵢ)), which leaves out its cross terms.
  var diagonal: [Double] {
    let (n, r) = (P.rows, group.columns)
    var a = [Double](repeating: 0, count: n)
    for k in 0..<r {
      for i in 0..<n { a[i] += group.elements[i + k * n] * group.elements[i + k * n] }
    }
    let between = Double(max(r * (n - r), 1))
    // What is stored is 1 in the group, and outside twice Ω or twice 1 − Ω.
    let stored = (weights.elements.reduce(0, +) - Double(r * r)) / (2 * between)
    let ω = isComplement ? 1 - stored : stored
    if isComplement { for i in 0..<n { a[i] = 1 - a[i] } }
    func element(_ x: Double, _ y: Double) -> Double {
      x * y + ω * (x * (1 - y) + y * (1 - x))
    }
    return a.map { element($0, $0) }
      + constraints.pairs.map { 0.5 * element(a[$0.i], a[$0.j]) }
  }
}

/// out = diag(h) A for an A of as many rows as h has elements.
private func scaleRows(
  of a: UnsafePointer<Double>, by h: [Double], into out: UnsafeMutablePointer<Double>
) {
  for j in 0..<h.count { ck_centre(h.count, a + j * h.count, 0, h, out + j * h.count) }
}

/// result += factor · diag(A Bᵀ) for n × n matrices.
private func addRowProducts(
  _ n: Int, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ factor: Double,
  to result: UnsafeMutablePointer<Double>
) {
  for j in 0..<n { ck_add_products(n, factor, a + j * n, b + j * n, result) }
}
