internal import Foundation
public import LinearAlgebra
internal import Probability

/// Value-at-risk and expected shortfall of any loss of normal factors by simulation, with the delta-gamma
/// approximation of the loss to draw where it counts.
///
/// The loss is computed in full for every draw; the approximation only guides. The better it is, the fewer
/// losses are needed. Where it sees no loss, guided draws never go: a tenth of the draws of
/// `importanceSampling` and `stratified` are therefore plain, and all are weighted by the mixture, so that
/// no weight exceeds ten times that of a plain draw, and large losses that the approximation misses
/// show, in the estimate and in its standard error, as they would among so many plain draws. Draw k
/// depends on the seed and k alone.
///
/// Sources: Glasserman, Heidelberger and Shahabuddin, "Variance reduction techniques for estimating
/// value-at-risk", Management Science 46 (2000); Hesterberg, "Weighted average importance sampling and
/// defensive mixture distributions", Technometrics 37 (1995).
public struct TailSimulation: Sendable {
  /// How losses are drawn and weighted.
  public enum Method: Sendable, Hashable {
    /// Independent draws of the factors' own distribution.
    case plain
    /// Plain draws, the estimates moved by regression on two controls: whether the approximation
    /// exceeds its value-at-risk, and by how much; their means are known exactly.
    case controlVariate
    /// Draws weighted by e^{θY}, Y the approximation and θ such that its mean is its value-at-risk, beside
    /// a tenth of plain ones.
    case importanceSampling
    /// The same, drawn in strata of Y of equal probability, as many losses in each, the bounds exact.
    case stratified(strata: Int)
    /// The same weights, on independently scrambled Sobol points, the coordinate that moves the
    /// approximation most first. Each of the replications has as many points, best a power of two, and
    /// the standard errors come from how they differ. No draw is plain: what the approximation misses
    /// altogether is missed here too.
    case quasiRandom(replications: Int)
  }

  /// The loss's approximation, with the distribution of the factors, which must be normal.
  public let approximation: DeltaGammaRisk
  /// How losses are drawn and weighted.
  public let method: Method
  /// How many losses are computed.
  public let count: Int
  /// Seed of the draws.
  public let seed: UInt64

  /// Draws made and losses computed together.
  private static let batch = 8192
  /// One draw of so many is plain where the others are guided.
  private static let plainShare = 10
  private static let mostPlainStrata = 25

  /// A simulation of so many losses.
  /// - Throws: `SimulationError.outOfRange` for Student t factors, fewer than 100 losses, strata of
  ///   fewer than two, or replications of fewer than ten.
  public init(
    approximation: DeltaGammaRisk, method: Method = .stratified(strata: 100), count: Int,
    seed: UInt64 = 0
  ) throws(SimulationError) {
    if case .studentT(let ν) = approximation.shape {
      throw .outOfRange(
        "degrees of freedom", value: ν,
        reason: "the simulation guided by delta-gamma needs normal factors")
    }
    if count < 100 {
      throw .outOfRange(
        "losses to simulate", value: Double(count), reason: "at least 100 are needed")
    }
    if case .stratified(let strata) = method, strata < 1 || 2 * strata > count {
      throw .outOfRange(
        "strata", value: Double(strata),
        reason: "there must be at least one, and two losses in each")
    }
    if case .quasiRandom(let replications) = method, replications < 2 || 10 * replications > count {
      throw .outOfRange(
        "replications", value: Double(replications),
        reason: "there must be at least two, and ten losses in each")
    }
    self.approximation = approximation
    self.method = method
    self.count = count
    self.seed = seed
  }

