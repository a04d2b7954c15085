internal import Foundation

/// The distribution of Y = Σ (√W bⱼ Zⱼ + ½ W λⱼ Zⱼ²), Z independent standard normals, W = 1 or, for
/// factors of Student's t, W = ν/χ²_ν.
///
/// With A(s) = ½ Σ bⱼ² s² / (1 − s λⱼ) and B(s) = −½ Σ log(1 − s λⱼ) the transform of Y at the loss x is
///
///     E e^{s(Y − x)} = exp(A − sx + B),
///
/// and with t factors that of Q = (Y − x)/W, which is positive exactly where Y > x, is
///
///     E e^{sQ} = (1 − (2/ν)(A − sx))^{−ν/2} exp B
///
/// (Glasserman, Heidelberger and Shahabuddin, "Portfolio value-at-risk with heavy-tailed risk factors",
/// Mathematical Finance 12, 2002, theorem 3.1; Rouvinez 1997 for normal factors).
struct QuadraticLaw: Sendable {
  /// Pairs (λ, b); none is (0, 0).
  let λ: [Double]
  let b: [Double]
  /// ν of t factors; nil for normal ones.
  let degreesOfFreedom: Double?
  /// E Y and the standard deviation of Y where W = 1.
  let mean: Double
  let standardDeviation: Double
  /// The least upper and the greatest lower bound of Y.
  let support: (lower: Double, upper: Double)

  init(λ: [Double], b: [Double], degreesOfFreedom: Double?) {
    let kept = λ.indices.filter { λ[$0] != 0 || b[$0] != 0 }
    self.λ = kept.map { λ[$0] }
    self.b = kept.map { b[$0] }
    self.degreesOfFreedom = degreesOfFreedom
    let half = 0.5 * self.λ.compensatedSum()
    mean = degreesOfFreedom.map { half * $0 / ($0 - 2) } ?? half
    standardDeviation = kept.lazy.map { b[$0] * b[$0] + 0.5 * λ[$0] * λ[$0] }.compensatedSum()
      .squareRoot()
    let shift = -kept.lazy.map { b[$0] == 0 ? 0 : 0.5 * b[$0] / λ[$0] * b[$0] }.compensatedSum()
    let (rises, falls) = (kept.contains { λ[$0] >= 0 }, kept.contains { λ[$0] <= 0 })
    support = (
      falls && !kept.isEmpty ? -.infinity : shift, rises && !kept.isEmpty ? .infinity : shift
    )
  }

  /// A(s), and B(s) with every logarithm principal.
  func exponents(_ s: Complex) -> (a: Complex, b: Complex) {
    let square = s * s
    var a = Complex(0)
    var (modulus, argument, logarithms, factors) = (1.0, 0.0, 0.0, 0)
    for j in λ.indices {
      let (real, imaginary) = (1 - s.real * λ[j], -s.imaginary * λ[j])
      let size = real * real + imaginary * imaginary
      let weight = 0.5 * b[j] * b[j] / size
      a.real += weight * (square.real * real + square.imaginary * imaginary)
      a.imaginary += weight * (square.imaginary * real - square.real * imaginary)
      argument += atan2(imaginary, real)
      modulus *= size
      factors += 1
      if factors == 4 {
        logarithms += log(modulus)
        (modulus, factors) = (1, 0)
      }
    }
    return (a, Complex(-0.25 * (logarithms + log(modulus)), -0.5 * argument))
  }

  /// The logarithm of the transform at s, given A and B, for the loss x.
  func logTransform(_ s: Complex, _ e: (a: Complex, b: Complex), _ x: Double) -> Complex {
    let g = e.a - x * s
    guard let ν = degreesOfFreedom else { return g + e.b }
    return (-0.5 * ν) * (Complex(1) - (2 / ν) * g).logarithm + e.b
  }

  /// The logarithm of the transform at a real s with its first two derivatives; nil outside the domain.
  func realTransform(_ s: Double, _ x: Double) -> (value: Double, first: Double, second: Double)? {
    var (a, da, dda) = (-s * x, -x, 0.0)
    var (logs, db, ddb) = (0.0, 0.0, 0.0)
    for j in λ.indices {
      let d = 1 - s * λ[j]
      if d <= 0 { return nil }
      let (r, square) = (λ[j] / d, b[j] * b[j] / d)
      a += 0.5 * square * s * s
      da += 0.5 * square * s * (1 + 1 / d)
      dda += square / (d * d)
      logs += log(d)
      db += 0.5 * r
      ddb += 0.5 * r * r
    }
    guard let ν = degreesOfFreedom else { return (a - 0.5 * logs, da + db, dda + ddb) }
    let D = 1 - 2 / ν * a
    if D <= 0 { return nil }
    return (
      -0.5 * ν * log(D) - 0.5 * logs, da / D + db, dda / D + 2 / ν * (da / D) * (da / D) + ddb
    )
  }

  /// The minimum over s > 0 (or s < 0) of log E e^{s(Y − x)} − log |s|, where the integrand of the
  /// inversion has its saddle, and the second derivative there. x lies within the support.
  func saddle(_ x: Double, upper: Bool) -> (s: Double, curvature: Double) {
    let sign = upper ? 1.0 : -1
    let (t, curvature) = root(from: 1 / standardDeviation, sign: sign) { t in
      realTransform(sign * t, x).map { (sign * $0.first - 1 / t, $0.second + 1 / (t * t)) }
    }
    return (sign * t, curvature)
  }

  /// The θ ≥ 0 that moves the mean of Y to x where probabilities are weighted by e^{θY}; 0 where x is not
  /// above the mean.
  func tilt(to x: Double) -> Double {
    if x <= mean { return 0 }
    return root(from: (x - mean) / (standardDeviation * standardDeviation), sign: 1) { θ in
      realTransform(θ, x).map { ($0.first, $0.second) }
    }.0
  }

  /// The zero of an increasing slope in t > 0, with the curvature there, by Newton's method between
  /// bounds; the slope is nil beyond the domain of the transform at sign · t.
  private func root(
    from start: Double, sign: Double, _ slope: (Double) -> (Double, Double)?
  ) -> (Double, Double) {
    var (low, high) = (0.0, λ.reduce(Double.infinity) { sign * $1 > 0 ? min($0, sign / $1) : $0 })
    var t = min(start, 0.5 * high)
    for _ in 0..<200 {
      guard let (gradient, curvature) = slope(t) else {
        high = t
        t = 0.5 * (low + high)
        continue
      }
      if gradient > 0 { high = t } else { low = t }
      var next = t - gradient / curvature
      if !(next > low && next < high) { next = high < .infinity ? 0.5 * (low + high) : 2 * t }
      let isNear = abs(next - t) <= 1e-3 * min(t, high - t)
      t = next
      if isNear { break }
    }
    return (t, slope(t)?.1 ?? 1 / (t * t))
  }
}
