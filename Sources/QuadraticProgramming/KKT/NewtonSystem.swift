package import LinearAlgebra

/// The reduced Newton system of a program at given slacks and multipliers, written out and solved by a
/// way of factoring: what tests hold the ways of factoring to. Without second-order cones.
package final class NewtonSystem {
  /// The matrix [P + X, Bᵀ; B, −C] of ``KKTFactorization`` in the scaled form, full.
  package let matrix: Matrix
  private let form: StandardForm
  private let scaling: ConeScaling
  private let factorization: any KKTFactorization

  /// The system at slacks s and multipliers λ of every side, made by a function of the side's number;
  /// nil if it could not be factored.
  package init?(
    _ problem: QuadraticProgram, _ way: InteriorPointSolver.Settings.Factorization,
    at point: (_ side: Int) -> (s: Double, λ: Double)
  ) {
    let form = StandardForm(problem)
    precondition(form.cone.secondOrder.isEmpty, "A Newton system with cones is not written out.")
    let scaling = ConeScaling(form)
    let s = Buffer(form.sideCount)
    let λ = Buffer(form.sideCount)
    for k in 0..<form.sideCount { (s[k], λ[k]) = point(k) }
    factorization = InteriorPointSolver.factorization(for: form, way)
    factorization.load(form)
    guard scaling.update(form, slacks: s, multipliers: λ), factorization.factor(form, scaling)
    else { return nil }
    matrix = Self.matrix(form, scaling)
    self.form = form
    self.scaling = scaling
  }

  private static func matrix(
    _ form: borrowing StandardForm, _ scaling: borrowing ConeScaling
  ) -> Matrix {
    let (n, r) = (form.n, form.p + form.m)
    var result = Matrix(rows: n + r, columns: n + r)
    let unit = Buffer(n)
    let cost = Buffer(n)
    let rows = Buffer(r)
    for j in 0..<n {
      unit.fill(0)
      unit[j] = 1
      form.multiplyP(unit, beta: 0, into: cost)
      form.B.multiply(unit, into: rows.pointer)
      for i in 0..<n { result[i, j] = cost[i] }
      result[j, j] += scaling.weights[r + j]
      for i in 0..<r {
        result[n + i, j] = rows[i]
        result[j, n + i] = rows[i]
      }
    }
    for i in form.p..<r { result[n + i, n + i] = -1 / scaling.weights[i] }
    return result
  }

  /// The number of rows that the way of factoring treats as couplings.
  package var couplingCount: Int { (factorization as? CondensedKKT)?.couplings.count ?? 0 }

  /// The solution for a right-hand side, with refinement on ``matrix`` as often as given.
  package func solve(_ right: [Double], refinements: Int = 0) -> [Double] {
    let (n, r) = (form.n, form.p + form.m)
    var solution = [Double](repeating: 0, count: n + r)
    var residual = right
    for round in 0...refinements {
      if round > 0 {
        residual = zip(right, matrix * solution).map { $0 - $1 }
      }
      let x = Buffer(Array(residual[..<n]))
      let rows = Buffer(Array(residual[n...]))
      factorization.solve(form, scaling, x: x, rows: rows)
      for j in 0..<n { solution[j] += x[j] }
      for i in 0..<r { solution[n + i] += rows[i] }
    }
    return solution
  }
}
