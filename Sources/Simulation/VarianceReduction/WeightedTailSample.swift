internal import Foundation
internal import LinearAlgebra

/// Losses with weights whose sums Σ w g(L) estimate E g(L), and how they were drawn, which decides the
/// variance of such a sum.
struct WeightedTailSample {
  enum Design {
    /// Independent within each group, groups of fixed sizes: strata, or one for all.
    case strata
    /// Groups are independent repetitions, of which each estimates on its own; losses within are not.
    case repetitions
  }

  var losses: [Double]
  /// They need not sum to 1: likelihood ratios over counts.
  var weights: [Double]
  /// The group of each loss, 0 ..< groups.
  var groups: [Int]
  var groupCount: Int
  var design: Design
  /// Controls of each loss, less their exact means: to these the weights are already calibrated.
  var controls: [[Double]] = []

  /// Σ w g(L).
  func mean(_ g: @escaping (Double) -> Double) -> Double {
    losses.indices.lazy.map { weights[$0] * g(losses[$0]) }.compensatedSum()
  }

  /// The variance of Σ w g(L).
  func variance(_ g: (Double) -> Double) -> Double {
    let values = residuals(losses.map(g))
    var (sums, counts) = (
      [Double](repeating: 0, count: groupCount), [Int](repeating: 0, count: groupCount)
    )
    for i in losses.indices {
      sums[groups[i]] += weights[i] * values[i]
      counts[groups[i]] += 1
    }
    if design == .repetitions {
      let R = Double(groupCount)
      let average = sums.reduce(0, +) / R
      return R / (R - 1) * sums.reduce(0) { $0 + ($1 - average) * ($1 - average) }
    }
    var squares = [Double](repeating: 0, count: groupCount)
    for i in losses.indices {
      let deviation = weights[i] * values[i] - sums[groups[i]] / Double(counts[groups[i]])
      squares[groups[i]] += deviation * deviation
    }
    return zip(squares, counts).reduce(0) { total, group in
      group.1 > 1 ? total + group.0 * Double(group.1) / Double(group.1 - 1) : total
    }
  }

  /// What is left of values after regression on the controls; the values where there are none.
  private func residuals(_ values: [Double]) -> [Double] {
    guard !controls.isEmpty, let slopes = Self.regression(values, on: controls) else {
      return values
    }
    return values.indices.map { i in
      values[i] - controls.indices.reduce(0.0) { $0 + slopes[$1] * controls[$1][i] }
    }
  }

  /// Slopes of the least-squares line of values on controls; nil where these are dependent.
  private static func regression(_ values: [Double], on controls: [[Double]]) -> [Double]? {
    let n = Double(values.count)
    let means = controls.map { $0.compensatedSum() / n }
    let mean = values.compensatedSum() / n
    let covariance = Matrix(rows: controls.count, columns: controls.count) { a, b in
      values.indices.lazy.map { (controls[a][$0] - means[a]) * (controls[b][$0] - means[b]) }
        .compensatedSum()
    }
    let products = controls.indices.map { a in
      values.indices.lazy.map { (controls[a][$0] - means[a]) * (values[$0] - mean) }
        .compensatedSum()
    }
    return (try? Cholesky(covariance))?.solve(products)
  }

  /// The equal weights of a plain sample, moved so that the weighted means of the controls are exact:
  /// weighted means of anything are then its regression estimates.
  mutating func calibrate(to controls: [[Double]]) {
    let n = Double(losses.count)
    let means = controls.map { $0.compensatedSum() / n }
    let covariance = Matrix(rows: controls.count, columns: controls.count) { a, b in
      losses.indices.lazy.map { (controls[a][$0] - means[a]) * (controls[b][$0] - means[b]) }
        .compensatedSum()
    }
    guard let slopes = (try? Cholesky(covariance))?.solve(means) else { return }
    for i in losses.indices {
      weights[i] =
        1 / n
        - controls.indices.reduce(0.0) { $0 + slopes[$1] * (controls[$1][i] - means[$1]) }
    }
    self.controls = controls
  }

  /// The loss beyond which lies a mass, linear between losses each of which stands at the middle of its
  /// own weight; losses are met in the given, descending order.
  private func quantile(_ mass: Double, _ order: [Int]) -> Double {
    var (sum, last) = (0.0, (mass: 0.0, loss: losses[order[0]]))
    for i in order {
      let middle = sum + 0.5 * weights[i]
      sum += weights[i]
      if middle >= mass {
        let share = middle > last.mass ? (mass - last.mass) / (middle - last.mass) : 1
        return last.loss + share * (losses[i] - last.loss)
      }
      last = (middle, losses[i])
    }
    return last.loss
  }

  /// Value-at-risk and expected shortfall with their standard errors.
  ///
  /// The density at value-at-risk, which its standard error needs, is the spacing of the quantiles of
  /// masses p ± h, h a fifth of p or three standard errors of the tail probability. To the variance of
  /// that probability comes the square of a weight, the step in which a sample knows it: where a control
  /// is almost the loss itself, that is all that is left.
  func estimate(_ confidence: Double) throws(SimulationError) -> TailEstimate {
    let p = 1 - confidence
    let order = losses.indices.sorted { losses[$0] > losses[$1] }
    let q = quantile(p, order)
    let step = weights[order.first { losses[$0] <= q } ?? order[0]]
    let probability = (variance { $0 > q ? 1 : 0 } + step * step).squareRoot()
    let h = min(max(0.2 * p, 3 * probability), 0.9 * p, 0.9 * (1 - p))
    let spacing = quantile(p - h, order) - quantile(p + h, order)
    return TailEstimate(
      confidence: confidence, valueAtRisk: q,
      expectedShortfall: q + mean { max($0 - q, 0) } / p,
      valueAtRiskStandardError: probability * spacing / (2 * h),
      expectedShortfallStandardError: variance { max($0 - q, 0) }.squareRoot() / p,
      count: losses.count,
      degreesOfFreedom: design == .repetitions ? Double(groupCount - 1) : .infinity)
  }
}
