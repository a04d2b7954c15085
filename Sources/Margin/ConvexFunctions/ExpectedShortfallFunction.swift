public import LinearAlgebra

/// The expected shortfall of a book's loss as a convex function of trades.
///
/// With P&L matrix R (S × n, a column per instrument) and base losses L₀ the loss in scenario s is
/// L_s(x) = L₀_s − (R x)_s, and, with k = S (1 − c) scenarios in the tail,
/// ES(x) = 1/k · (sum of the ⌊k⌋ largest losses + (k − ⌊k⌋) · the next): the tail mean of Acerbi
/// and Tasche (2002), convex in x and polyhedral. Its subgradient at x is the tail's mean gradient
/// (Rockafellar and Uryasev 2002), which gives the cuts that the optimizer adds.
public struct ExpectedShortfallFunction: Sendable {
  /// P&L of one unit of each instrument, scenarios by rows, in dollars.
  public let profitAndLoss: Matrix
  /// The loss of the book before any trade, by scenario.
  public let baseLosses: [Double]
  /// The confidence c, as in 0.975.
  public let confidence: Double

  /// - Precondition: one base loss for each row; 0 < confidence < 1; at least one scenario.
  public init(profitAndLoss: Matrix, baseLosses: [Double], confidence: Double) {
    precondition(
      profitAndLoss.rows == baseLosses.count && !baseLosses.isEmpty,
      "An expected shortfall needs one base loss for each scenario, and at least one.")
    precondition(confidence > 0 && confidence < 1, "A confidence lies between 0 and 1.")
    self.profitAndLoss = profitAndLoss
    self.baseLosses = baseLosses
    self.confidence = confidence
  }

  /// The number of scenarios in the tail, S (1 − c), at least one, not always whole.
  public var tailCount: Double { max(1, Double(baseLosses.count) * (1 - confidence)) }

  /// The loss in every scenario after trades x. Complexity: O(S n).
  public func losses(at x: [Double]) -> [Double] {
    var losses = baseLosses
    let rows = profitAndLoss.rows
    precondition(x.count == profitAndLoss.columns, "One trade is needed for each instrument.")
    if rows > 0 && !x.isEmpty {
      BLAS.withSingleThreadedBLAS {
        profitAndLoss.elements.withUnsafeBufferPointer { r in
          losses.withUnsafeMutableBufferPointer { losses in
            guard let r = r.baseAddress, let losses = losses.baseAddress else { return }
            BLAS.gemv(m: rows, n: x.count, alpha: -1, r, lda: rows, x, beta: 1, losses)
          }
        }
      }
    }
    return losses
  }

  public func value(at x: [Double]) -> Double { tail(at: x).shortfall }

  /// The value at x, and the affine function that touches from below there.
  public func cut(at x: [Double]) -> (value: Double, support: AffineFunction) {
    let (shortfall, members) = tail(at: x)
    var gradient = [Double](repeating: 0, count: profitAndLoss.columns)
    for j in gradient.indices {
      let column = j * profitAndLoss.rows
      gradient[j] = members.reduce(0) {
        $0 - $1.weight * profitAndLoss.elements[column + $1.scenario]
      }
    }
    let constant = members.reduce(0) { $0 + $1.weight * baseLosses[$1.scenario] }
    return (shortfall, AffineFunction(gradient, constant: constant))
  }

  /// Scenarios of the tail with their weights, which sum to one.
  private func tail(
    at x: [Double]
  ) -> (shortfall: Double, members: [(scenario: Int, weight: Double)]) {
    let losses = losses(at: x)
    let order = losses.indices.sorted { (losses[$0], $1) > (losses[$1], $0) }
    let whole = min(Int(tailCount), losses.count)
    let fraction = whole < losses.count ? tailCount - Double(whole) : 0
    var members = order.prefix(whole).map { (scenario: $0, weight: 1 / tailCount) }
    if fraction > 0 { members.append((order[whole], fraction / tailCount)) }
    return (members.reduce(0) { $0 + $1.weight * losses[$1.scenario] }, members)
  }

  /// Bounds over a box of trades: the mean loss from below, the tail mean of each scenario's
  /// largest loss from above.
  public func range(lower: [Double], upper: [Double]) -> ClosedRange<Double> {
    let rows = profitAndLoss.rows
    var largest = baseLosses
    var leastMean = baseLosses.reduce(0, +) / Double(rows)
    for j in lower.indices {
      var columnSum = 0.0
      for s in 0..<rows {
        let gain = profitAndLoss.elements[s + j * rows]
        largest[s] += max(-gain * lower[j], -gain * upper[j])
        columnSum += gain
      }
      leastMean += min(-columnSum * lower[j], -columnSum * upper[j]) / Double(rows)
    }
    let worst = ExpectedShortfallFunction(
      profitAndLoss: Matrix(rows: rows, columns: 0), baseLosses: largest, confidence: confidence)
    return leastMean...max(leastMean, worst.value(at: []))
  }
}
