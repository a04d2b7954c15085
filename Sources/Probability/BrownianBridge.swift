public import LinearAlgebra

/// The construction of Brownian paths on a grid of times from the coarsest features to the finest:
/// the last value first, then the middle of each interval given its ends.
///
/// The law is that of increments drawn in order, but the first coordinates carry most of the variance,
/// which is what Sobol points serve best. Source: Glasserman, Monte Carlo Methods in Financial
/// Engineering (2004), §3.1.
public struct BrownianBridge: Sendable, Hashable {
  /// The times, positive and increasing, in years; W(0) = 0.
  public let times: [Double]

  /// One value given others: W(t) = a W(left) + b W(right) + σ z.
  private struct Step: Sendable, Hashable {
    let index: Int
    /// The indices of the known neighbours; nil at time 0, and at the right for the last time.
    let left: Int?
    let right: Int?
    let leftWeight: Double
    let rightWeight: Double
    let deviation: Double
  }

  private let steps: [Step]

  /// The bridge over a grid of times.
  ///
  /// - Throws: ``DistributionError/timeNotIncreasing(index:)`` unless the times are finite, positive
  ///   and increasing.
  public init(times: [Double]) throws(DistributionError) {
    for (index, time) in times.enumerated() {
      guard time.isFinite && time > (index == 0 ? 0 : times[index - 1]) else {
        throw .timeNotIncreasing(index: index)
      }
    }
    self.times = times
    steps = Self.steps(times)
  }

  /// Intervals are halved by index, all of one size before the smaller ones.
  private static func steps(_ times: [Double]) -> [Step] {
    guard let last = times.last else { return [] }
    let n = times.count
    var steps = [
      Step(
        index: n - 1, left: nil, right: nil, leftWeight: 0, rightWeight: 0,
        deviation: last.squareRoot())
    ]
    var intervals = [(left: -1, right: n - 1)]
    var next = 0
    while next < intervals.count {
      let (left, right) = intervals[next]
      next += 1
      if right - left < 2 { continue }
      let middle = (left + right) / 2
      let start = left < 0 ? 0 : times[left]
      let (before, after) = (times[middle] - start, times[right] - times[middle])
      let whole = times[right] - start
      steps.append(
        Step(
          index: middle, left: left < 0 ? nil : left, right: right, leftWeight: after / whole,
          rightWeight: before / whole, deviation: (before / whole * after).squareRoot()))
      intervals += [(left, middle), (middle, right)]
    }
    return steps
  }

  /// Brownian paths from independent standard normals.
  ///
  /// Rows are paths. Column k · `factors` + f of the normals drives feature k (the coarsest is 0) of
  /// factor f, and column i · `factors` + f of the result is Wᶠ(`times[i]`).
  /// - Complexity: three operations for each value.
  public func paths(normals: Matrix, factors: Int = 1) -> Matrix {
    precondition(
      factors > 0 && normals.columns == times.count * factors,
      "\(times.count) times of \(factors) factors need as many columns of normals in all, and not"
        + " \(normals.columns).")
    let count = normals.rows
    return Matrix(
      rows: count, columns: normals.columns,
      initializingWith: { out in
        normals.elements.withUnsafeBufferPointer { z in
          guard let z = z.baseAddress else { return }
          for (k, step) in steps.enumerated() {
            for f in 0..<factors {
              let column = { (index: Int) in out + (index * factors + f) * count }
              fill(
                column(step.index), count, step, left: step.left.map(column),
                right: step.right.map(column), normals: z + (k * factors + f) * count)
            }
          }
        }
      })
  }

  private func fill(
    _ out: UnsafeMutablePointer<Double>, _ count: Int, _ step: Step,
    left: UnsafeMutablePointer<Double>?, right: UnsafeMutablePointer<Double>?,
    normals z: UnsafePointer<Double>
  ) {
    let (a, b, σ) = (step.leftWeight, step.rightWeight, step.deviation)
    switch (left, right) {
    case (let left?, let right?):
      for i in 0..<count { out[i] = a * left[i] + b * right[i] + σ * z[i] }
    case (nil, let right?): for i in 0..<count { out[i] = b * right[i] + σ * z[i] }
    default: for i in 0..<count { out[i] = σ * z[i] }
    }
  }
}
