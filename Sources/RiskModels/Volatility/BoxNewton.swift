internal import LinearAlgebra

/// A smooth function of a few variables that is to be minimized, infinite where it is not defined.
package protocol SmoothObjective {
  func value(at x: [Double]) -> Double
  /// Value, gradient and Hessian (stored in full), nil where the function is not defined.
  func expansion(at x: [Double]) -> Expansion?
}

/// A function to second order at a point.
package struct Expansion {
  package var value: Double
  package var gradient: [Double]
  /// n × n in full.
  package var hessian: [Double]
}

/// Newton's method between bounds, for problems of a few variables.
///
/// Variables at a bound that the gradient presses against are held; the others take a Newton step,
/// made a descent by adding to the diagonal where the Hessian is not positive definite, and
/// projected on the bounds at each length of Armijo's rule. Source: Bertsekas, "Projected Newton
/// methods for optimization problems with simple constraints", SIAM J. Control Optim. 20 (1982).
struct BoxNewton {
  var lower: [Double]
  var upper: [Double]
  var iterationLimit = 200
  /// The predicted decrease ½ gᵀH⁻¹g at which the iteration ends.
  var tolerance = 1e-13

  struct Outcome {
    var x: [Double]
    var expansion: Expansion
    /// Which variables are not held at a bound.
    var free: [Int]
    var iterations: Int
    var isConverged: Bool
  }

  /// The minimum found from a start, nil where the function is not defined there.
  func minimize(_ f: some SmoothObjective, from start: [Double]) -> Outcome? {
    var x = projected(start)
    guard var at = f.expansion(at: x) else { return nil }
    for iteration in 0..<iterationLimit {
      let free = freeVariables(x, at.gradient)
      if free.isEmpty {
        return Outcome(x: x, expansion: at, free: [], iterations: iteration, isConverged: true)
      }
      let step = descent(at, free)
      let decrease = 0.5 * step.decrease
      let converged = decrease <= tolerance * max(1, abs(at.value) * 1e-3)
      guard let next = search(f, x, at.value, free, step, isLast: converged) else {
        return Outcome(
          x: x, expansion: at, free: free, iterations: iteration, isConverged: decrease <= 1e-8)
      }
      (x, at) = next
      if converged {
        return Outcome(
          x: x, expansion: at, free: freeVariables(x, at.gradient), iterations: iteration + 1,
          isConverged: true)
      }
    }
    return Outcome(
      x: x, expansion: at, free: freeVariables(x, at.gradient), iterations: iterationLimit,
      isConverged: false)
  }

  private func projected(_ x: [Double]) -> [Double] {
    x.indices.map { min(max(x[$0], lower[$0]), upper[$0]) }
  }

  private func freeVariables(_ x: [Double], _ g: [Double]) -> [Int] {
    x.indices.filter { !(x[$0] <= lower[$0] && g[$0] > 0) && !(x[$0] >= upper[$0] && g[$0] < 0) }
  }

  private struct Step {
    var direction: [Double]
    /// −gᵀd.
    var decrease: Double
  }

  /// The solution of (H + τ diag|H|) d = −g on the free variables, τ = 0 where that is a descent.
  private func descent(_ at: Expansion, _ free: [Int]) -> Step {
    let n = at.gradient.count
    let m = free.count
    let g = free.map { at.gradient[$0] }
    let size = free.map { i in
      let d = abs(at.hessian[i * n + i])
      return d > 0 ? d : 1
    }
    var τ = 0.0
    while true {
      var a = [Double](repeating: 0, count: m * m)
      for i in 0..<m {
        for j in 0..<m { a[i * m + j] = at.hessian[free[i] * n + free[j]] }
        a[i * m + i] += τ * size[i]
      }
      if let d = smallSolution(&a, g.map { -$0 }, scale: size) {
        let decrease = -zip(g, d).reduce(0) { $0 + $1.0 * $1.1 }
        return Step(direction: d, decrease: decrease)
      }
      τ = τ == 0 ? 1e-6 : τ * 10
    }
  }

  /// The first of x + d, x + d/2, … on the bounds that lowers the function enough; the last step is
  /// taken as it is, since rounding hides so small a decrease. The whole step is expanded at once, as it
  /// is the one that is nearly always taken.
  private func search(
    _ f: some SmoothObjective, _ x: [Double], _ value: Double, _ free: [Int], _ step: Step,
    isLast: Bool
  ) -> (x: [Double], expansion: Expansion)? {
    let slack = 1e-13 * abs(value)
    var length = 1.0
    for _ in 0..<60 {
      var next = x
      for (k, i) in free.enumerated() { next[i] += length * step.direction[k] }
      next = projected(next)
      let whole = length == 1 ? f.expansion(at: next) : nil
      let found = length == 1 ? whole?.value ?? .infinity : f.value(at: next)
      let isLower = found <= value - 1e-4 * length * step.decrease + slack
      if isLower || (isLast && found.isFinite) {
        guard next != x, let expansion = whole ?? f.expansion(at: next) else { return nil }
        return (next, expansion)
      }
      length *= 0.5
    }
    return nil
  }
}
