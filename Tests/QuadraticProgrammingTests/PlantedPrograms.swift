import LinearAlgebra
import QuadraticProgramming
import TestSupport

/// A program whose solution is chosen first: x*, the multipliers and the active sides are drawn, and
/// c, b, l, u, xl, xu follow from the optimality conditions. The idea is that of ProxSuite's problem
/// generator (Bambade et al., 2022).
struct PlantedProgram {
  var problem: QuadraticProgram
  let x: [Double]

  /// - Parameter rank: The rank of P; the solution is unique when it is `n`.
  init(n: Int, equalities p: Int, inequalities m: Int, rank: Int, scale: Double = 1, seed: UInt64) {
    var random = TestRandom(seed: seed)
    let x = (0..<n).map { _ in scale * random.signedUnit() }
    let F = Matrix(rows: n, columns: rank) { _, _ in random.signedUnit() }
    let P = F.timesTransposed()
    let A = Matrix(rows: p, columns: n) { _, _ in random.signedUnit() }
    let G = Matrix(rows: m, columns: n) { _, _ in random.signedUnit() }
    let y = (0..<p).map { _ in random.signedUnit() }
    let rows = Self.drawSides(at: G * x, activeAtMost: n / 3, scale: scale, &random)
    let bounds = Self.drawSides(at: x, activeAtMost: n / 3, scale: scale, &random)

    let (Px, Aᵀy, Gᵀw) = (P * x, A.transposed * y, G.transposed * rows.multipliers)
    let c: [Double] = (0..<n).map { j in
      let rows: Double = Aᵀy[j] + Gᵀw[j]
      return -(Px[j] + rows + bounds.multipliers[j])
    }
    problem = QuadraticProgram(quadraticCost: rank > 0 ? P : nil, linearCost: c)
    if p > 0 { problem.constrain(A, equalTo: A * x) }
    if m > 0 { problem.constrain(G, atLeast: rows.lower, atMost: rows.upper) }
    problem.bound(atLeast: bounds.lower, atMost: bounds.upper)
    self.x = x
  }

  typealias Sides = (lower: [Double], upper: [Double], multipliers: [Double])

  /// Sides that hold at the values; some active with a multiplier, the others slack or infinite.
  private static func drawSides(
    at values: [Double], activeAtMost limit: Int, scale: Double, _ random: inout TestRandom
  ) -> Sides {
    var sides: Sides = ([], [], [])
    var active = 0
    for value in values {
      func slack() -> Double {
        Bool.random(using: &random) ? .infinity : scale * (0.1 + abs(random.signedUnit()))
      }
      var (below, above, multiplier) = (slack(), slack(), 0.0)
      if active < limit, Bool.random(using: &random) {
        active += 1
        multiplier = 0.1 + abs(random.signedUnit())
        if Bool.random(using: &random) { above = 0 } else { (below, multiplier) = (0, -multiplier) }
      }
      sides.lower.append(value - below)
      sides.upper.append(value + above)
      sides.multipliers.append(multiplier)
    }
    return sides
  }
}

extension Matrix {
  static func * (matrix: Matrix, x: [Double]) -> [Double] {
    var y = [Double](repeating: 0, count: matrix.rows)
    for j in 0..<matrix.columns {
      for i in 0..<matrix.rows { y[i] += matrix.elements[i + j * matrix.rows] * x[j] }
    }
    return y
  }

  /// The product with the own transpose, exactly symmetric.
  func timesTransposed() -> Matrix {
    var product = Matrix(rows: rows, columns: rows)
    for k in 0..<columns {
      for j in 0..<rows {
        let factor = elements[j + k * rows]
        for i in 0..<rows { product.elements[i + j * rows] += elements[i + k * rows] * factor }
      }
    }
    return product
  }
}
