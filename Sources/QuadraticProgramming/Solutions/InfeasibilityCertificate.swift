internal import LinearAlgebra

/// A proof that no point satisfies the constraints (Farkas).
///
/// The multipliers satisfy Aᵀy + Gᵀw + z + Fᵀv = 0 up to ``residual``, with −v in the cones, while
/// bᵀy + uᵀw⁺ + lᵀw⁻ + xuᵀz⁺ + xlᵀz⁻ − gᵀv = −1. Since every feasible x would make the left sides of the
/// rows sum to zero, none exists within ‖x‖₁ < 1/residual; with a residual of zero, none at all.
/// The rows with large multipliers are the ones in conflict.
public struct InfeasibilityCertificate: Sendable, Hashable {
  /// y, w, z and v, scaled so that the support value is −1. Zero where a single row or bound is crossed.
  public let duals: Duals
  /// The largest entry of |Aᵀy + Gᵀw + z + Fᵀv|.
  public let residual: Double
  /// A row or bound whose lower side exceeds its upper side: then it alone is the proof.
  public let crossed: Crossing?

  /// A constraint that contradicts itself.
  public enum Crossing: Sendable, Hashable {
    /// Row `index` of G.
    case inequality(_ index: Int)
    /// The bounds of variable `index`.
    case bounds(_ index: Int)
  }
}

/// A proof that the objective falls without limit: d with Pd = 0, Ad = 0, d pointing into the sides
/// of the rows and bounds, Fd in the cones, all up to ``residual``, and cᵀd = −1. A feasible program is then unbounded.
public struct UnboundedRay: Sendable, Hashable {
  /// d, an entry per variable, scaled so that cᵀd = −1.
  public let direction: [Double]
  /// The largest violation of Pd = 0, Ad = 0, of the sides and of the cones.
  public let residual: Double
}

extension InfeasibilityCertificate {
  /// The first row or bound whose sides are crossed.
  init?(crossingIn problem: QuadraticProgram) {
    if let row = problem.inequalityLower.indices.first(where: {
      problem.inequalityLower[$0] > problem.inequalityUpper[$0]
    }) {
      crossed = .inequality(row)
    } else if let variable = problem.lowerBounds.indices.first(where: {
      problem.lowerBounds[$0] > problem.upperBounds[$0]
    }) {
      crossed = .bounds(variable)
    } else {
      return nil
    }
    duals = .zero(for: problem)
    residual = 0
  }

  /// The certificate that y, w and v give, if they give one. The bounds absorb what Aᵀy + Gᵀw + Fᵀv leaves
  /// wherever the needed side is finite. Accepted when the residual is below the tolerance, or when it
  /// is at the level of rounding, and the support value is no rounding error. A candidate that is close
  /// is corrected once and verified again.
  init?(
    verifying candidate: Duals, for problem: QuadraticProgram, tolerance: Double,
    correcting: Bool = true
  ) {
    guard candidate.areFinite else { return nil }
    let rows = TwoSided(candidate.inequality, problem.inequalityLower, problem.inequalityUpper)
    let Aᵀy = problem.equalityMatrix.compensatedTransposedProduct(candidate.equality)
    let Gᵀw = problem.inequalityTransposedProduct(rows.multipliers)
    let cones = problem.liftedIntoDualCone(candidate.cones)
    let Fᵀv = problem.coneMatrix.compensatedTransposedProduct(cones)
    var z = [Double](repeating: 0, count: problem.variableCount)
    var residual = 0.0
    var scale = 0.0
    for j in z.indices {
      let needed = -(Aᵀy[j] + Gᵀw[j] + Fᵀv[j])
      scale = max(scale, abs(Aᵀy[j]), abs(Gᵀw[j]), abs(Fᵀv[j]))
      let limit = needed > 0 ? problem.upperBounds[j] : problem.lowerBounds[j]
      if limit.isFinite { z[j] = needed } else { residual = max(residual, abs(needed)) }
    }
    let bounds = TwoSided(z, problem.lowerBounds, problem.upperBounds)
    var support = CompensatedSum()
    for (b, y) in zip(problem.equalityValues, candidate.equality) { support.add(b, times: y) }
    rows.addSupport(to: &support)
    bounds.addSupport(to: &support)
    for (g, v) in zip(problem.coneOffsets, cones) { support.add(-g, times: v) }
    let size =
      zip(problem.equalityValues, candidate.equality).reduce(0) { $0 + abs($1.0 * $1.1) }
      + rows.supportSize + bounds.supportSize
      + zip(problem.coneOffsets, cones).reduce(0) { $0 + abs($1.0 * $1.1) }
    let gain = -support.value
    guard gain > 1e-8 * size, gain > 0 else { return nil }
    let isRounding =
      residual <= 1e-13 * scale
      && problem.isRounding(
        z.indices.map { z[$0] == 0 ? -(Aᵀy[$0] + Gᵀw[$0] + Fᵀv[$0]) : 0 }, in: candidate)
    guard residual <= tolerance * gain || isRounding else {
      guard correcting, residual <= 1e-5 * gain else { return nil }
      let left = z.indices.map { z[$0] == 0 ? -(Aᵀy[$0] + Gᵀw[$0] + Fᵀv[$0]) : 0 }
      let corrected = Duals(
        equality: candidate.equality, inequality: rows.multipliers, bounds: z, cones: cones
      ).corrected(by: left, for: problem)
      self.init(verifying: corrected, for: problem, tolerance: tolerance, correcting: false)
      return
    }
    self.init(
      duals: Duals(
        equality: candidate.equality.map { $0 / gain },
        inequality: rows.multipliers.map { $0 / gain }, bounds: z.map { $0 / gain },
        cones: cones.map { $0 / gain }),
      residual: residual / gain, crossed: nil)
  }
}

