/// The residuals of the homogeneous embedding at an iterate, and what they mean for the program.
///
///     ρx = Px + Aᵀy + gᵀλ + cτ,   ρy = Ax − bτ,   ρλ = gx + s − hτ,
///     ρτ = κ + cᵀx + bᵀy + hᵀλ + xᵀPx/τ.
struct Residuals: ~Copyable {
  let ρ: KKTVector
  var ρτ = 0.0
  /// Px and xᵀPx at the iterate.
  let Px: Buffer
  private(set) var xPx = 0.0

  /// Absolute and relative residuals in the units of the program, as ``KKTResiduals`` defines them
  /// but without compensation.
  var primal = Double.infinity
  var dual = Double.infinity
  var gap = Double.infinity
  private(set) var largestRelative = Double.infinity

  /// The least that one unit of the program's dual and primal residuals is in ρ.
  private(set) var smallestUnit = (dual: 0.0, primal: 0.0)

  private let rows: Buffer
  let rowMultipliers: Buffer
  var compensated: CompensatedResiduals?

  var largest: Double { max(primal, dual, gap) }
  /// Whether one is no number, which a maximum passes over.
  var isNaN: Bool { (primal + dual + gap).isNaN }

  init(_ form: borrowing StandardForm) {
    ρ = KKTVector(form)
    Px = Buffer(form.n)
    rows = Buffer(form.entryCount)
    rowMultipliers = Buffer(form.entryCount)
    compensated =
      form.B.blocks.isEmpty && form.P.dense == nil ? CompensatedResiduals(form) : nil
  }

  mutating func update(at iterate: borrowing Iterate, of form: borrowing StandardForm) {
    let τ = iterate.τ
    form.multiplyP(iterate.v.x, beta: 0, into: Px)
    xPx = Px.dot(iterate.v.x)

    ρ.x.fill(0)
    form.gather(iterate.v.y, iterate.v.λ, into: rowMultipliers)
    form.addTransposedRows(rowMultipliers, to: ρ.x)
    var dual = 0.0
    var dualScale = 0.0
    smallestUnit = (.infinity, .infinity)
    for j in 0..<form.n {
      let units = form.D[j] * form.costScale * τ
      smallestUnit.dual = min(smallestUnit.dual, units)
      dualScale = max(dualScale, max(abs(Px[j]), abs(ρ.x[j])) / units)
      dualScale = max(dualScale, abs(form.c[j]) * τ / units)
      ρ.x[j] += Px[j] + form.c[j] * τ
      dual = max(dual, abs(ρ.x[j]) / units)
    }

    form.multiplyRows(iterate.v.x, into: rows)
    var primal = 0.0
    var primalScale = 0.0
    for i in 0..<form.p {
      let units = form.E[i] * τ
      smallestUnit.primal = min(smallestUnit.primal, units)
      primalScale = max(primalScale, abs(rows[i]) / units)
      ρ.y[i] = rows[i] - form.b[i] * τ
      primal = max(primal, abs(ρ.y[i]) / units)
    }
    for k in 0..<form.sideCount {
      let units = form.slackScale(k) / τ
      smallestUnit.primal = min(smallestUnit.primal, 1 / units)
      let value = form.sideSign[k] * rows[form.sideRow[k]]
      primalScale = max(primalScale, abs(value) * units)
      let excess = value - form.h[k] * τ
      ρ.λ[k] = excess + iterate.s[k]
      if k < form.cone.orthant.count { primal = max(primal, excess * units) }
    }
    primal = max(primal, coneViolation(at: iterate, of: form))

    let linear = form.c.dot(iterate.v.x)
    let support = form.b.dot(iterate.v.y) + form.h.dot(iterate.v.λ)
    ρτ = iterate.κ + linear + support + xPx / τ
    let units = form.costScale * τ
    gap = abs(xPx / τ + linear + support) / units
    let objective = (0.5 * xPx / τ + linear) / units
    let size = max(1, abs(objective + form.constant))
    var objectiveError = 0.0
    for j in 0..<form.n { objectiveError += abs(ρ.x[j] * iterate.v.x[j]) }
    objectiveError /= units * τ
    largestRelative = max(
      primal / (1 + primalScale), dual / (1 + dualScale), gap / size,
      objectiveError / (size * KKTResiduals.objectiveShare))
    self.primal = primal
    self.dual = dual
    if largestRelative < CompensatedResiduals.threshold { compensate(at: iterate, of: form) }
  }

  /// The largest violation of the second-order cones in the units of the program, for ρλ at hand: what is
  /// in the cone or not is s − ρλ.
  func coneViolation(at iterate: borrowing Iterate, of form: borrowing StandardForm) -> Double {
    var largest = 0.0
    for cone in form.cone.secondOrder {
      var sum = 0.0
      for k in cone.tail { sum += (ρ.λ[k] - iterate.s[k]) * (ρ.λ[k] - iterate.s[k]) }
      let excess = sum.squareRoot() + (ρ.λ[cone.head] - iterate.s[cone.head])
      largest = max(largest, excess * form.slackScale(cone.head) / iterate.τ)
    }
    return largest
  }
}
