/// Work space for residuals whose sums are compensated.
///
/// Near the solution the terms of a residual cancel to less than their rounding, and a direction that
/// starts from rounding ends in it. With sums of twice the precision the iterates go on to the accuracy
/// that doubles can hold. Sparse data only: dense sums of BLAS are left as they are.
struct CompensatedResiduals {
  /// The relative residual from which on sums are compensated.
  static let threshold = 1e-6

  fileprivate var columns: [CompensatedSum]
  fileprivate var rows: [CompensatedSum]

  init(_ form: borrowing StandardForm) {
    columns = [CompensatedSum](repeating: CompensatedSum(), count: form.n)
    rows = [CompensatedSum](repeating: CompensatedSum(), count: form.p + form.m)
  }
}

extension Residuals {
  /// Recomputes ρ and the residuals in the units of the program with compensated sums.
  mutating func compensate(at iterate: borrowing Iterate, of form: borrowing StandardForm) {
    guard compensated != nil else { return }
    let τ = iterate.τ
    let first = form.p + form.m
    let x = iterate.v.x.pointer
    sumColumns(x, τ, form)
    dual = 0
    for j in 0..<form.n {
      compensated?.columns[j].add(rowMultipliers[first + j])
      ρ.x[j] = compensated?.columns[j].value ?? 0
      dual = max(dual, abs(ρ.x[j]) / (form.D[j] * form.costScale * τ))
    }
    primal = 0
    for i in 0..<form.p {
      compensated?.rows[i].add(-form.b[i], times: τ)
      ρ.y[i] = compensated?.rows[i].value ?? 0
      primal = max(primal, abs(ρ.y[i]) / (form.E[i] * τ))
    }
    for k in 0..<form.sideCount {
      let row = form.sideRow[k]
      var sum = CompensatedSum()
      if row < first { sum = compensated?.rows[row] ?? sum } else { sum.add(x[row - first]) }
      sum.add(-form.sideSign[k] * form.h[k], times: τ)
      let excess = form.sideSign[k] * sum.value
      sum.add(form.sideSign[k] * iterate.s[k])
      ρ.λ[k] = form.sideSign[k] * sum.value
      if k < form.cone.orthant.count { primal = max(primal, excess * form.slackScale(k) / τ) }
    }
    primal = max(primal, coneViolation(at: iterate, of: form))
    compensateGap(at: iterate, of: form)
  }

  /// The sums Px + cτ + Bᵀv by columns, without the bounds, and Bx by rows.
  private mutating func sumColumns(
    _ x: UnsafePointer<Double>, _ τ: Double, _ form: borrowing StandardForm
  ) {
    guard var sums = compensated.take() else { return }
    for i in sums.rows.indices { sums.rows[i] = CompensatedSum() }
    for j in 0..<form.n {
      sums.columns[j] = CompensatedSum()
      sums.columns[j].add(form.c[j], times: τ)
    }
    let (upper, matrix) = (form.P.upper, form.B.byColumn)
    for j in 0..<form.n {
      for k in upper.entries(ofColumn: j) {
        let i = Int(upper.rowIndices[k])
        sums.columns[i].add(upper.values[k], times: x[j])
        if i != j { sums.columns[j].add(upper.values[k], times: x[i]) }
      }
      for k in matrix.entries(ofColumn: j) {
        let i = Int(matrix.rowIndices[k])
        sums.columns[j].add(matrix.values[k], times: rowMultipliers[i])
        sums.rows[i].add(matrix.values[k], times: x[j])
      }
    }
    compensated = sums
  }

  private mutating func compensateGap(
    at iterate: borrowing Iterate, of form: borrowing StandardForm
  ) {
    var sum = CompensatedSum()
    for j in 0..<form.n {
      sum.add(Px[j] / iterate.τ, times: iterate.v.x[j])
      sum.add(form.c[j], times: iterate.v.x[j])
    }
    for i in 0..<form.p { sum.add(form.b[i], times: iterate.v.y[i]) }
    for k in 0..<form.sideCount { sum.add(form.h[k], times: iterate.v.λ[k]) }
    gap = abs(sum.value) / (form.costScale * iterate.τ)
    ρτ = iterate.κ + sum.value
  }
}