extension UnboundedRay {
  /// The ray along a candidate, if it is one; entries that a bound forbids are set to zero first.
  init?(verifying candidate: [Double], for problem: QuadraticProgram, tolerance: Double) {
    guard candidate.allSatisfy(\.isFinite) else { return nil }
    let d = candidate.indices.map { j in
      min(
        max(candidate[j], problem.lowerBounds[j] > -.infinity ? 0 : -.infinity),
        problem.upperBounds[j] < .infinity ? 0 : .infinity)
    }
    var slope = CompensatedSum()
    var size = 0.0
    for (c, dⱼ) in zip(problem.linearCost, d) {
      slope.add(c, times: dⱼ)
      size += abs(c * dⱼ)
    }
    let gain = -slope.value
    guard gain > 1e-8 * size, gain > 0 else { return nil }
    let Pd = problem.quadraticCost?.compensatedProduct(d) ?? []
    let Ad = problem.equalityMatrix.compensatedProduct(d)
    let Gd = problem.inequalityProduct(d)
    var residual = (Pd + Ad).reduce(0) { max($0, abs($1)) }
    for (i, value) in Gd.enumerated() {
      if problem.inequalityUpper[i] < .infinity { residual = max(residual, value) }
      if problem.inequalityLower[i] > -.infinity { residual = max(residual, -value) }
    }
    let Fd = problem.coneMatrix.compensatedProduct(d)
    residual = max(residual, problem.largestConeViolation(Fd))
    let largest = d.reduce(0) { max($0, abs($1)) }
    let isRounding =
      residual <= 1e-13 * largest && problem.isRounding(Pd: Pd, Ad: Ad, Gd: Gd, along: d)
    guard residual <= tolerance * gain || isRounding else { return nil }
    direction = d.map { $0 / gain }
    self.residual = residual / gain
  }
}

/// Whether what is left of a sum is rounding, judged by the terms of that sum alone: in badly scaled
/// data the largest terms anywhere say nothing about it.
extension QuadraticProgram {
  private static let rounding = 1e-8

  fileprivate func isRounding(_ left: [Double], in duals: Duals) -> Bool {
    let A = equalityMatrix.transposedMagnitudes(duals.equality)
    let G = inequalityMatrix.transposedMagnitudes(duals.inequality)
    let F = coneMatrix.transposedMagnitudes(duals.cones)
    return left.indices.allSatisfy { abs(left[$0]) <= Self.rounding * (A[$0] + G[$0] + F[$0]) }
  }

