internal import LinearAlgebra

/// The dual of a program whose quadratic cost is a diagonal and a few factors:
///
///     minimize ½ xᵀDx + ½ |Lᵀx|² + cᵀx   subject to   l ≤ Ax ≤ u,  xl ≤ x ≤ xu,      D > 0,
///
/// with L = F Ω^½. For multipliers z of w = Lᵀx and y of the rows each variable has its own minimum,
///
///     q = c + Lz + Aᵀy,   xⱼ(z, y) = the point of [xlⱼ, xuⱼ] nearest to −qⱼ/Dⱼ,
///
/// and what is left is to minimize over k + m numbers the convex function, once differentiable but for σ,
///
///     φ(z, y) = ½|z|² + σ(y) − Σⱼ min (½ Dⱼ xⱼ² + qⱼ xⱼ),   σ(y) = Σ max(lᵢ yᵢ, uᵢ yᵢ),
///     ∇φ = (z − Lᵀx, ∂σ − Ax).
///
/// It is piecewise quadratic: on the variables J between their bounds its curvature is
/// diag(I, 0) + Bᵀ D_J⁻¹ B, B = [L, Aᵀ]. Nothing of the size n × n or k × n is made; the loadings are read
/// where the user has them.
struct FactorDual: ~Copyable {
  /// The rows of a panel that stays in the cache while it is gathered and multiplied.
  private static let panelRows = 512

  let n: Int
  let k: Int
  let m: Int
  private let loadings: Matrix
  /// Ω^½, k × k, symmetric.
  private let root: Matrix
  /// Aᵀ, n × m.
  private let rows: Buffer
  /// D⁻¹, zero for a fixed variable, and its square root.
  private let inverseD: Buffer
  private let weights: Buffer
  private let lower: Buffer
  private let upper: Buffer

  /// q, and its change along a direction.
  private let q: Buffer
  private let change: Buffer
  let x: Buffer
  /// Σ Aᵢⱼ² / Dⱼ of each row.
  let rowScales: Buffer
  /// Whether each variable was between its bounds at the last point.
  private let isFree: UnsafeMutablePointer<Bool>
  private let exposures: Buffer
  private let images: Buffer
  private let panel: Buffer
  private let places: UnsafeMutablePointer<Int>
  private let products: Buffer
  private let square: Buffer

  /// The dual of a program; nil where a variable that is not fixed has no specific variance.
  ///
  /// - Parameter root: The symmetric square root Ω^½.
  init?(_ problem: QuadraticProgram, _ covariance: FactorCovariance, root: Matrix) {
    (n, k) = (problem.variableCount, covariance.factorCount)
    m = problem.equalityCount + problem.inequalityCount
    loadings = covariance.loadings
    self.root = root
    rows = Buffer(n * m)
    inverseD = Buffer(covariance.specificVariances)
    weights = Buffer(n)
    lower = Buffer(problem.lowerBounds)
    upper = Buffer(problem.upperBounds)
    q = Buffer(problem.linearCost)
    change = Buffer(n)
    x = Buffer(n)
    rowScales = Buffer(m)
    isFree = .allocate(capacity: max(n, 1))
    isFree.initialize(repeating: false, count: max(n, 1))
    exposures = Buffer(k)
    images = Buffer(k)
    panel = Buffer(Self.panelRows * (k + m))
    places = .allocate(capacity: Self.panelRows)
    products = Buffer((k + m) * (k + m))
    square = Buffer(k * k)
    fillRows(from: problem.equalityMatrix, first: 0)
    fillRows(from: problem.inequalityMatrix, first: problem.equalityCount)
    for j in 0..<n {
      let isFixed = lower[j] == upper[j]
      guard inverseD[j] > 0 || isFixed else { return nil }
      inverseD[j] = isFixed ? 0 : 1 / inverseD[j]
      guard inverseD[j].isFinite else { return nil }
      weights[j] = inverseD[j].squareRoot()
    }
    for i in 0..<m {
      for j in 0..<n { rowScales[i] += rows[i * n + j] * rows[i * n + j] * inverseD[j] }
    }
  }

  deinit {
    isFree.deallocate()
    places.deallocate()
  }

  private func fillRows(from matrix: SparseMatrix, first: Int) {
    for j in 0..<n {
      for e in matrix.entries(ofColumn: j) {
        rows[(first + Int(matrix.rowIndices[e])) * n + j] = matrix.values[e]
      }
    }
  }

  /// x of the present q. Returns how many variables came to a bound or left one.
  func settle() -> Int {
    var changes = 0
    for j in 0..<n {
      let target = -q[j] * inverseD[j]
      x[j] = min(max(target, lower[j]), upper[j])
      let free = lower[j] < target && target < upper[j]
      if free != isFree[j] {
        isFree[j] = free
        changes += 1
      }
    }
    return changes
  }

