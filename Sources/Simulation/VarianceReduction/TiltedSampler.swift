internal import Foundation
internal import LinearAlgebra
internal import Probability

/// Moves of normal factors drawn under the law that is weighted by e^{θY}, Y the delta-gamma loss.
///
/// In the coordinates in which Y = Σ (bⱼZⱼ + ½ λⱼZⱼ²) the weighted law is normal again: Zⱼ of mean
/// θbⱼ/(1 − θλⱼ) and variance 1/(1 − θλⱼ), independent; the likelihood ratio is e^{K(θ) − θY}, and Y has
/// a quadratic law once more (Glasserman, Heidelberger and Shahabuddin, "Variance reduction techniques
/// for estimating value-at-risk", Management Science 46, 2000, §3).
struct TiltedSampler {
  let risk: DeltaGammaRisk
  let θ: Double
  /// K(θ).
  let logMoment: Double
  private let means: [Double]
  private let deviations: [Double]
  /// Y − shift is of this law under the weighted probability.
  private let tilted: QuadraticLaw
  private let shift: Double
  /// A of X = μ + AZ.
  private let factor: Matrix

  init(_ risk: DeltaGammaRisk, θ: Double) {
    self.risk = risk
    self.θ = θ
    logMoment = risk.law.realTransform(θ, 0)?.value ?? 0
    let (λ, b) = (risk.curvatures, risk.slopes)
    let d = λ.map { 1 - θ * $0 }
    means = zip(b, d).map { θ * $0 / $1 }
    deviations = d.map { 1 / $0.squareRoot() }
    let m = means
    shift = b.indices.lazy.map { b[$0] * m[$0] + 0.5 * λ[$0] * m[$0] * m[$0] }.compensatedSum()
    tilted = QuadraticLaw(
      λ: zip(λ, d).map { $0 / $1 }, b: zip(b, d).map { $0 / ($1 * $1.squareRoot()) },
      degreesOfFreedom: nil)
    factor = Matrix.product(risk.root, risk.rotation)
  }

  /// The coordinates in the order in which they move Y, the most first.
  var coordinates: [Int] {
    let variances = (0..<dimension).map { j in
      let s = deviations[j]
      let (slope, curvature) = (
        s * (risk.slopes[j] + risk.curvatures[j] * means[j]), s * s * risk.curvatures[j]
      )
      return slope * slope + 0.5 * curvature * curvature
    }
    return (0..<dimension).sorted { (variances[$0], $1) > (variances[$1], $0) }
  }

  var dimension: Int { risk.slopes.count }

  /// Replaces standard normals, paths × dimension by columns, by Z, and gives Y of each path.
  func tilt(_ normals: inout [Double], paths: Int) -> [Double] {
    var Y = [Double](repeating: 0, count: paths)
    for j in 0..<dimension {
      let (m, s, b, λ) = (means[j], deviations[j], risk.slopes[j], risk.curvatures[j])
      for i in 0..<paths {
        let z = m + s * normals[i + j * paths]
        normals[i + j * paths] = z
        Y[i] += (b + 0.5 * λ * z) * z
      }
    }
    return Y
  }

  /// e^{K(θ) − θY}.
  func likelihoodRatio(_ Y: Double) -> Double { exp(logMoment - θ * Y) }

  /// The moves X of paths of Z, paths × factors.
  func moves(_ Z: Matrix) -> Matrix {
    var X = Matrix.product(Z, factor, transposing: .right)
    for (j, μ) in risk.mean.enumerated() where μ != 0 {
      for i in 0..<X.rows { X.elements[i + j * X.rows] += μ }
    }
    return X
  }

  /// The bounds of Y between `count` strata of equal probability under the weighted law, ascending.
  func bounds(strata count: Int) throws(SimulationError) -> [Double] {
    var bounds: [Double] = []
    for j in 1..<max(count, 1) {
      bounds.append(shift + (try tilted.quantile(tail: 1 - Double(j) / Double(count))).x)
    }
    return bounds
  }
}
