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

  func fill(_ value: Double) {
    x.fill(value)
    y.fill(value)
    λ.fill(value)
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
///     [g  0  −W²  ] [Δλ]
///
/// with W² of ``SymmetricCone``, s/λ in the orthant, reduced to the rows, solved through a
/// ``KKTFactorization``, and refined until the residual of this system, which holds no regularisation,
/// stops falling.
struct KKTSystem: ~Copyable {
  static let refinementLimit = 8
  static let refinementTarget = 1e-14
  /// The same where every product reads large blocks from memory.
  static let refinementTargetOfBlocks = 1e-10
  static let rounding = 0x1p-48
  /// What a solution has to reach, block by block.
  struct Accuracy {
    /// The residual of a block relative to its right-hand side.
    var relative = 0.0
    /// The share of the whole right-hand side that counts as the size of a block that is smaller.
    var share = 1e-6
    /// Residuals of the dual block and of the rows that are small enough whatever they are relative to.
    var dualFloor = 0.0
    var primalFloor = 0.0
  }
  /// The weight λ/s from which on a bound counts as active.
  static let activeWeight = 1.0

  let factorization: any KKTFactorization
  let scaling: ConeScaling

  private let residual: KKTVector
  private let correction: KKTVector
  private let rows: Buffer
  private let target: Buffer
  private let sides: SidePairs
  /// B times a correction, and B times the sum of the corrections.
  private let product: Buffer
  private let total: Buffer
  private let threshold: Double

  init(_ form: borrowing StandardForm, _ factorization: any KKTFactorization) {
    self.factorization = factorization
    scaling = ConeScaling(form)
    residual = KKTVector(form)
    correction = KKTVector(form)
    rows = Buffer(form.entryCount)
    target = Buffer(form.p + form.m)
    sides = SidePairs(form)
    product = Buffer(form.p + form.m)
    total = Buffer(form.p + form.m)
    let blockEntries = form.B.blocks.reduce(0) { $0 + $1.rows.count * $1.columns.count }
    threshold = blockEntries < 20_000 ? Self.refinementTarget : Self.refinementTargetOfBlocks
  }

  func load(_ form: borrowing StandardForm) { factorization.load(form) }

  /// Factors for slacks s and multipliers λ; false if no regularisation made it possible.
  mutating func factor(
    _ form: borrowing StandardForm, slacks s: borrowing Buffer, multipliers λ: borrowing Buffer
  ) -> Bool {
    scaling.update(form, slacks: s, multipliers: λ) && factorization.factor(form, scaling)
  }

  /// Factors once more with more regularisation; false if that is not possible.
  func refactor(_ form: borrowing StandardForm) -> Bool {
    factorization.refactor(form, scaling)
  }

  /// Factors as before the last ``refactor(_:)``; false if that is not possible.
  func restore(_ form: borrowing StandardForm) -> Bool {
    factorization.restore(form, scaling)
  }

  /// Solves into `solution`, refining until the accuracy is reached or no nearer; returns the residual
  /// that is left, relative to the right-hand side.
  @discardableResult
  func solve(
    _ form: borrowing StandardForm, _ rhs: borrowing KKTVector, into solution: borrowing KKTVector,
    to accuracy: Accuracy = Accuracy()
  ) -> Double {
    let size = max(rhs.largestMagnitude, .leastNormalMagnitude)
    let floor = accuracy.share * size
    let sizes = (
      x: max(rhs.x.largestMagnitude, floor), y: max(rhs.y.largestMagnitude, floor),
      λ: max(rhs.λ.largestMagnitude, floor)
    )
    let relative = max(threshold, accuracy.relative)
    let limits = (
      x: max(relative, accuracy.dualFloor / sizes.x),
      y: max(relative, accuracy.primalFloor / sizes.y),
      λ: max(relative, accuracy.primalFloor / sizes.λ)
    )
    solution.fill(0)
    residual.copy(from: rhs)
    total.fill(0)
    var error = Double.infinity
    var whole = Double.infinity
    for _ in 0..<Self.refinementLimit {
      solveOnce(form)
      solution.add(1, correction)
      computeResidual(form, rhs, solution)
      let parts = (
        x: residual.x.largestMagnitude / sizes.x, y: residual.y.largestMagnitude / sizes.y,
        λ: residual.λ.largestMagnitude / sizes.λ
      )
      let new =
        (parts.x + parts.y + parts.λ).isNaN ? .infinity : max(parts.x, parts.y, parts.λ)
      guard new < error else {
        guard new < .infinity else {
          // What was added cannot be taken away again.
          solution.fill(0)
          return .infinity
        }
        solution.add(-1, correction)
        break
      }
      let slow = new > 0.5 * error
      error = new
      whole = residual.largestMagnitude / size
      if slow || (parts.x <= limits.x && parts.y <= limits.y && parts.λ <= limits.λ) { break }
    }
    return whole
  }

  /// correction ← (regularised matrix)⁻¹ residual.
  private func solveOnce(_ form: borrowing StandardForm) {
    let (p, m) = (form.p, form.m)
    for i in 0..<p { rows[i] = residual.y[i] }
    sides.gatherTargets(residual.λ, scaling.ratio, scaling.weights, into: rows)
    for j in 0..<form.n {
      correction.x[j] = residual.x[j] + scaling.weights[p + m + j] * rows[p + m + j]
    }
    for i in 0..<(p + m) { target[i] = rows[i] }
    factorization.solve(form, scaling, x: correction.x, rows: rows, product: product)
    total.add(1, product)
    for i in 0..<p { correction.y[i] = rows[i] }
    for i in p..<(p + m) {
      sides.split(
        rows[i], value: target[i] + rows[i] / scaling.weights[i], of: i, residual.λ, scaling.ratio,
        into: correction.λ)
    }
    for j in 0..<form.n where scaling.weights[p + m + j] > 0 {
      let i = p + m + j
      sides.split(
        scaling.weights[i] * (correction.x[j] - rows[i]), value: correction.x[j], of: i, residual.λ,
        scaling.ratio,
        into: correction.λ)
    }
  }

  /// The residual of the system.
  ///
  /// Where a bound is active, λ/s of its side is large and the multiplier that follows from Δx carries
  /// the rounding of Δx times that; it is set to what the first row asks instead, which then holds
  /// exactly. What is left in the row of a side is dropped once it is rounding, for the same reason.
  private func computeResidual(
    _ form: borrowing StandardForm, _ rhs: borrowing KKTVector, _ solution: borrowing KKTVector
  ) {
    let first = form.p + form.m
    residual.copy(from: rhs)
    form.multiplyP(solution.x, alpha: -1, beta: 1, into: residual.x)
    form.gather(solution.y, solution.λ, into: rows)
    form.B.addTransposed(rows, alpha: -1, to: residual.x)
    for j in 0..<form.n {
      if scaling.weights[first + j] > Self.activeWeight {
        sides.settle(residual.x[j], of: first + j, scaling.ratio, in: solution.λ)
        residual.x[j] = 0
      } else {
        residual.x[j] -= rows[first + j]
      }
    }
    rows.pointer.update(from: total.pointer, count: total.count)
    (rows.pointer + total.count).update(from: solution.x.pointer, count: form.n)
    for i in 0..<form.p { residual.y[i] -= rows[i] }
    for cone in form.cone.secondOrder {
      scaling.multiplySquare(cone, solution.λ, into: scaling.first)
    }
    for k in 0..<form.cone.orthant.count {
      let first = scaling.ratio[k] * solution.λ[k]
      let second = form.sideSign[k] * rows[form.sideRow[k]]
      let value = residual.λ[k] + (first - second)
      let rounding = Self.rounding * max(abs(first), abs(second), abs(residual.λ[k]))
      residual.λ[k] = abs(value) <= rounding ? 0 : value
    }
    for cone in form.cone.secondOrder { computeResidual(cone, form, solution) }
  }

  /// The residual r of the rows of a second-order cone; `rows` holds BΔx, and what W² gives is in the
  /// work space of the scaling.
  ///
  /// Near the boundary W² = η² (2wwᵀ − J) has elements up to 1/μ, and the last digit of Δλ moves r along
  /// w by as much. That part of r, (wᵀJr) w, is dropped once it is rounding: as W⁻²w = η⁻²Jw it asks
  /// for a change of Δλ in the last digit. The rest has to be as small as the other terms allow.
  private func computeResidual(
    _ cone: SecondOrderCone, _ form: borrowing StandardForm, _ solution: borrowing KKTVector
  ) {
    let w = scaling.ratio.pointer
    let η² = scaling.η[cone.index] * scaling.η[cone.index]
    var (size, inner) = (0.0, 0.0)
    for k in cone.sides {
      let second = form.sideSign[k] * rows[form.sideRow[k]]
      size = max(size, abs(second), abs(residual.λ[k]), η² * abs(solution.λ[k]))
      inner += abs(w[k] * solution.λ[k])
      residual.λ[k] += scaling.first[k] - second
    }
    let along = cone.product(scaling.ratio, residual.λ, sign: -1)
    var rest = 0.0
    for k in cone.sides {
      residual.λ[k] -= along * w[k]
      rest = max(rest, abs(residual.λ[k]))
    }
    if rest <= Self.rounding * size { for k in cone.sides { residual.λ[k] = 0 } }
    if abs(along) > Self.rounding * max(2 * η² * inner, size / w[cone.head]) {
      for k in cone.sides { residual.λ[k] += along * w[k] }
    }
  }
}
