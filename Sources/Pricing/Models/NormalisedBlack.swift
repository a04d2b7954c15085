internal import CKernels
internal import Foundation

/// Black's formula in its own units (Jäckel, *Let's be rational*, 2015, eq. 2.2): the value of the
/// out-of-the-money option over √(FK) as a function of the log moneyness x = ln(F/K) ≤ 0 and of the
/// total deviation s = σ√T,
///
///     b(x, s) = e^{x/2} Φ(x/s + s/2) − e^{−x/2} Φ(x/s − s/2).
///
/// With h = x/s, t = s/2, Y(z) = Φ(z)/φ(z) and
/// b′ = ∂b/∂s = φ(h) e^{−t²/2} the same is
///
///     b(x, s) = b′ [Y(h + t) − Y(h − t)],
///
/// which has one exponential, and whose difference is the only place where digits can be lost.
package enum NormalisedBlack {
  /// b(x, s) for x ≤ 0, s ≥ 0; 0 where it underflows.
  package static func value(_ x: Double, _ s: Double) -> Double {
    if s == 0 { return 0 }
    let h = x / s
    let t = 0.5 * s
    if h + t < -40 { return 0 }
    if s > 200 { return exp(0.5 * x) }

    let density = vega(x, s)
    if t < (h > -2 ? 0.25 : 0.05 * (1 - h)) { return 2 * density * oddMoments(h, t) }
    if h + t <= 0 { return density * (ck_mills_ratio(-h - t) - ck_mills_ratio(t - h)) }
    return exp(0.5 * x) - density * (ck_mills_ratio(h + t) + ck_mills_ratio(t - h))
  }

  /// e^{x/2} − b(x, s), what the value lacks to its upper bound, with all digits of its own for
  /// s ≥ √(−2x), where h + t ≥ 0; x ≤ 0.
  package static func complement(_ x: Double, _ s: Double) -> Double {
    let h = x / s
    let t = 0.5 * s
    return vega(x, s) * (ck_mills_ratio(h + t) + ck_mills_ratio(t - h))
  }

  /// b′(x, s) = ∂b/∂s = exp(−(h² + t²)/2) / √(2π).
  ///
  /// The rounding errors of h and h² are carried along: at h = −38 they would cost three digits.
  package static func vega(_ x: Double, _ s: Double) -> Double {
    if s == 0 { return x == 0 ? inverseRootTwoπ : 0 }
    let h = x / s
    let t = 0.5 * s
    if abs(h) + t > 80 { return 0 }
    let δh = x.addingProduct(-h, s) / s
    let h² = h * h
    let t² = t * t
    let sum = h² + t²
    let δsum = (h² - sum) + t²
    let δ = (-h²).addingProduct(h, h) + 2 * h * δh + (-t²).addingProduct(t, t) + δsum
    return inverseRootTwoπ * exp(-0.5 * sum) * (1 - 0.5 * δ)
  }

  /// ½ [Y(h + t) − Y(h − t)] = Σ over odd k of I_k t^k / k!, with
  /// I_k = Y^{(k)}(h) = ∫₀^∞ u^k e^{hu − u²/2} du > 0, for h ≤ 0 and t ≪ 1 + |h|.
  ///
  /// I_{k+1} = h I_k + k I_{k−1}. Near h = 0 this is used upwards from I₀ = Y(h), I₁ = 1 + hY(h).
  /// Far from it the upward recurrence cancels; I_k/k! is its minimal solution, and its ratios come
  /// from the continued fraction r_k = 1/((k + 1) r_{k+1} − h) (Gautschi, SIAM Rev. 9 (1967) 24).
  private static func oddMoments(_ h: Double, _ t: Double) -> Double {
    let y = ck_mills_ratio(-h)
    if h > -3 {
      var (even, odd) = (y, 1 + h * y)
      var power = t
      var sum = odd * t
      for k in stride(from: 2.0, through: 16, by: 2) {
        even = h * odd + (k - 1) * even
        odd = h * even + k * odd
        power *= t * t / (k * (k + 1))
        sum += odd * power
      }
      return sum
    }
    let last = 14
    var ratio = 0.0
    for k in stride(from: last + 6 + Int(500 / (h * h)), to: last, by: -1) {
      ratio = 1 / (Double(k + 1) * ratio - h)
    }
    // Horner's rule in the products of ratios: J_k t^k = Y ∏ r_j t.
    var sum = 0.0
    for k in stride(from: last, through: 1, by: -1) {
      ratio = 1 / (Double(k + 1) * ratio - h)
      sum = (ratio * t) * ((k % 2 == 1 ? 1 : 0) + sum)
    }
    return y * sum
  }

  static let inverseRootTwoπ = 0.398942280401432677939946
}