  fileprivate func isRounding(
    Pd: [Double], Ad: [Double], Gd: [Double], along d: [Double]
  ) -> Bool {
    let P = quadraticCost.map { $0.magnitudes(d) } ?? []
    let A = equalityMatrix.magnitudes(d)
    let G = inequalityMatrix.magnitudes(d)
    return zip(Pd + Ad, P + A).allSatisfy { abs($0) <= Self.rounding * $1 }
      && G.indices.allSatisfy { i in
        (inequalityUpper[i] == .infinity || Gd[i] <= Self.rounding * G[i])
          && (inequalityLower[i] == -.infinity || -Gd[i] <= Self.rounding * G[i])
      }
  }
}

extension QuadraticCost {
  fileprivate func magnitudes(_ x: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: rows)
    for j in 0..<columns where x[j] != 0 {
      forEachEntry(ofColumn: j) { i, value in sums[i] += abs(value * x[j]) }
    }
    return sums
  }
}

extension SparseMatrix {
  /// Σ |sᵢⱼ xⱼ| for each row.
  fileprivate func magnitudes(_ x: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: rows)
    for j in 0..<columns where x[j] != 0 {
      for k in entries(ofColumn: j) { sums[Int(rowIndices[k])] += abs(values[k] * x[j]) }
    }
    return sums
  }

  /// Σ |sᵢⱼ yᵢ| for each column.
  fileprivate func transposedMagnitudes(_ y: [Double]) -> [Double] {
    (0..<columns).map { j in
      entries(ofColumn: j).reduce(0) { $0 + abs(values[$1] * y[Int(rowIndices[$1])]) }
    }
  }
}

extension Duals {
  static func zero(for problem: QuadraticProgram) -> Duals {
    Duals(
      equality: [Double](repeating: 0, count: problem.equalityCount),
      inequality: [Double](repeating: 0, count: problem.inequalityCount),
      bounds: [Double](repeating: 0, count: problem.variableCount),
      cones: [Double](repeating: 0, count: problem.coneRowCount))
  }
}

extension Duals {
  /// Multipliers v changed so that Aᵀy + Gᵀw grows by `target` in its nonzero entries: v + |v| δ with
  /// the δ of least norm, by conjugate gradients on the normal equations. Relative changes keep the
  /// signs and leave the multipliers of idle rows alone.
  fileprivate func corrected(by target: [Double], for problem: QuadraticProgram) -> Duals {
    var result = self
    var residual = target
    func gradient() -> (y: [Double], w: [Double]) {
      let y = problem.equalityMatrix.compensatedProduct(residual)
      let w = problem.inequalityProduct(residual)
      return (zip(y, equality).map { $0 * abs($1) }, zip(w, inequality).map { $0 * abs($1) })
    }
    func norm(_ g: (y: [Double], w: [Double])) -> Double {
      g.y.reduce(0) { $0 + $1 * $1 } + g.w.reduce(0) { $0 + $1 * $1 }
    }
    var direction = gradient()
    var size = norm(direction)
    for _ in 0..<20 where size > 0 {
      let Δy = zip(direction.y, equality).map { $0 * abs($1) }
      let Δw = zip(direction.w, inequality).map { $0 * abs($1) }
      let Aᵀ = problem.equalityMatrix.compensatedTransposedProduct(Δy)
      let Gᵀ = problem.inequalityTransposedProduct(Δw)
      let image = target.indices.map { target[$0] == 0 ? 0 : Aᵀ[$0] + Gᵀ[$0] }
      let curvature = image.reduce(0) { $0 + $1 * $1 }
      guard curvature > 0 else { break }
      let α = size / curvature
      for i in Δy.indices { result.equality[i] += α * Δy[i] }
      for i in Δw.indices { result.inequality[i] += α * Δw[i] }
      for j in image.indices { residual[j] -= α * image[j] }
      let next = gradient()
      let β = norm(next) / size
      direction = (
        zip(next.y, direction.y).map { $0 + β * $1 }, zip(next.w, direction.w).map { $0 + β * $1 }
      )
      size = norm(next)
    }
    return result
  }
}

extension TwoSided {
  /// Σ |uᵢwᵢ⁺| + |lᵢwᵢ⁻|.
  var supportSize: Double {
    multipliers.indices.reduce(0) { sum, i in
      multipliers[i] == 0
        ? sum : sum + abs(multipliers[i] * (multipliers[i] > 0 ? upper[i] : lower[i]))
    }
  }
}
