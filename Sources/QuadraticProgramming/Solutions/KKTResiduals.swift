/// Residuals of the optimality conditions at a point and multipliers, on the data as given.
///
/// With w⁺, w⁻, z⁺, z⁻ the parts of the multipliers on the upper and lower sides (a part on an
/// infinite side counts as zero and so shows in the dual residual), and for a cone with the violation
/// ‖s₁‖ − s₀ of s ∈ Q,
///
///     primal  max(|Ax − b|, Gx − u, l − Gx, x − xu, xl − x, violation of Fx + g ∈ Q, 0)
///     dual    max(|Px + c + Aᵀy + Gᵀw + z + Fᵀv|, violation of −v ∈ Q)
///     gap     |xᵀPx + cᵀx + bᵀy + uᵀw⁺ + lᵀw⁻ + xuᵀz⁺ + xlᵀz⁻ − gᵀv|
///
/// all absolute; sums are compensated, as they cancel. The relative ones divide by one plus the size
/// of the terms (the gap: by the objective where it exceeds one). The definitions are those of
/// qpbenchmark (S. Caron et al.). Multipliers that grow without bound make every dual residual relatively
/// small; so what the residual r can do to the objective, Σ |rⱼxⱼ|, is measured too. This code shares
/// nothing with the iteration.
public struct KKTResiduals: Sendable, Hashable {
  /// The largest violation of a constraint.
  public let primal: Double
  /// The largest violation of stationarity.
  public let dual: Double
  /// The duality gap.
  public let gap: Double
  /// The primal residual relative to 1 + max(|Ax|, |Gx|, |x|, |Fx|).
  public let relativePrimal: Double
  /// The dual residual relative to 1 + max(|Px|, |c|, |Aᵀy + Gᵀw + Fᵀv|).
  public let relativeDual: Double
  /// The gap relative to max(1, |½ xᵀPx + cᵀx|).
  public let relativeGap: Double
  /// Σ |rⱼxⱼ| over the entries r of the dual residual, relative to max(1, |½ xᵀPx + cᵀx|).
  public let relativeObjectiveError: Double

  /// The largest of the absolute residuals.
  public var largest: Double { max(primal, dual, gap) }
  /// The largest of the relative residuals.
  public var largestRelative: Double { max(relativePrimal, relativeDual, relativeGap) }

  /// The share of the tolerance by which the objective may be off for the sake of a relative dual
  /// residual.
  static let objectiveShare = 1000.0

  /// Whether the conditions hold to the tolerance, absolutely; or relatively, and then the dual residual
  /// changes the objective by at most 1000 tolerances of it.
  public func satisfy(_ tolerance: Double) -> Bool {
    largest <= tolerance
      || largestRelative <= tolerance && relativeObjectiveError <= Self.objectiveShare * tolerance
  }

  /// The residuals of a program at x with the given multipliers. O(n² + n(m + p)).
  public init(of problem: QuadraticProgram, x: [Double], duals: Duals) {
    self.init(of: problem, x: x, duals: duals, costProduct: nil)
  }

  /// The residuals where Px is known by other means than the cost of the program.
  init(of problem: QuadraticProgram, x: [Double], duals: Duals, costProduct: [Double]?) {
    QuadraticProgram.require(
      duals.cones, count: problem.coneRowCount, "The multiplier of the cones", per: "row of them")
    guard x.allSatisfy(\.isFinite), duals.areFinite else {
      (primal, dual, gap) = (.infinity, .infinity, .infinity)
      (relativePrimal, relativeDual, relativeGap) = (.infinity, .infinity, .infinity)
      relativeObjectiveError = .infinity
      return
    }
    let Ax = problem.equalityMatrix.compensatedProduct(x)
    let Gx = problem.inequalityProduct(x)
    let Px =
      costProduct ?? problem.quadraticCost?.compensatedProduct(x)
      ?? [Double](repeating: 0, count: problem.variableCount)
    let rows = TwoSided(duals.inequality, problem.inequalityLower, problem.inequalityUpper)
    let bounds = TwoSided(duals.bounds, problem.lowerBounds, problem.upperBounds)

    var primal = max(rows.violation(at: Gx), bounds.violation(at: x))
    for (value, target) in zip(Ax, problem.equalityValues) {
      primal = max(primal, abs(value - target))
    }
    let Fx = problem.coneMatrix.compensatedProduct(x)
    primal = max(primal, problem.largestConeViolation(zip(Fx, problem.coneOffsets).map { $0 + $1 }))
    let Fᵀv = problem.coneMatrix.compensatedTransposedProduct(duals.cones)
    let Aᵀy = problem.equalityMatrix.compensatedTransposedProduct(duals.equality)
    let Gᵀw = problem.inequalityTransposedProduct(rows.multipliers)
    var dual = problem.largestDualConeViolation(duals.cones)
    var dualScale = 0.0
    var objectiveError = 0.0
    var gap = CompensatedSum()
    var objective = CompensatedSum()
    for j in 0..<problem.variableCount {
      let c = problem.linearCost[j]
      var sum = CompensatedSum()
      for term in [Px[j], c, Aᵀy[j], Gᵀw[j], Fᵀv[j], bounds.multipliers[j]] { sum.add(term) }
      dual = max(dual, abs(sum.value))
      objectiveError += abs(sum.value * x[j])
      dualScale = max(dualScale, abs(Px[j]), abs(c), abs(Aᵀy[j] + Gᵀw[j] + Fᵀv[j]))
      gap.add(Px[j], times: x[j])
      gap.add(c, times: x[j])
      objective.add(0.5 * Px[j], times: x[j])
      objective.add(c, times: x[j])
    }
    for (b, y) in zip(problem.equalityValues, duals.equality) { gap.add(b, times: y) }
    rows.addSupport(to: &gap)
    bounds.addSupport(to: &gap)
    for (g, v) in zip(problem.coneOffsets, duals.cones) { gap.add(-g, times: v) }

    let primalScale = (Ax + Gx + x + Fx).reduce(0) { max($0, abs($1)) }
    self.primal = primal
    self.dual = dual
    self.gap = abs(gap.value)
    relativePrimal = primal / (1 + primalScale)
    relativeDual = dual / (1 + dualScale)
    relativeGap = abs(gap.value) / max(1, abs(objective.value))
    relativeObjectiveError = objectiveError / max(1, abs(objective.value))
  }
}

/// Multipliers of two-sided rows with their limits; a part on an infinite side is dropped.
struct TwoSided {
  let multipliers: [Double]
  let lower: [Double]
  let upper: [Double]

  init(_ multipliers: [Double], _ lower: [Double], _ upper: [Double]) {
    self.lower = lower
    self.upper = upper
    self.multipliers = multipliers.indices.map { i in
      let limit = multipliers[i] > 0 ? upper[i] : lower[i]
      return limit.isFinite ? multipliers[i] : 0
    }
  }

  func violation(at values: [Double]) -> Double {
    var largest = 0.0
    for (i, value) in values.enumerated() {
      largest = max(largest, lower[i] - value, value - upper[i])
    }
    return largest
  }

  /// Adds Σ uᵢwᵢ⁺ + lᵢwᵢ⁻.
  func addSupport(to sum: inout CompensatedSum) {
    for (i, multiplier) in multipliers.enumerated() where multiplier != 0 {
      sum.add(multiplier > 0 ? upper[i] : lower[i], times: multiplier)
    }
  }
}

extension Duals {
  var areFinite: Bool {
    equality.allSatisfy(\.isFinite) && inequality.allSatisfy(\.isFinite)
      && bounds.allSatisfy(\.isFinite) && cones.allSatisfy(\.isFinite)
  }
}
