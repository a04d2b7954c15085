internal import Foundation

/// Gauss–Legendre points θ on 0 … π/2, with sin θ and cos θ: for integrals over u = T sin²θ.
struct QuarterCircleRule: Sendable {
  let weights: [Double]
  let sines: [Double]
  let cosines: [Double]

  /// The rule of a number of points, made once for each of the numbers that the accuracies use.
  static func shared(_ count: Int) -> QuarterCircleRule { rules[count] ?? QuarterCircleRule(count) }

  private static let rules: [Int: QuarterCircleRule] = {
    let accuracies = ExerciseBoundary.Accuracy.allCases
    let counts = Set(accuracies.flatMap { [$0.collocationPoints, $0.valuePoints] })
    return Dictionary(uniqueKeysWithValues: counts.map { ($0, QuarterCircleRule($0)) })
  }()

  /// Newton's method on the Legendre polynomial from Tricomi's approximation of its roots.
  init(_ count: Int) {
    var weights = [Double](repeating: 0, count: count)
    var angles = weights
    let n = Double(count)
    for k in 0..<count {
      var x = cos(.pi * (Double(k) + 0.75) / (n + 0.5))
      var slope = 0.0
      for _ in 0..<8 {
        var (before, p) = (1.0, x)
        for j in 1..<max(count, 1) {
          let j = Double(j)
          (before, p) = (p, ((2 * j + 1) * x * p - j * before) / (j + 1))
        }
        slope = n * (x * p - before) / (x * x - 1)
        x -= p / slope
      }
      angles[k] = .pi / 4 * (1 + x)
      weights[k] = .pi / 4 * 2 / ((1 - x * x) * slope * slope)
    }
    self.weights = weights
    sines = angles.map { sin($0) }
    cosines = angles.map { cos($0) }
  }
}