  /// Value-at-risk and expected shortfall with their standard errors.
  ///
  /// - Parameters:
  ///   - confidence: α, in (0, 1).
  ///   - losses: the losses at moves of the factors, one for each row.
  /// - Throws: what `losses` throws; `SimulationError` for losses that are not finite or of another count.
  public func estimate(
    _ confidence: Double, losses: (_ moves: Matrix) throws -> [Double]
  ) throws -> TailEstimate {
    requireConfidence(confidence)
    let law = approximation.law
    if law.standardDeviation == 0 {
      throw SimulationError.outOfRange(
        "standard deviation of the delta-gamma loss", value: 0,
        reason: "an approximation that does not move cannot guide a simulation; use MonteCarlo")
    }
    let (x, at, contour) = try law.quantile(tail: 1 - confidence)
    let excess = contour.isUpper ? at.excess : law.mean - x + at.excess
    let isTilted = method != .plain && method != .controlVariate
    let sampler = TiltedSampler(approximation, θ: isTilted ? law.tilt(to: x) : 0)
    var draw = Draw(sampler: sampler)
    switch method {
    case .plain, .controlVariate:
      try add(count, sampler, group: 0, &draw, losses)
    case .importanceSampling:
      let plain = sampler.θ == 0 ? 0 : count / Self.plainShare
      try add(count - plain, sampler, group: 0, &draw, losses)
      if plain > 0 {
        draw.plainGroupCount = 1
        try add(plain, TiltedSampler(approximation, θ: 0), group: 1, &draw, losses)
      }
    case .stratified(let strata):
      let plain = sampler.θ == 0 ? 0 : min(count / Self.plainShare, count - 2 * strata)
      draw.groupCount = strata
      try fill(strata, count - plain, sampler, firstGroup: 0, &draw, losses)
      if plain > 0 {
        draw.plainGroupCount = max(1, min(strata, Self.mostPlainStrata, plain / 2))
        try fill(
          draw.plainGroupCount, plain, TiltedSampler(approximation, θ: 0), firstGroup: strata,
          &draw, losses)
      }
    case .quasiRandom(let replications):
      try scramble(replications, sampler, &draw, losses)
    }
    var sample = draw.sample()
    if method == .controlVariate {
      let p = 1 - confidence
      sample.calibrate(to: [
        draw.approximations.map { ($0 > x ? 1 : 0) - p },
        draw.approximations.map { max($0 - x, 0) - excess },
      ])
    }
    return try sample.estimate(confidence)
  }

  /// The stream of draws whose first group is this; plain ones have their own.
  private func stream(ofGroup group: Int) -> UInt32 { group == 0 ? 0 : .max }

  /// Independent draws of a sampler, all in one group.
  private func add(
    _ count: Int, _ sampler: TiltedSampler, group: Int, _ draw: inout Draw,
    _ losses: (Matrix) throws -> [Double]
  ) throws {
    for first in stride(from: 0, to: count, by: Self.batch) {
      let paths = first..<min(first + Self.batch, count)
      var Z = normals(paths, stream: stream(ofGroup: group))
      let Y = sampler.tilt(&Z, paths: paths.count)
      try draw.add(Z, Y, groups: [Int](repeating: group, count: paths.count), losses)
    }
  }

  /// Standard normals of a range of paths, paths × dimension by columns.
  private func normals(_ paths: Range<Int>, stream: UInt32) -> [Double] {
    let size = paths.count * approximation.slopes.count
    return [Double](unsafeUninitializedCapacity: size) { buffer, filled in
      RandomStream(seed: seed, stream: stream).fillNormals(
        UnsafeMutableBufferPointer(rebasing: buffer[..<size]), paths: paths,
        dimension: approximation.slopes.count)
      filled = size
    }
  }

  /// Scrambled Sobol points, one scrambling after the other.
  private func scramble(
    _ replications: Int, _ sampler: TiltedSampler, _ draw: inout Draw,
    _ losses: (Matrix) throws -> [Double]
  ) throws {
    let n = sampler.dimension
    draw.groupCount = replications
    draw.design = .repetitions
    let order = sampler.coordinates
    for r in 0..<replications {
      let sequence = try SobolSequence(
        dimension: n, stream: RandomStream(seed: seed, stream: UInt32(r)))
      let points = count / replications
      for first in stride(from: 0, to: points, by: Self.batch) {
        let range = first..<min(first + Self.batch, points)
        let normals = sequence.normals(range)
        var Z = [Double](repeating: 0, count: range.count * n)
        for (k, j) in order.enumerated() {
          Z.replaceSubrange(
            (j * range.count)..<((j + 1) * range.count),
            with: normals.elements[(k * range.count)..<((k + 1) * range.count)])
        }
        let Y = sampler.tilt(&Z, paths: range.count)
        try draw.add(Z, Y, groups: [Int](repeating: r, count: range.count), losses)
      }
    }
  }

