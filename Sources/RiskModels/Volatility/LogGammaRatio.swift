internal import Foundation

/// log Γ(z + ½)/Γ(z) for z > 0 with its first two derivatives.
///
/// Above 15 by the asymptotic series in 1/z, whose next term is below 1e-16; below, by
/// Γ(z + 1) = z Γ(z).
struct LogGammaRatio {
  private(set) var value = 0.0
  private(set) var first = 0.0
  private(set) var second = 0.0

  init(_ argument: Double) {
    var z = argument
    while z < 15 {
      let half = z + 0.5
      value += log(z / half)
      first += 1 / z - 1 / half
      second += 1 / (half * half) - 1 / (z * z)
      z += 1
    }
    value += 0.5 * log(z)
    first += 0.5 / z
    second -= 0.5 / (z * z)
    var power = 1 / z
    for (k, c) in Self.series.enumerated() {
      let n = Double(2 * k + 1)
      value += c * power
      first -= n * c * power / z
      second += n * (n + 1) * c * power / (z * z)
      power /= z * z
    }
  }

  /// Of z⁻¹, z⁻³, …: (1 − 2⁻²ᵏ) B₂ₖ / (k (2k − 1)) with the sign of the expansion.
  private static let series: [Double] = [
    -1.0 / 8, 1.0 / 192, -1.0 / 640, 17.0 / 14_336, -31.0 / 18_432, 691.0 / 180_224,
  ]
}
