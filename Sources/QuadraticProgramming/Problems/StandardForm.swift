internal import LinearAlgebra

/// A program reduced and scaled to the form that the engine iterates on:
///
///     minimize ½ xᵀPx + cᵀx   subject to   Ax = b,   σₖ · (entry k' of [Ax; Gx; x]) ≤ hₖ
///
/// for every side k of the orthant, and h − σ(…) in K for the sides of second-order cones
/// (``SymmetricCone``), which come last. Fixed variables are substituted, rows with equal sides are the equalities, rows
/// without a finite side are gone (``Reduction``). What is left is equilibrated: x = D x̂, rows
/// multiplied by E, the cost by a number. Every finite side of a row or of a bound is one entry of
/// one collection.
struct StandardForm: ~Copyable {
  let reduction: Reduction

  let n: Int
  let p: Int
  let m: Int

  private(set) var P: CostOperator
  /// [A; G], p + m rows.
  private(set) var B: RowOperator
  let c: Buffer
  let b: Buffer

  /// Side k bounds entry `sideRow[k]` of [Ax; Gx; x], from above for sign +1, from below for −1.
  let sideRow: [Int]
  let sideSign: Buffer
  let h: Buffer
  /// The cone of the slacks h − σₖ(…).
  let cone: SymmetricCone

  /// The cost of the fixed variables alone, with the constant of the objective.
  private(set) var constant = 0.0

  var sideCount: Int { sideRow.count }
  /// The rows from here to p + m belong to second-order cones.
  var firstConeRow: Int { cone.secondOrder.first?.rows.lowerBound ?? p + m }
  /// The number of entries of [Ax; Gx; x].
  var entryCount: Int { p + m + n }
  var hasQuadraticCost: Bool { !P.isZero }
  /// x = D x̂.
  var D: Buffer { _read { yield B.columnScale } }
  /// The scales of the rows [A; G].
  var E: Buffer { _read { yield B.rowScale } }
  /// ĉ = costScale · D c.
  var costScale: Double { P.costScale }

  /// The scale that turns a slack of side k back into the units of the program.
  func slackScale(_ k: Int) -> Double {
    let row = sideRow[k]
    return row < p + m ? 1 / B.rowScale[row] : B.columnScale[row - p - m]
  }

  init(_ problem: QuadraticProgram) { self.init(CanonicalProgram(problem)) }

  init(_ whole: CanonicalProgram) {
    reduction = Reduction(whole)
    let part = reduction.applied(to: whole)
    n = part.variableCount
    p = reduction.equalityCount
    m = part.rowCount - p
    P = CostOperator(part.quadraticCost, dense: part.denseCost)
    B = RowOperator(part.matrix, blocks: part.blocks)
    c = Buffer(n)
    b = Buffer(p)

    var sideRow: [Int] = []
    var signs: [Double] = []
    func addSides(of row: Int, _ lower: Double, _ upper: Double) {
      for (side, sign) in [(upper, 1.0), (lower, -1.0)] where side.isFinite {
        sideRow.append(row)
        signs.append(sign)
      }
    }
    var isInCone = [Bool](repeating: false, count: p + m)
    for rows in part.cones { for i in rows { isInCone[i] = true } }
    for i in p..<(p + m) where !isInCone[i] { addSides(of: i, part.rowLower[i], part.rowUpper[i]) }
    for j in 0..<n { addSides(of: p + m + j, part.lower[j], part.upper[j]) }
    let orthant = NonnegativeOrthant(count: sideRow.count)
    var secondOrder: [SecondOrderCone] = []
    for rows in part.cones {
      let sides = sideRow.count..<sideRow.count + rows.count
      secondOrder.append(SecondOrderCone(index: secondOrder.count, sides: sides, rows: rows))
      for i in rows { addSides(of: i, part.rowLower[i], .infinity) }
    }
    cone = SymmetricCone(orthant: orthant, secondOrder: secondOrder)
    self.sideRow = sideRow
    sideSign = Buffer(signs)
    h = Buffer(sideRow.count)

    RuizEquilibration.scale(&P, &B, cones: secondOrder)
    loadSides(of: part)
    balanceSides()
    loadSides(of: part)
    loadCost(of: part)
  }

  /// Loads new sides and costs of a program with the same matrices and the same pattern of sides.
  mutating func load(_ whole: CanonicalProgram) {
    let part = reduction.applied(to: whole)
    loadSides(of: part)
    loadCost(of: part)
  }

  /// Multiplies x and divides the rows by one number, so that the sides have a geometric mean near
  /// one where they are larger: the engine starts from slacks of that size. A mean, since single
  /// bounds may be set far off.
  private mutating func balanceSides() {
    var sum = 0.0
    var count = 0
    for values in [h.array, b.array] {
      for value in values where value != 0 {
        sum += Double(abs(value).exponent)
        count += 1
      }
    }
    guard count > 0 else { return }
    let exponent = min(max(Int((sum / Double(count)).rounded()), 0), 40)
    guard exponent > 0 else { return }
    let σ = Double(sign: .plus, exponent: exponent, significand: 1)
    B.scale(rowsBy: 1 / σ, columnsBy: σ)
    P.scale(columnsBy: σ)
  }

  /// Loads c and the scale of the whole cost.
  private mutating func loadCost(of part: CanonicalProgram) {
    constant = part.constant
    var largest = 0.0
    for j in 0..<n {
      c[j] = part.linearCost[j] * D[j] * costScale
      largest = max(largest, abs(c[j]))
    }
    let work = Buffer(n)
    let size = max(largest, P.largestMagnitude(work: work))
    guard size > 0 else { return }
    let factor = Double(sign: .plus, exponent: -size.exponent, significand: 1)
    P.scale(costBy: factor)
    c.scale(by: factor)
  }

  /// Loads b and h.
  private func loadSides(of part: CanonicalProgram) {
    for i in 0..<p { b[i] = part.rowLower[i] * E[i] }
    for k in 0..<sideCount {
      let row = sideRow[k]
      let upper = sideSign[k] > 0
      let (l, u) =
        row < p + m
        ? (part.rowLower[row], part.rowUpper[row])
        : (part.lower[row - p - m], part.upper[row - p - m])
      h[k] = (upper ? u : -l) / slackScale(k)
    }
  }
}
