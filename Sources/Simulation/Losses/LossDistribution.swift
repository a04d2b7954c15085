internal import CKernels

/// The empirical distribution of a loss: one value for each scenario, losses positive.
///
/// Scenarios may carry weights; without them all weigh the same, and nothing is sorted: each question
/// costs one pass that gathers the tail, and a selection within it.
///
/// Value-at-risk and expected shortfall follow one convention, that of the tail of mass p = 1 − α.
/// With losses L₍₁₎ ≥ L₍₂₎ ≥ … of n equally likely scenarios,
///
///     VaR_α = L₍⌊np⌋₊₁₎,   ES_α = (1/np) (Σ_{i ≤ ⌊np⌋} L₍ᵢ₎ + (np − ⌊np⌋) L₍⌊np⌋₊₁₎),
///
/// the mean of the worst np scenarios, the last of them counted in part (Acerbi and Tasche, "On the
/// coherence of expected shortfall", J. Banking & Finance 26, 2002). This ES is coherent, never less
/// than VaR, and continuous in α. With weights, mass takes the place of counts. A product np within
/// rounding of a whole number is taken as that number.
public struct LossDistribution: Sendable {
  /// The losses, in the order of the scenarios.
  public let losses: [Double]
  /// Probabilities of the scenarios, which sum to 1; nil where all are equal.
  public let weights: [Double]?

  /// The number of scenarios.
  public var count: Int { losses.count }

  /// The distribution of given losses.
  ///
  /// - Parameters:
  ///   - losses: one for each scenario, in the same unit.
  ///   - weights: relative weights, scaled here to sum to 1; nil where all are equal.
  /// - Throws: `SimulationError` where there is no loss, one is not finite, or weights are
  ///   negative, not finite, all zero, or of another count.
  public init(losses: [Double], weights: [Double]? = nil) throws(SimulationError) {
    if losses.isEmpty { throw .empty("losses") }
    if ck_all_finite(losses, losses.count) == 0,
      let bad = losses.firstIndex(where: { !$0.isFinite })
    {
      throw .notFinite("loss", at: bad, value: losses[bad])
    }
    self.losses = losses
    if let weights {
      if weights.count != losses.count {
        throw .size("weights of losses", expected: losses.count, found: weights.count)
      }
      try checkWeights(weights)
      let total = weights.compensatedSum()
      self.weights = weights.map { $0 / total }
    } else {
      self.weights = nil
    }
  }

  /// The probability of scenario i.
  func weight(_ i: Int) -> Double { weights?[i] ?? 1 / Double(count) }

  /// Σᵢ wᵢ f(Lᵢ).
  func expectation(_ f: @escaping (Double) -> Double) -> Double {
    guard let weights else {
      return losses.lazy.map(f).compensatedSum() / Double(count)
    }
    return zip(weights, losses).lazy.map { $0 * f($1) }.compensatedSum()
  }

  /// The number of equally likely scenarios that would be as informative: 1 / Σ wᵢ² (Kish 1965).
  public var effectiveCount: Double {
    weights.map { 1 / $0.lazy.map { $0 * $0 }.compensatedSum() } ?? Double(count)
  }

  /// The mean loss.
  public var mean: Double { expectation { $0 } }

  /// The standard deviation with Bessel's correction, n/(n − 1) or 1/(1 − Σ wᵢ²); 0 for a single
  /// scenario.
  public var standardDeviation: Double {
    let μ = mean
    let correction = 1 - 1 / effectiveCount
    return correction > 0 ? (expectation { ($0 - μ) * ($0 - μ) } / correction).squareRoot() : 0
  }

  /// The greatest loss of any scenario.
  public var worst: Double { losses.max() ?? .nan }
}

/// Value-at-risk and expected shortfall of one loss at one confidence.
public struct TailRisk: Sendable, Hashable {
  /// The loss that is exceeded with probability 1 − confidence at most.
  public let valueAtRisk: Double
  /// The mean of the worst losses, of probability 1 − confidence.
  public let expectedShortfall: Double

  /// Two measures of one loss at one confidence.
  public init(valueAtRisk: Double, expectedShortfall: Double) {
    self.valueAtRisk = valueAtRisk
    self.expectedShortfall = expectedShortfall
  }
}