  /// Draws until every stratum has its losses; what falls into a full one is passed over, which leaves
  /// the draws within each stratum independent.
  private func fill(
    _ strata: Int, _ count: Int, _ sampler: TiltedSampler, firstGroup: Int, _ draw: inout Draw,
    _ losses: (Matrix) throws -> [Double]
  ) throws {
    let bounds = try sampler.bounds(strata: strata)
    var missing = (0..<strata).map { count / strata + ($0 < count % strata ? 1 : 0) }
    let n = sampler.dimension
    var first = 0
    while missing.contains(where: { $0 > 0 }) {
      let paths = first..<(first + Self.batch)
      first += Self.batch
      var Z = normals(paths, stream: stream(ofGroup: firstGroup))
      let Y = sampler.tilt(&Z, paths: paths.count)
      var (kept, groups) = ([Int](), [Int]())
      for i in Y.indices {
        let stratum = bounds.partitioningIndex { $0 >= Y[i] }
        if missing[stratum] == 0 { continue }
        missing[stratum] -= 1
        kept.append(i)
        groups.append(firstGroup + stratum)
      }
      if kept.isEmpty { continue }
      var part: [Double] = []
      part.reserveCapacity(kept.count * n)
      for j in 0..<n { part += kept.map { Z[$0 + j * paths.count] } }
      try draw.add(part, kept.map { Y[$0] }, groups: groups, losses)
    }
  }
}

/// The losses drawn so far, with their approximations and groups.
private struct Draw {
  let sampler: TiltedSampler
  /// Groups of guided draws.
  var groupCount = 1
  /// Groups of plain draws, which come after those.
  var plainGroupCount = 0
  var design = WeightedTailSample.Design.strata
  private(set) var approximations: [Double] = []
  private var values: [Double] = []
  private var groups: [Int] = []

  init(sampler: TiltedSampler) { self.sampler = sampler }

  /// Computes the losses of paths Z, rows × dimension by columns.
  mutating func add(
    _ Z: [Double], _ Y: [Double], groups: [Int], _ losses: (Matrix) throws -> [Double]
  ) throws {
    let found = try losses(
      sampler.moves(Matrix(rows: Y.count, columns: sampler.dimension, elements: Z)))
    if found.count != Y.count {
      throw SimulationError.size("losses of moves", expected: Y.count, found: found.count)
    }
    if let bad = found.firstIndex(where: { !$0.isFinite }) {
      throw SimulationError.notFinite("loss of move", at: bad, value: found[bad])
    }
    approximations += Y
    values += found
    self.groups += groups
  }

  /// A loss weighs its likelihood ratio over the number of groups, which are of equal probability, times
  /// the losses in its own. With a share α of plain draws the ratio is that to the mixture of both
  /// distributions, 1 / (α + (1 − α) / ratio), the groups of guided draws share 1 − α, those of plain ones α.
  func sample() -> WeightedTailSample {
    let all = groupCount + plainGroupCount
    var sizes = [Int](repeating: 0, count: all)
    for g in groups { sizes[g] += 1 }
    let α = Double(sizes[groupCount...].reduce(0, +)) / Double(max(values.count, 1))
    return WeightedTailSample(
      losses: values,
      weights: approximations.indices.map { k in
        let (g, ratio) = (groups[k], sampler.likelihoodRatio(approximations[k]))
        if plainGroupCount == 0 { return ratio / Double(groupCount * sizes[g]) }
        let share = g < groupCount ? (1 - α) / Double(groupCount) : α / Double(plainGroupCount)
        return share / ((α + (1 - α) / ratio) * Double(sizes[g]))
      },
      groups: groups, groupCount: all, design: design)
  }
}

extension [Double] {
  /// The first index whose element satisfies a predicate that, once true, stays true.
  fileprivate func partitioningIndex(_ isAfter: (Double) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isAfter(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
