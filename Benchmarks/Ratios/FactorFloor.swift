import MarginOptimization
import RawRoutines

/// The least that the iterations of an interior point method with dense factors cost: for each,
/// one dsyrk and one Cholesky factor, of a program's sizes.
///
/// P + Gᵀ D G is of the order of the variables. A linear program may be condensed to G D⁻¹ Gᵀ, of
/// the order of its rows; the smaller of the two counts.
struct FactorFloor {
  private let cost: Matrix
  /// G or Gᵀ: as many columns as the order.
  private let inequalities: Matrix
  private let factor: Scratch

  init(_ program: QuadraticProgram) {
    let G = Matrix(program.inequalityMatrix)
    let isCondensed = program.quadraticCost == nil && G.rows < G.columns
    inequalities = isCondensed ? G.transposed : G
    let order = inequalities.columns
    cost =
      program.quadraticCost?.matrix ?? Matrix(diagonal: [Double](repeating: 1, count: order))
    factor = Scratch(order * order)
  }

  func run(iterations: Int) {
    let (order, inner) = (Int32(inequalities.columns), Int32(inequalities.rows))
    for _ in 0..<iterations {
      raw_syrk(order, inner, inequalities.elements, factor.start)
      factor.start.update(from: cost.elements, count: cost.elements.count)
      _ = raw_potrf(order, factor.start)
    }
  }
}
