internal import Foundation

/// The price below which an American put struck at 1 is exercised, as a function of the time left.
///
/// With X = B(0+) = min(1, r/q) the function H = ln²(B(ξ²)/X) of ξ = √τ is smooth enough for a
/// polynomial through the points of Chebyshev on 0 … √T (Andersen, Lake and Offengenden, *High
/// performance American option pricing*, J. Computational Finance 20 (2016) 39). At each of them B
/// solves their equation (FP-A), the derivative of the value being −1 at the boundary:
///
///     B = N(B)/D(B),
///     N = e^{−rτ} φ(d₋)/(σ√τ) + r ∫₀^τ e^{−rw} φ(d₋(w))/(σ√w) dw,
///     D = e^{−qτ} [Φ(d₊) + φ(d₊)/(σ√τ)] + q ∫₀^τ e^{−qw} [Φ(d₊(w)) + φ(d₊(w))/(σ√w)] dw,
///     d±(w) = [ln(B(τ)/B(τ − w)) + (r − q ± σ²/2) w]/(σ√w),  and without w at B/1 and τ.
///
/// They iterate on it; here all points are solved together by Newton's method, whose Jacobian follows
/// through the polynomial, from the quadratic approximation of Barone-Adesi and Whaley (*J. Finance* 42
/// (1987) 301). Six steps reach rounding, also where the fixed point does not attract.
public struct ExerciseBoundary: Sendable {
  /// How many points to use.
  public enum Accuracy: Sendable, Hashable, CaseIterable {
    /// Values to 1e-8 … 2e-6 of the strike; 7 points.
    case fast
    /// Values to 1e-10 … 4e-8 of the strike; 12 points.
    case standard
    /// Values to 1e-14 … 1e-10 of the strike; 24 points.
    case precise

    /// Points of the boundary after τ = 0.
    var nodes: Int {
      switch self {
      case .fast: 7
      case .standard: 12
      case .precise: 24
      }
    }
    /// Points of each integral of the equations.
    var collocationPoints: Int {
      switch self {
      case .fast: 15
      case .standard: 31
      case .precise: 51
      }
    }
    /// The residual of the equations before their last step.
    var nearlySolved: Double {
      switch self {
      case .fast: 1e-4
      case .standard: 2e-6
      case .precise: 1e-7
      }
    }
    /// Points of the integral of the value.
    var valuePoints: Int {
      switch self {
      case .fast: 21
      case .standard: 41
      case .precise: 71
      }
    }
  }

  /// ln X.
  let logLimit: Double
  /// √T.
  let rootTime: Double
  /// The coefficients of H by Chebyshev polynomials of 2ξ/√T − 1.
  let coefficients: [Double]
  /// The steps of Newton's method.
  let iterations: Int

  init(
    rate: Double, yield: Double, volatility: Double, time: Double, accuracy: Accuracy
  ) throws(AmericanOptionError) {
    let equations = BoundaryEquations(
      rate: rate, yield: yield, volatility: volatility, time: time, accuracy: accuracy)
    let solution = try equations.solve()
    logLimit = equations.logLimit
    rootTime = time.squareRoot()
    coefficients = equations.grid.coefficients(of: solution.depths)
    iterations = solution.iterations
  }

  /// B at √τ; beyond √T that at √T.
  func price(rootTime: Double) -> Double {
    let ξ = min(rootTime, self.rootTime)
    if ξ == 0 { return exp(logLimit) }
    // Clenshaw's rule.
    let z = 4 * ξ / self.rootTime - 2
    var (a, b) = (0.0, 0.0)
    for c in coefficients.dropFirst().reversed() { (a, b) = (c + z * a - b, a) }
    return exp(logLimit - max(0, coefficients[0] + 0.5 * z * a - b).squareRoot())
  }
}

/// The points ξ_i = ½√T (1 + cos(iπ/n)), i = 0 … n, and interpolation between them on a unit scale.
struct ChebyshevGrid: Sendable {
  let n: Int
  /// ξ_i/√T; the last is 0.
  let positions: [Double]

  init(_ n: Int) {
    self.n = n
    positions = (0...n).map { 0.5 * (1 + cos(.pi * Double($0) / Double(n))) }
  }

  /// The coefficients of the polynomial through H_i = y_i², i < n, and H_n = 0.
  func coefficients(of depths: [Double]) -> [Double] {
    (0...n).map { k in
      var sum = 0.0
      for (i, y) in depths.enumerated() {
        let half = i == 0 ? 0.5 : 1.0
        sum += half * y * y * cos(.pi * Double(i * k % (2 * n)) / Double(n))
      }
      return sum * (k == 0 || k == n ? 1 : 2) / Double(n)
    }
  }

  /// The values of the Lagrange polynomials of points 0 … n − 1 at ξ/√T, by barycentric weights.
  func lagrange(at position: Double) -> [Double] {
    var values = [Double](repeating: 0, count: n)
    var sum = 0.0
    for i in 0...n {
      let weight = (i % 2 == 0 ? 1.0 : -1.0) * (i == 0 || i == n ? 0.5 : 1)
      let distance = position - positions[i]
      if distance == 0 {
        values = values.map { _ in 0 }
        if i < n { values[i] = 1 }
        return values
      }
      let term = weight / distance
      sum += term
      if i < n { values[i] = term }
    }
    return values.map { $0 / sum }
  }
}
