package import LinearAlgebra
public import Pricing

extension ScenarioSet {
  /// The losses of a book in these scenarios, in dollars: −P&L · q by full revaluation.
  ///
  /// - Throws: what `Revaluation` throws, and `SimulationError.notFinite` for a quantity.
  /// - Complexity: O(scenarios · positions).
  public func losses(of portfolio: Portfolio, in market: Market) throws -> LossDistribution {
    let pnl = try Revaluation.profitAndLoss(
      of: portfolio.positions.map(\.instrument), in: self, market: market)
    return try LossDistribution(
      losses: Simulation.losses(pnl, quantities: portfolio.positions.map(\.quantity)),
      weights: weights)
  }
}

/// −P q, one loss for each row of P, in blocks of rows that no thread count changes.
package func losses(_ profitAndLoss: Matrix, quantities: [Double]) -> [Double] {
  precondition(
    profitAndLoss.columns == quantities.count,
    "A book of \(quantities.count) quantities needs as many columns of P&L, not \(profitAndLoss.columns)."
  )
  let (rows, columns, block) = (profitAndLoss.rows, profitAndLoss.columns, 2048)
  var result = [Double](repeating: 0, count: rows)
  result.withUnsafeMutableBufferPointer { result in
    profitAndLoss.elements.withUnsafeBufferPointer { pnl in
      guard let y = result.baseAddress, let p = pnl.baseAddress else { return }
      nonisolated(unsafe) let (loss, pnl) = (y, p)
      inParallel(count: (rows + block - 1) / block, cost: block * columns / 16) { b in
        let first = b * block
        for j in 0..<columns where quantities[j] != 0 {
          BLAS.axpy(
            min(block, rows - first), -quantities[j], pnl + (j * rows + first), loss + first)
        }
      }
    }
  }
  return result
}
