internal import Foundation

/// What the inversion at a loss x gives. All are of the tail on the side of the contour: Y > x above,
/// Y ≤ x below.
struct TailTransforms {
  /// The probability of the tail.
  var probability: Double
  /// The density at x.
  var density: Double
  /// E (Y − x)⁺ above, E (x − Y)⁺ below.
  var excess: Double
}

/// Nodes on a contour in the plane of the transform, with what does not depend on the loss.
///
/// The probability beyond x is (1/2πi) ∫ e^{K(s) − sx} ds / s along any line of 0 < Re s within the
/// domain, and with s² for s it is E (Y − x)⁺; to the left of 0 the same integrals give the lower tail.
/// The line is led through the saddle σ of the integrand (Rice 1980; Helstrom 1996) and bent to
///
///     s(u) = σ + ρ (sin α (cosh u − 1) + i cos α sinh u),
///
/// with ρ the width of the saddle, so that it reaches exponentially far and, where the transform decays
/// slowly, towards the side on which e^{−sx} decays. In u the integrand is analytic in a strip and
/// decays fast: the trapezoidal rule converges exponentially (Trefethen and Weideman, SIAM Review 56,
/// 2014), and a step is taken as fine enough where halving it no longer changes the results.
struct InversionContour {
  private struct Node {
    let s: Complex
    /// ds/du.
    let slope: Complex
    let exponents: (a: Complex, b: Complex)
  }

  let law: QuadraticLaw
  let isUpper: Bool
  private let σ: Double
  private let ρ: Double
  private let α: Double
  private let last: Double
  /// The losses that a bent contour serves: where x comes near −Σ bⱼ²/2λⱼ, the end of the support of
  /// squares alone, e^{−sx} decays too slowly along it.
  private let range: ClosedRange<Double>
  /// Whether the integrand has its size at the saddle and not elsewhere, where sums of larger terms
  /// would lose digits.
  private let isUsable: Bool
  /// Nodes at the multiples of the step, in order; that at 0 counts half.
  private var nodes: [Node] = []
  private(set) var step = 0.4
  private static let smallestStep = 0.4 / 64
  /// e⁻⁴⁰ of the value at the saddle is below rounding.
  private static let negligible = 40.0
  private static let largestRise = 8.0

  /// A contour for losses near x, which lies within the support, with the results at x.
  ///
  /// Where a contour is led does not matter to the integral, but to how fast the rule converges: the
  /// first of a few slopes with which it does is taken.
  static func solve(
    _ law: QuadraticLaw, at x: Double, upper: Bool, needsDensity: Bool = true
  ) throws(SimulationError) -> (contour: InversionContour, transforms: TailTransforms) {
    var failure = SimulationError.notConverged("transform inversion", error: .nan)
    for attempt in 0..<slopes.count {
      var contour = InversionContour(law, near: x, upper: upper, attempt: attempt)
      do {
        let transforms = try contour.transforms(x, needsDensity: needsDensity)
        return (contour, transforms)
      } catch { failure = error }
    }
    throw failure
  }

  /// Multiples of π/7 by which the contour is led towards the side on which e^{−sx} decays in the end; 0
  /// is first where the transform has decayed before it oscillates.
  private static let slopes = [1, 0, -1, 0.5, -0.5, 0.2, -0.2]

  private init(_ law: QuadraticLaw, near x: Double, upper: Bool, attempt: Int) {
    self.law = law
    isUpper = upper
    let saddle = law.saddle(x, upper: upper)
    (σ, ρ) = (saddle.s, 1 / saddle.curvature.squareRoot())
    let peak = law.realTransform(σ, x)?.value ?? 0
    func fall(_ s: Complex) -> Double {
      peak - law.logTransform(s, law.exponents(s), x).real
    }
    let shift = -law.λ.indices.lazy.map { j in
      law.λ[j] == 0 ? 0 : 0.5 * law.b[j] / law.λ[j] * law.b[j]
    }.compensatedSum()
    // That of t factors is free of e^{−sx} and never oscillates for long.
    let decays =
      law.degreesOfFreedom != nil || !shift.isFinite
      || fall(Complex(σ, 24 * ρ)) > Self.negligible
    let order = decays ? [1, 0, 2, 3, 4, 5, 6] : [0, 1, 2, 3, 4, 5, 6]
    α = Self.slopes[order[attempt]] * (x >= shift ? Double.pi / 7 : -Double.pi / 7)
    var (u, rise) = (0.0, 0.0)
    let (σ, ρ, α) = (self.σ, self.ρ, self.α)
    repeat {
      u += 0.4
      let below = fall(Self.point(u, σ, ρ, α)) - u
      if below > Self.negligible { break }
      rise = max(rise, below.isNaN ? .infinity : -below - 2 * u)
    } while u < 160
    isUsable = rise < Self.largestRise
    last = u + 0.8
    let room = 0.5 * abs(x - shift)
    range = α == 0 ? -.infinity ... .infinity : (x - room)...(x + room)
    nodes = (0...Int((last / step).rounded())).map { node(Double($0) * step) }
  }