extension LossDistribution {
  /// The loss that is exceeded with probability 1 − `confidence` at most, by the convention above.
  /// - Precondition: `confidence` lies in (0, 1).
  /// - Complexity: O(n) expected; O(n log n) with weights.
  public func valueAtRisk(_ confidence: Double) -> Double {
    requireConfidence(confidence)
    if weights != nil { return weightedUpperQuantile(tail: 1 - confidence) }
    return unweightedTail(confidence).value
  }

  /// The mean loss of the worst 1 − `confidence` of probability, by the convention above.
  /// - Precondition: `confidence` lies in (0, 1).
  /// - Complexity: that of `valueAtRisk`.
  public func expectedShortfall(_ confidence: Double) -> Double {
    tailRisk(confidence).expectedShortfall
  }

  /// Both measures from one pass over the losses.
  /// - Precondition: `confidence` lies in (0, 1).
  /// - Complexity: that of `valueAtRisk`.
  public func tailRisk(_ confidence: Double) -> TailRisk {
    requireConfidence(confidence)
    let p = 1 - confidence
    if weights != nil {
      let q = weightedUpperQuantile(tail: p)
      return TailRisk(valueAtRisk: q, expectedShortfall: q + expectation { max($0 - q, 0) } / p)
    }
    let (q, excess) = unweightedTail(confidence)
    return TailRisk(valueAtRisk: q, expectedShortfall: q + excess / (Double(count) * p))
  }

  /// Both measures of equally likely losses, in the one pass that also looks for losses that are not
  /// numbers: what `init` and `tailRisk(_:)` give, in two thirds of their time.
  /// - Precondition: `confidence` lies in (0, 1).
  /// - Throws: `SimulationError` where there is no loss, or one is not finite.
  /// - Complexity: O(n).
  public static func tailRisk(
    _ confidence: Double, of losses: [Double]
  ) throws(SimulationError) -> TailRisk {
    requireConfidence(confidence)
    if losses.isEmpty { throw .empty("losses") }
    guard
      let (q, excess) = Selection.upperTail(exceeding(confidence, of: losses.count), of: losses)
    else {
      let bad = losses.firstIndex { !$0.isFinite } ?? 0
      throw .notFinite("loss", at: bad, value: losses[bad])
    }
    return TailRisk(
      valueAtRisk: q,
      expectedShortfall: q + excess / (Double(losses.count) * (1 - confidence)))
  }

  /// Value-at-risk and the sum of what the larger losses exceed it by.
  private func unweightedTail(_ confidence: Double) -> (value: Double, excess: Double) {
    Selection.upperTail(Self.exceeding(confidence, of: count), of: losses) ?? (.nan, .nan)
  }

  /// ⌊np⌋, the number of scenarios that count in full.
  private static func exceeding(_ confidence: Double, of count: Int) -> Int {
    let whole = Int(wholeIfNear(Double(count) * (1 - confidence)).rounded(.down))
    return min(whole, count - 1)
  }

  /// The largest loss such that the losses at and above it have a mass of more than `tail`.
  func weightedUpperQuantile(tail: Double) -> Double {
    let order = largest(ofMass: tail)
    var mass = 0.0
    for i in order {
      mass += weight(i)
      if mass > tail * (1 + 1e-12) { return losses[i] }
    }
    return losses[order[order.count - 1]]
  }

  /// Scenarios in the order of their losses, the largest first: as many as make up more than a mass, or
  /// all of them.
  private func largest(ofMass tail: Double) -> [Int] {
    let step = max(count / 4096, 1)
    let sample = stride(from: step / 2, to: count, by: step).sorted { losses[$0] > losses[$1] }
    let total = sample.reduce(0.0) { $0 + weight($1) }
    var mass = 0.0
    if let last = sample.first(where: {
      mass += weight($0)
      return mass > (1.2 * tail + 0.01) * total
    }) {
      let threshold = losses[last]
      let reached = losses.indices.filter { losses[$0] >= threshold }
      if reached.reduce(0.0, { $0 + weight($1) }) > tail * (1 + 1e-9) {
        return reached.sorted { losses[$0] > losses[$1] }
      }
    }
    return losses.indices.sorted { losses[$0] > losses[$1] }
  }
}

/// `x`, or the whole number that it misses by rounding alone: 1000 (1 − 0.9) is 99.99999999999997.
func wholeIfNear(_ x: Double) -> Double {
  let whole = x.rounded()
  return abs(x - whole) <= 1e-12 * max(abs(x), 1) ? whole : x
}
