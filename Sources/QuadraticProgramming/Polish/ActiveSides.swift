/// The sides that a point and its multipliers hold with equality, and an equality program's point.
///
/// With the sides in A held and the others left out, the optimality conditions are linear,
///
///     Px + c + Bᵀv + z = 0,     (Bx)ᵢ = hᵢ (i ∈ A),   xⱼ = hⱼ (j ∈ A),   vᵢ = 0, zⱼ = 0 elsewhere.
struct ActiveSides: ~Copyable {
  /// For each entry of [Ax; Gx; x]: 0 left out, +1 held above, −1 held below; equalities +1.
  var state: [Int8]
  let x: Buffer
  /// The multipliers of the entries of [Ax; Gx; x].
  let v: Buffer
  /// Where each second-order cone stands, and the slacks of their sides; see ``ActiveCone``.
  var cones: [ActiveCone] = []
  let slack: Buffer

  /// The sides whose multiplier exceeds their slack at an iterate.
  init(of iterate: borrowing Iterate, _ form: borrowing StandardForm) {
    let first = form.p + form.m
    state = [Int8](repeating: 0, count: form.entryCount)
    x = Buffer(form.n)
    v = Buffer(form.entryCount)
    slack = Buffer(form.cone.secondOrder.isEmpty ? 0 : form.sideCount)
    for i in 0..<form.p {
      state[i] = 1
      v[i] = iterate.v.y[i] / iterate.τ
    }
    for j in 0..<form.n { x[j] = iterate.v.x[j] / iterate.τ }
    for k in 0..<form.cone.orthant.count where iterate.v.λ[k] > iterate.s[k] {
      let row = form.sideRow[k]
      state[row] = form.sideSign[k] > 0 ? 1 : -1
      v[row] = form.sideSign[k] * iterate.v.λ[k] / iterate.τ
      if row >= first { x[row - first] = form.sideSign[k] * form.h[k] }
    }
    takeCones(of: iterate, form)
  }

  func copy(x otherX: borrowing Buffer, v otherV: borrowing Buffer) {
    x.copy(from: otherX)
    v.copy(from: otherV)
  }
}

/// The residuals of the conditions that ``ActiveSides`` states, every sum compensated. Scales are
/// powers of two, so that in the scaled data they are those of the program as given.
struct PolishResiduals: ~Copyable {
  /// −(Px + c + Bᵀv) for every variable, before z; and the value of every entry of [Ax; Gx].
  let stationarity: Buffer
  let value: Buffer
  private var sums: [CompensatedSum]
  private var rowSums: [CompensatedSum]

  init(_ form: borrowing StandardForm) {
    stationarity = Buffer(form.n)
    value = Buffer(form.p + form.m)
    sums = [CompensatedSum](repeating: CompensatedSum(), count: form.n)
    rowSums = [CompensatedSum](repeating: CompensatedSum(), count: form.p + form.m)
  }

  mutating func update(at sides: borrowing ActiveSides, of form: borrowing StandardForm) {
    let (x, v) = (sides.x.pointer, sides.v.pointer)
    for j in 0..<form.n {
      sums[j] = CompensatedSum()
      sums[j].add(form.c[j])
    }
    addCost(x, form)
    let matrix = form.B.byColumn
    for i in rowSums.indices { rowSums[i] = CompensatedSum() }
    for j in 0..<form.n {
      for k in matrix.entries(ofColumn: j) {
        let i = Int(matrix.rowIndices[k])
        sums[j].add(matrix.values[k], times: v[i])
        rowSums[i].add(matrix.values[k], times: x[j])
      }
    }
    addBlocks(x, v, form)
    for j in 0..<form.n { stationarity[j] = -sums[j].value }
    for i in rowSums.indices { value[i] = rowSums[i].value }
  }

  private mutating func addCost(_ x: UnsafePointer<Double>, _ form: borrowing StandardForm) {
    let upper = form.P.upper
    for j in 0..<form.n {
      for k in upper.entries(ofColumn: j) {
        let i = Int(upper.rowIndices[k])
        sums[i].add(upper.values[k], times: x[j])
        if i != j { sums[j].add(upper.values[k], times: x[i]) }
      }
    }
    guard let dense = form.P.dense else { return }
    let count = dense.matrix.rows
    for (k, j) in dense.columns.enumerated() {
      let scaled = form.D[j] * x[j] * form.costScale
      for (l, i) in dense.columns.enumerated() {
        sums[i].add(dense.matrix.elements[l + k * count] * form.D[i], times: scaled)
      }
    }
  }

  private mutating func addBlocks(
    _ x: UnsafePointer<Double>, _ v: UnsafePointer<Double>, _ form: borrowing StandardForm
  ) {
    for block in form.B.blocks {
      for (k, j) in block.columns.enumerated() {
        for (l, i) in block.rows.enumerated() {
          let value = block.matrix.elements[l + k * block.matrix.rows] * form.E[i] * form.D[j]
          sums[j].add(value, times: v[i])
          rowSums[i].add(value, times: x[j])
        }
      }
    }
  }
}
