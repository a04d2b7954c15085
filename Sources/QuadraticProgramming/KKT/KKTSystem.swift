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

  var largestMagnitude: Double { magnitudes.largest }

  /// The largest magnitude of each part.
  var magnitudes: KKTMagnitudes {
    KKTMagnitudes(x: x.largestMagnitude, y: y.largestMagnitude, λ: λ.largestMagnitude)
  }
}

/// A number for each part of a ``KKTVector``.
struct KKTMagnitudes {
  var x: Double
  var y: Double
  var λ: Double

  /// NaN if any is NaN.
  var largest: Double { (x + y + λ).isNaN ? .nan : max(x, y, λ) }

  func map(_ transform: (Double) -> Double) -> KKTMagnitudes {
    KKTMagnitudes(x: transform(x), y: transform(y), λ: transform(λ))
  }

  func isBelow(_ limits: KKTMagnitudes) -> Bool {
    x <= limits.x && y <= limits.y && λ <= limits.λ
  }

  static func / (a: KKTMagnitudes, b: KKTMagnitudes) -> KKTMagnitudes {
    KKTMagnitudes(x: a.x / b.x, y: a.y / b.y, λ: a.λ / b.λ)
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
    let own = rhs.magnitudes
    let size = max(own.largest, .leastNormalMagnitude)
    let floor = accuracy.share * size
    let sizes = own.map { max($0, floor) }
    let relative = max(threshold, accuracy.relative)
    let limits = KKTMagnitudes(
      x: max(relative, accuracy.dualFloor / sizes.x),
      y: max(relative, accuracy.primalFloor / sizes.y),
      λ: max(relative, accuracy.primalFloor / sizes.λ))
    solveOnce(form, rhs, into: solution)
    total.copy(from: product)
    computeResidual(form, rhs, solution)
    var left = residual.magnitudes
    var error = (left / sizes).largest
    guard error < .infinity else {
      solution.fill(0)
      return .infinity
    }
    var refinements = 1
    while refinements < Self.refinementLimit, !(left / sizes).isBelow(limits) {
      solveOnce(form, residual, into: correction)
      solution.add(1, correction)
      total.add(1, product)
      computeResidual(form, rhs, solution)
      let next = residual.magnitudes
      let new = (next / sizes).largest
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
      (error, left) = (new, next)
      refinements += 1
      if slow { break }
    }
    return left.largest / size
  }

  /// result ← (regularised matrix)⁻¹ r; `product` receives B times its x.
  private func solveOnce(
    _ form: borrowing StandardForm, _ r: borrowing KKTVector, into result: borrowing KKTVector
  ) {
    let (p, m) = (form.p, form.m)
    for i in 0..<p { rows[i] = r.y[i] }
    sides.gatherTargets(r.λ, scaling.ratio, scaling.weights, into: rows)
    for j in 0..<form.n {
      result.x[j] = r.x[j] + scaling.weights[p + m + j] * rows[p + m + j]
    }
    for i in 0..<(p + m) { target[i] = rows[i] }
    factorization.solve(form, scaling, x: result.x, rows: rows, product: product)
    for i in 0..<p { result.y[i] = rows[i] }
    for i in p..<(p + m) {
      sides.split(
        rows[i], value: target[i] + rows[i] / scaling.weights[i], of: i, r.λ, scaling.ratio,
        into: result.λ)
    }
    for j in 0..<form.n where scaling.weights[p + m + j] > 0 {
      let i = p + m + j
      sides.split(
        scaling.weights[i] * (result.x[j] - rows[i]), value: result.x[j], of: i, r.λ,
        scaling.ratio,
        into: result.λ)
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
