internal import LinearAlgebra

/// Good supports: forward selection, then exchanges of one and of two variables until none helps.
///
/// Values are those without bounds; the caller evaluates what is returned. Exchanges use the
/// reduced problem that is left when the outgoing variables are taken from the support: the best
/// entry is then the best gain g²/S, and the best pair a scan over pairs.
struct SubsetHeuristics {
  let source: SubsetSelection
  let problem: ReducedSelection

  /// `start` filled up by forward selection to the limit.
  func forward(from start: [Int] = []) -> [Int] {
    var chosen = start
    while chosen.count < source.limit {
      let rest = source.candidates.filter { !chosen.contains($0) }
      problem.reduce(including: chosen, leaving: rest)
      guard let entry = bestSingle() else { break }
      chosen.append(problem.variables[entry.index])
    }
    return chosen
  }

  /// A support that no exchange of one variable improves, nor, when `pairs`, one of two.
  func exchanged(_ start: [Int], pairs: Bool, shouldStop: () -> Bool) -> [Int] {
    var (chosen, value) = (start, valueOf(start))
    while !shouldStop() {
      if let better = singleExchange(chosen, below: value) {
        (chosen, value) = better
      } else if pairs, chosen.count >= 2, let better = pairExchange(chosen, value, shouldStop) {
        (chosen, value) = better
      } else {
        break
      }
    }
    return chosen
  }

  private func valueOf(_ chosen: [Int]) -> Double {
    problem.reduce(including: chosen, leaving: [])
    return problem.constant
  }

  private func singleExchange(_ chosen: [Int], below value: Double) -> ([Int], Double)? {
    var best: ([Int], Double)?
    var least = value - 1e-10 * abs(value)
    for out in chosen {
      let kept = chosen.filter { $0 != out }
      problem.reduce(including: kept, leaving: source.candidates.filter { !kept.contains($0) })
      guard let entry = bestSingle() else { continue }
      if problem.constant - 0.5 * entry.gain < least {
        least = problem.constant - 0.5 * entry.gain
        best = (kept + [problem.variables[entry.index]], least)
      }
    }
    return best
  }

  private func pairExchange(
    _ chosen: [Int], _ value: Double, _ shouldStop: () -> Bool
  ) -> ([Int], Double)? {
    let least = value - 1e-10 * abs(value)
    for a in 1..<chosen.count {
      for b in 0..<a {
        if shouldStop() { return nil }
        let kept = chosen.indices.filter { $0 != a && $0 != b }.map { chosen[$0] }
        problem.reduce(including: kept, leaving: source.candidates.filter { !kept.contains($0) })
        guard let pair = bestPair() else { continue }
        let found = problem.constant - 0.5 * pair.gain
        if found < least {
          return (kept + [problem.variables[pair.first], problem.variables[pair.second]], found)
        }
      }
    }
    return nil
  }

  private func bestSingle() -> (index: Int, gain: Double)? {
    var best: (index: Int, gain: Double)?
    for i in 0..<problem.m {
      let gain = problem.g.base[i] * problem.g.base[i] / problem.S.base[i + i * problem.m]
      if gain > (best?.gain ?? -1) { best = (i, gain) }
    }
    return best
  }

  private func bestPair() -> (first: Int, second: Int, gain: Double)? {
    let (m, S, g) = (problem.m, problem.S.base, problem.g.base)
    var best: (first: Int, second: Int, gain: Double)?
    var most = -1.0
    for i in 0..<m {
      let (σ, gi) = (S[i + i * m], g[i])
      for j in 0..<i {
        let (τ, ρ, gj) = (S[j + j * m], S[j + i * m], g[j])
        let gain = gi * (gi * τ - 2 * gj * ρ) + gj * gj * σ
        let determinant = σ * τ - ρ * ρ
        if gain > most * determinant && determinant > 0 {
          most = gain / determinant
          best = (i, j, most)
        }
      }
    }
    return best
  }
}
