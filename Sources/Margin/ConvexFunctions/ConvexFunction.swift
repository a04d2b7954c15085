/// A convex function of trades, written with the few atoms that margin rules use.
///
/// Sums, maxima, positive multiples, norms and expected shortfalls of convex functions are convex, so
/// every value of this type is. It can be evaluated, and it can be minimized: each atom has an
/// epigraph, {(x, t) : f(x) ≤ t}, that is linear, or a second-order cone for a norm; an expected
/// shortfall has one through its subgradients.
public indirect enum ConvexFunction: Sendable {
  case affine(AffineFunction)
  /// |aᵀx + b|
  case absolute(AffineFunction)
  /// The pointwise largest of one or more functions.
  case maximum([ConvexFunction])
  case sum([ConvexFunction])
  /// A function times a factor that is not negative.
  case scaled(Double, ConvexFunction)
  /// The expected shortfall of the loss over scenarios.
  case expectedShortfall(ExpectedShortfallFunction)
  /// A norm of affine functions, or of convex ones that are never negative.
  case norm(NormFunction)

  public static func constant(_ value: Double) -> ConvexFunction {
    .affine(AffineFunction(constant: value))
  }

  /// max(f, 0)
  public static func positivePart(_ f: ConvexFunction) -> ConvexFunction {
    .maximum([f, .constant(0)])
  }

  public func value(at x: [Double]) -> Double {
    switch self {
    case .affine(let f): f.value(at: x)
    case .absolute(let f): abs(f.value(at: x))
    case .maximum(let parts): parts.reduce(-Double.infinity) { largest($0, $1.value(at: x)) }
    case .sum(let parts): parts.reduce(0) { $0 + $1.value(at: x) }
    case .scaled(let factor, let f): factor * f.value(at: x)
    case .expectedShortfall(let f): f.value(at: x)
    case .norm(let f): f.value(at: x)
    }
  }

  /// An affine function that is never above this one, and equal to it at x: its slope is a subgradient.
  public func support(at x: [Double]) -> AffineFunction {
    switch self {
    case .affine(let f): return f
    case .absolute(let f): return f.value(at: x) < 0 ? -f : f
    case .maximum(let parts):
      let decisive = parts.max { $0.value(at: x) < $1.value(at: x) }
      return decisive?.support(at: x) ?? AffineFunction(constant: -.infinity)
    case .sum(let parts):
      return AffineFunction(
        sumOf: parts.map { $0.support(at: x) }, times: [Double](repeating: 1, count: parts.count))
    case .scaled(let factor, let f): return factor * f.support(at: x)
    case .expectedShortfall(let f): return f.cut(at: x).support
    case .norm(let f): return f.support(at: x)
    }
  }

  /// Bounds of the function over a box of trades, not always attained.
  public func range(lower: [Double], upper: [Double]) -> ClosedRange<Double> {
    switch self {
    case .affine(let f): return f.range(lower: lower, upper: upper)
    case .absolute(let f):
      let range = f.range(lower: lower, upper: upper)
      let least = max(0, range.lowerBound, -range.upperBound)
      return least...max(abs(range.lowerBound), abs(range.upperBound), least)
    case .maximum(let parts):
      let ranges = parts.map { $0.range(lower: lower, upper: upper) }
      let least = ranges.reduce(-Double.infinity) { max($0, $1.lowerBound) }
      return least...ranges.reduce(least) { max($0, $1.upperBound) }
    case .sum(let parts):
      return parts.reduce(0...0) {
        let range = $1.range(lower: lower, upper: upper)
        return ($0.lowerBound + range.lowerBound)...($0.upperBound + range.upperBound)
      }
    case .scaled(let factor, let f):
      let range = f.range(lower: lower, upper: upper)
      return (factor * range.lowerBound)...(factor * range.upperBound)
    case .expectedShortfall(let f): return f.range(lower: lower, upper: upper)
    case .norm(let f): return f.range(lower: lower, upper: upper)
    }
  }
}

/// The larger of two numbers; NaN where either is NaN, unlike `max`.
func largest(_ a: Double, _ b: Double) -> Double { a > b || a.isNaN ? a : b }