  /// Whether the contour, made for another loss, serves for x.
  func serves(_ x: Double) -> Bool { range.contains(x) }

  private static func point(_ u: Double, _ σ: Double, _ ρ: Double, _ α: Double) -> Complex {
    Complex(σ + ρ * sin(α) * (cosh(u) - 1), ρ * cos(α) * sinh(u))
  }

  private func node(_ u: Double) -> Node {
    let s = Self.point(u, σ, ρ, α)
    return Node(
      s: s, slope: Complex(ρ * sin(α) * sinh(u), ρ * cos(α) * cosh(u)),
      exponents: law.exponents(s))
  }

  private mutating func halve() {
    let between = (0..<(nodes.count - 1)).map { node((Double($0) + 0.5) * step) }
    var all = [nodes[0]]
    for (new, old) in zip(between, nodes.dropFirst()) { all += [new, old] }
    (nodes, step) = (all, step / 2)
  }

  /// Visits the nodes at every `stride`-th multiple of the step with h e^{K − sx} ds/du / π, by which the
  /// imaginary part of a sum is the integral (1/2πi) ∫ along the whole contour, and with its share
  /// 1 / (1 − (2/ν)(A − sx)) for t factors, else 1.
  private func visit(
    _ x: Double, stride: Int = 1,
    _ body: (_ s: Complex, _ weight: Complex, _ share: Complex) -> Void
  ) {
    let h = step * Double(stride) / Double.pi
    for k in Swift.stride(from: 0, to: nodes.count, by: stride) {
      let n = nodes[k]
      let transform = law.logTransform(n.s, n.exponents, x).exponential
      let weight = (k == 0 ? 0.5 * h : h) * (transform * n.slope)
      let share = law.degreesOfFreedom.map { ν in
        Complex(1) / (Complex(1) - (2 / ν) * (n.exponents.a - x * n.s))
      }
      body(n.s, weight, share ?? Complex(1))
    }
  }

  private func transforms(_ x: Double, stride: Int) -> TailTransforms {
    var sums = TailTransforms(probability: 0, density: 0, excess: 0)
    let excessScale = law.degreesOfFreedom.map { $0 / ($0 - 2) } ?? 1
    visit(x, stride: stride) { s, weight, share in
      let once = weight / s
      sums.probability += once.imaginary
      sums.density += (weight * share).imaginary
      // One factor of χ²_ν less under t: E (Y − x)⁺ = E W Q⁺, and W times the density of χ²_ν is
      // ν/(ν − 2) that of χ²_(ν−2).
      sums.excess += excessScale * (once / (s * share)).imaginary
    }
    if !isUpper { sums.probability.negate() }
    return sums
  }

  /// The results at x, the step halved until they hold to 1e-11 relatively, or to the rounding of sx, and
  /// to 1e-9 where the step is as small as it may be;
  /// the density only where it is needed: it may be infinite where few factors are curved.
  mutating func transforms(
    _ x: Double, needsDensity: Bool = true
  ) throws(SimulationError) -> TailTransforms {
    if !isUsable { throw .notConverged("transform inversion", error: .infinity) }
    let tolerance = max(1e-11, 2 * .ulpOfOne * abs(σ * x))
    var coarse = transforms(x, stride: 2)
    while true {
      let fine = transforms(x, stride: 1)
      var changes = [(coarse.probability, fine.probability), (coarse.excess, fine.excess)]
      if needsDensity { changes.append((coarse.density, fine.density)) }
      let isPossible =
        fine.probability >= 0 && fine.probability <= 1 + 1e-9 && fine.excess >= 0
        && (fine.density >= 0 || !needsDensity)
      let error = changes.reduce(isPossible ? 0.0 : .infinity) {
        let change = abs($1.0 - $1.1) / max(abs($1.1), .leastNormalMagnitude)
        return $0 >= change ? $0 : change
      }
      if error <= tolerance { return fine }
      if !(step > Self.smallestStep) {
        if error <= 1e-9 { return fine }
        throw .notConverged("transform inversion", error: error)
      }
      coarse = fine
      halve()
    }
  }

  /// As `visit`, for what else is integrated; the step is that of the last `transforms`.
  func integrate(_ x: Double, _ body: (_ s: Complex, _ weight: Complex, _ share: Complex) -> Void) {
    visit(x, body)
  }
}