  /// out ← (z, 0) − Bᵀx.
  func gradient(_ z: borrowing Buffer, into out: borrowing Buffer) {
    if k > 0 {
      loadings.elements.withUnsafeBufferPointer {
        BLAS.gemv(.yes, m: n, n: k, $0.baseAddress!, lda: n, x.pointer, exposures.pointer)
      }
      multiplyByRoot(exposures.pointer, into: out.pointer)
    }
    if m > 0 { BLAS.gemv(.yes, m: n, n: m, rows.pointer, lda: n, x.pointer, out.pointer + k) }
    for i in 0..<k + m { out[i] = (i < k ? z[i] : 0) - out[i] }
  }

  /// Takes the direction of the multipliers: its change of q.
  func aim(_ direction: borrowing Buffer) {
    change.fill(0)
    if k > 0 {
      multiplyByRoot(direction.pointer, into: images.pointer)
      loadings.elements.withUnsafeBufferPointer {
        BLAS.gemv(.no, m: n, n: k, $0.baseAddress!, lda: n, images.pointer, change.pointer)
      }
    }
    if m > 0 {
      BLAS.gemv(
        .no, m: n, n: m, rows.pointer, lda: n, direction.pointer + k, beta: 1, change.pointer)
    }
  }

  /// The part −Σ xⱼ(q + α Δq) Δqⱼ of the derivative of φ along the direction aimed at.
  func slope(at α: Double) -> Double {
    var sum = 0.0
    for j in 0..<n {
      let target = -(q[j] + α * change[j]) * inverseD[j]
      sum -= min(max(target, lower[j]), upper[j]) * change[j]
    }
    return sum
  }

  /// Moves q along the direction.
  func advance(_ α: Double) { q.add(α, change) }

  /// curvature ← diag(I, 0) + B_Jᵀ D_J⁻¹ B_J, its lower triangle.
  func writeCurvature(into curvature: borrowing Buffer) {
    products.fill(0)
    var count = 0
    for j in 0..<n {
      if isFree[j] {
        places[count] = j
        count += 1
      }
      if count == Self.panelRows || j == n - 1 {
        addPanel(count)
        count = 0
      }
    }
    transform(into: curvature)
  }

  /// Adds the update of the variables gathered in `places`, in the units of the loadings.
  private func addPanel(_ count: Int) {
    guard count > 0 else { return }
    let r = k + m
    let height = Self.panelRows
    loadings.elements.withUnsafeBufferPointer { elements in
      for c in 0..<r {
        let column =
          c < k ? elements.baseAddress! + c * n : UnsafePointer(rows.pointer) + (c - k) * n
        let target = panel.pointer + c * height
        for i in 0..<count {
          let j = places[i]
          target[i] = column[j] * weights[j]
        }
      }
    }
    BLAS.syrk(
      .lower, .yes, n: r, k: count, panel.pointer, lda: height, beta: 1, products.pointer, ldc: r)
  }

  /// The products with Ω^½: diag(I, 0) + its congruence of the factor part.
  private func transform(into curvature: borrowing Buffer) {
    let r = k + m
    for j in 0..<k { for i in 0..<j { products[i + j * r] = products[j + i * r] } }
    for j in k..<r { for i in j..<r { curvature[i + j * r] = products[i + j * r] } }
    guard k > 0 else { return }
    root.elements.withUnsafeBufferPointer {
      let root = $0.baseAddress!
      BLAS.gemm(m: k, n: k, k: k, products.pointer, lda: r, root, ldb: k, square.pointer, ldc: k)
      BLAS.gemm(m: k, n: k, k: k, root, lda: k, square.pointer, ldb: k, curvature.pointer, ldc: r)
      if m > 0 {
        BLAS.gemm(
          m: m, n: k, k: k, products.pointer + k, lda: r, root, ldb: k, curvature.pointer + k,
          ldc: r)
      }
    }
    for i in 0..<k { curvature[i + i * r] += 1 }
  }

  private func multiplyByRoot(
    _ v: UnsafePointer<Double>, into out: UnsafeMutablePointer<Double>
  ) {
    root.elements.withUnsafeBufferPointer {
      BLAS.symv(.lower, n: k, $0.baseAddress!, lda: k, v, out)
    }
  }

  /// The multipliers of the bounds at x, zero for a variable between them; `gradient` is Px + c + Aᵀy.
  func boundMultipliers(gradient: (Int) -> Double) -> [Double] {
    (0..<n).map { j in
      guard !isFree[j] else { return 0 }
      let multiplier = -gradient(j)
      if lower[j] == upper[j] { return multiplier }
      return x[j] == upper[j] ? max(multiplier, 0) : min(multiplier, 0)
    }
  }

  /// Aᵀy, n entries.
  func rowPart(_ y: [Double]) -> [Double] {
    let result = Buffer(n)
    if m > 0 { BLAS.gemv(.no, m: n, n: m, rows.pointer, lda: n, y, result.pointer) }
    return result.array
  }
}
