internal import LinearAlgebra

/// Bounds of multipliers, from the signs that sides give and from variables of one row: such a
/// variable without an upper bound asks for cⱼ + aⱼv ≥ 0, one without a lower bound for ≤ 0.
private struct DualBounds {
  var lower: [Double]
  var upper: [Double]

  mutating func raise(_ i: Int, to value: Double) { lower[i] = max(lower[i], value) }
  mutating func reduce(_ i: Int, to value: Double) { upper[i] = min(upper[i], value) }
}

extension Presolve {
  /// Fixes every variable without a quadratic cost whose reduced cost has one strict sign for all
  /// multipliers within their bounds. O(entries).
  mutating func fixDominatedColumns() {
    guard let bounds = dualBounds() else { return }
    for j in 0..<matrix.columns where isColumnAlive[j] && !isPinned[j] && costCount[j] == 0 {
      guard columnCount[j] > 0, let sign = signOfReducedCost(j, bounds) else { continue }
      let bound = sign > 0 ? lower[j] : upper[j]
      guard abs(bound) <= Self.largestBound else { continue }
      fix(j, at: bound)
      report.dominatedVariables += 1
    }
  }

  /// The bounds where a variable of one row tightens any; nil where signs are all there is.
  private mutating func dualBounds() -> DualBounds? {
    countWork(matrix.columns)
    var bounds: DualBounds?
    for j in 0..<matrix.columns
    where columnCount[j] == 1 && isColumnAlive[j] && !isPinned[j] && costCount[j] == 0 {
      guard lower[j] == -.infinity || upper[j] == .infinity,
        let k = matrix.entries(ofColumn: j).first(where: {
          matrix.values[$0] != 0 && isRowAlive[Int(matrix.rowIndices[$0])]
        })
      else { continue }
      let (i, a) = (Int(matrix.rowIndices[k]), matrix.values[k])
      if bounds == nil {
        bounds = DualBounds(
          lower: rowLower.map { $0 > -.infinity ? -.infinity : 0 },
          upper: rowUpper.map { $0 < .infinity ? .infinity : 0 })
      }
      let value = -presentCost(j) / a
      if upper[j] == .infinity {
        if a > 0 { bounds?.raise(i, to: value) } else { bounds?.reduce(i, to: value) }
      }
      if lower[j] == -.infinity {
        if a > 0 { bounds?.reduce(i, to: value) } else { bounds?.raise(i, to: value) }
      }
    }
    return bounds
  }

  /// The sign of cⱼ + Σ aᵢⱼvᵢ, where it has one beyond rounding.
  private mutating func signOfReducedCost(_ j: Int, _ bounds: DualBounds) -> Double? {
    countWork(matrix.entries(ofColumn: j).count)
    let c = presentCost(j)
    var (least, greatest, size) = (c, c, abs(c))
    for k in matrix.entries(ofColumn: j) {
      let (i, a) = (Int(matrix.rowIndices[k]), matrix.values[k])
      guard a != 0, isRowAlive[i] else { continue }
      let low = a > 0 ? a * bounds.lower[i] : a * bounds.upper[i]
      let high = a > 0 ? a * bounds.upper[i] : a * bounds.lower[i]
      least += low
      greatest += high
      if low.isFinite { size += abs(low) }
      if high.isFinite { size += abs(high) }
      if least == -.infinity && greatest == .infinity { return nil }
    }
    let margin = Self.violation * size
    if least > margin { return 1 }
    return greatest < -margin ? -1 : nil
  }
}
