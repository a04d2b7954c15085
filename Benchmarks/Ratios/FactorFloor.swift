import MarginOptimization
import RawRoutines

/// The least that the iterations of an interior point method with dense factors cost: for each,
/// Gᵀ D G by dsyrk and one Cholesky factor, of a program's sizes.
struct FactorFloor {
  private let quadraticCost: Matrix
  private let inequalities: Matrix
  private let factor: Scratch

  init(_ program: QuadraticProgram) {
    let n = program.variableCount
    quadraticCost = program.quadraticCost ?? Matrix(diagonal: [Double](repeating: 1, count: n))
    inequalities = program.inequalityMatrix
    factor = Scratch(n * n)
  }

  func run(iterations: Int) {
    let (n, rows) = (quadraticCost.rows, inequalities.rows)
    for _ in 0..<iterations {
      raw_syrk(Int32(n), Int32(rows), inequalities.elements, factor.start)
      factor.start.update(from: quadraticCost.elements, count: n * n)
      _ = raw_potrf(Int32(n), factor.start)
    }
  }
}
