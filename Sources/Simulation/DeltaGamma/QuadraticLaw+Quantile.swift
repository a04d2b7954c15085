internal import Foundation
internal import Probability

extension QuadraticLaw {
  /// P(Y > x) above the mean and 1 − P(Y ≤ x) below it, so that the smaller tail keeps its digits, with
  /// the density and E (Y − x)⁺.
  func tails(_ x: Double) throws(SimulationError) -> (upper: Double, lower: Double, excess: Double)
  {
    if x >= support.upper { return (0, 1, 0) }
    if x <= support.lower { return (1, 0, mean - x) }
    let isUpper = x > mean
    let t = try InversionContour.solve(self, at: x, upper: isUpper, needsDensity: false).transforms
    return isUpper
      ? (t.probability, 1 - t.probability, t.excess)
      : (1 - t.probability, t.probability, mean - x + t.excess)
  }

  /// The density at x.
  func density(_ x: Double) throws(SimulationError) -> Double {
    if x >= support.upper || x <= support.lower { return 0 }
    return try InversionContour.solve(self, at: x, upper: x > mean).transforms.density
  }

  /// The x with P(Y > x) = `tail`, with a contour through which what is asked there can be integrated.
  ///
  /// Newton's method for log P on a contour, which serves for all x near the one it was made for; a new
  /// one is made where x has moved by more than the tail decays over.
  func quantile(
    tail: Double
  ) throws(SimulationError) -> (x: Double, at: TailTransforms, contour: InversionContour) {
    let isUpper = tail <= 0.5
    let p = isUpper ? tail : 1 - tail
    let sign = isUpper ? 1.0 : -1
    var (low, high) = support
    var x = start(tail: tail)
    for round in 0..<100 {
      // Where few curved factors leave the transform with nine digits, no more can be asked for.
      let tolerance = round < 4 ? 1e-13 : 1e-9
      var (contour, at) = try InversionContour.solve(self, at: x, upper: isUpper)
      let centre = x
      let reach = at.probability / at.density
      for _ in 0..<50 {
        if (at.probability > p) == isUpper { low = max(low, x) } else { high = min(high, x) }
        let step = sign * at.probability * log(at.probability / p) / at.density
        if abs(step) <= max(1e-13 * abs(x), tolerance * reach) { return (x, at, contour) }
        var next = x + step
        if !(next > low && next < high) { next = inner(x, low, high) }
        x = next
        if abs(x - centre) > reach || !contour.serves(x) { break }
        guard let found = try? contour.transforms(x), found.probability > 0, found.density > 0
        else {
          break
        }
        at = found
      }
    }
    throw .notConverged("quantile of a delta-gamma loss", error: .nan)
  }

  /// A point between the bounds where Newton's method leaves them.
  private func inner(_ x: Double, _ low: Double, _ high: Double) -> Double {
    if low.isFinite && high.isFinite { return 0.5 * (low + high) }
    return low.isFinite ? x + 2 * standardDeviation : x - 2 * standardDeviation
  }

  /// The normal quantile with Cornish and Fisher's correction for skewness, within the support.
  private func start(tail: Double) -> Double {
    let σ = standardDeviation
    let z = NormalDistribution.standard.quantile(complement: tail)
    let third = λ.indices.lazy.map { λ[$0] * (3 * b[$0] * b[$0] + λ[$0] * λ[$0]) }.compensatedSum()
    let skewness = min(max(third / (σ * σ * σ), -1.5), 1.5)
    let x = mean + σ * (z + (z * z - 1) * skewness / 6)
    if x >= support.upper { return support.upper - 0.1 * (support.upper - mean) }
    if x <= support.lower { return support.lower + 0.1 * (mean - support.lower) }
    return x
  }
}
