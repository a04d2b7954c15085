/// A vector with a part for the variables, the equalities and the sides.
struct KKTVector: ~Copyable {
  let x: Buffer
  let y: Buffer
  let λ: Buffer

  init(_ form: borrowing StandardForm) {
    x = Buffer(form.n)
    y = Buffer(form.p)
    λ = Buffer(form.sideCount)
  }

  func copy(from other: borrowing KKTVector) {
    x.copy(from: other.x)
    y.copy(from: other.y)
    λ.copy(from: other.λ)
  }

  func add(_ α: Double, _ other: borrowing KKTVector) {
    x.add(α, other.x)
    y.add(α, other.y)
    λ.add(α, other.λ)
  }

  func scale(by factor: Double) {
    x.scale(by: factor)
    y.scale(by: factor)
    λ.scale(by: factor)
  }

  var largestMagnitude: Double {
    let (a, b, c) = (x.largestMagnitude, y.largestMagnitude, λ.largestMagnitude)
    return (a + b + c).isNaN ? .nan : max(a, b, c)
  }
}

/// The Newton system of the interior point method,
///
///     [P  Aᵀ  gᵀ  ] [Δx]
///     [A  0   0   ] [Δy]  =  right-hand side,      g: the rows of the sides with their signs,
///     [g  0  −s/λ ] [Δλ]
///
/// solved through ``DenseKKT``, or ``RowSpaceKKT`` where that suits the program, and refined until
/// the residual of this system, which holds no regularisation, stops falling.
struct KKTSystem: ~Copyable {
  static let refinementLimit = 8
  static let refinementTarget = 1e-14
  static let rounding = 0x1p-48

  /// Which of the two condensations is in use; the other has no size.
  private let usesRowSpace: Bool
  private var dense: DenseKKT
  private let rowSpace: RowSpaceKKT
  /// s/λ per side, and λ/s summed over the sides of a row.
  private let ratio: Buffer
  private let weights: Buffer

  private let residual: KKTVector
  private let correction: KKTVector
  private let rows: Buffer
  private let rowMultipliers: Buffer

  init(_ form: borrowing StandardForm) {
    usesRowSpace = RowSpaceKKT.suits(form)
    let (n, p, m) = (form.n, form.p, form.m)
    dense = usesRowSpace ? DenseKKT(n: 0, p: 0, m: 0) : DenseKKT(n: n, p: p, m: m)
    rowSpace = usesRowSpace ? RowSpaceKKT(n: n, p: p, m: m) : RowSpaceKKT(n: 0, p: 0, m: 0)
    ratio = Buffer(form.sideCount)
    weights = Buffer(form.m + form.n)
    residual = KKTVector(form)
    correction = KKTVector(form)
    rows = Buffer(form.m + form.n)
    rowMultipliers = Buffer(form.m + form.n)
  }

  func load(_ form: borrowing StandardForm) {
    if usesRowSpace { rowSpace.load(form) } else { dense.load(form) }
  }

  func indefiniteColumn(of form: borrowing StandardForm) -> Int? {
    dense.indefiniteColumn(of: form)
  }

  /// Factors for slacks s and multipliers λ; false if no regularisation made it possible.
  mutating func factor(
    _ form: borrowing StandardForm, slacks s: borrowing Buffer, multipliers λ: borrowing Buffer
  ) -> Bool {
    weights.fill(0)
    for k in 0..<form.sideCount {
      ratio[k] = s[k] / λ[k]
      weights[form.sideRow[k]] += λ[k] / s[k]
    }
    return usesRowSpace
      ? rowSpace.factor(weights: weights) : dense.factor(form, weights: weights)
  }

  /// Solves into `solution`; returns the residual that is left, relative to the right-hand side.
  @discardableResult
  func solve(
    _ form: borrowing StandardForm, _ rhs: borrowing KKTVector, into solution: borrowing KKTVector
  ) -> Double {
    let size = max(rhs.largestMagnitude, .leastNormalMagnitude)
    solution.x.fill(0)
    solution.y.fill(0)
    solution.λ.fill(0)
    residual.copy(from: rhs)
    var error = Double.infinity
    for _ in 0..<Self.refinementLimit {
      solveOnce(form)
      solution.add(1, correction)
      computeResidual(form, rhs, solution)
      let new = residual.largestMagnitude / size
      guard new < error else {
        solution.add(-1, correction)
        break
      }
      let slow = new > 0.5 * error
      error = new
      if slow || new <= Self.refinementTarget { break }
    }
    return error
  }

  /// correction ← (regularised matrix)⁻¹ residual.
  private func solveOnce(_ form: borrowing StandardForm) {
    for k in 0..<form.sideCount { correction.λ[k] = residual.λ[k] / ratio[k] }
    correction.x.copy(from: residual.x)
    correction.y.copy(from: residual.y)
    form.gatherSides(correction.λ, into: rowMultipliers)
    if usesRowSpace {
      for j in 0..<form.n { correction.x[j] += rowMultipliers[form.m + j] }
      rowSpace.solve(correction.x, correction.y, gathered: rowMultipliers)
    } else {
      form.addTransposedRows(rowMultipliers, to: correction.x)
      form.addTransposedA(residual.y, alpha: DenseKKT.γ, to: correction.x)
      dense.solve(correction.x, correction.y)
    }
    form.multiplyRows(correction.x, into: rows)
    if usesRowSpace { rowSpace.copyRows(into: rows) }
    for k in 0..<form.sideCount {
      correction.λ[k] = (form.sideSign[k] * rows[form.sideRow[k]] - residual.λ[k]) / ratio[k]
    }
  }

  /// The residual of the system, where what is left in the row of a side is dropped once it is
  /// rounding: times the weight λ/s of an active side, up to 1e12, it would drown the first row.
  private func computeResidual(
    _ form: borrowing StandardForm, _ rhs: borrowing KKTVector, _ solution: borrowing KKTVector
  ) {
    residual.copy(from: rhs)
    form.multiplyP(solution.x, alpha: -1, beta: 1, into: residual.x)
    form.addTransposedA(solution.y, alpha: -1, to: residual.x)
    form.gatherSides(solution.λ, into: rowMultipliers)
    form.addTransposedRows(rowMultipliers, alpha: -1, to: residual.x)
    form.multiplyA(solution.x, alpha: -1, beta: 1, into: residual.y)
    form.multiplyRows(solution.x, into: rows)
    for k in 0..<form.sideCount {
      let first = ratio[k] * solution.λ[k]
      let second = form.sideSign[k] * rows[form.sideRow[k]]
      let value = residual.λ[k] + (first - second)
      let rounding = Self.rounding * max(abs(first), abs(second), abs(residual.λ[k]))
      residual.λ[k] = abs(value) <= rounding ? 0 : value
    }
  }
}
