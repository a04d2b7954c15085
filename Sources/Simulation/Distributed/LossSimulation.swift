internal import LinearAlgebra

/// A Monte Carlo simulation of a book's losses as a pure function of ranges of paths, so that any engine
/// can spread it over threads, processes and machines.
///
/// ``losses(paths:)`` needs nothing but this value, which is made again from the same inputs wherever
/// paths are run: path k has the same loss in every range. Its results merge exactly
/// (``PartialLosses/merging(_:)``). That holds among machines on which the last bits agree of BLAS's
/// products and of the C library's `expm1` and `cos`: processors of one kind, one version of both.
public struct LossSimulation: Sendable {
  /// How the book is revalued on each path.
  public enum Method: Sendable, Hashable {
    /// Every option of the collapsed book on every path.
    case full
    /// Through functions of move and level whose error is within this part of the largest loss on the
    /// first paths; paths beyond the domain of the functions are revalued in full.
    case proxy(tolerance: Double = 1e-6)
  }

  /// The model of the scenarios.
  public let model: MonteCarlo
  /// The book.
  public let book: CollapsedBook
  /// Years over which losses are made.
  public let horizon: Double
  /// The seed of the random stream.
  public let seed: UInt64
  /// How many of the largest losses are kept.
  public let tailCapacity: Int
  /// A digest of all inputs: parts with the same digest are of the same simulation.
  public let digest: UInt64
  /// A bound of the error of one loss, in dollars; 0 for full revaluation.
  public var errorBound: Double { proxy?.errorBound ?? 0 }
  /// Why something is revalued in full although a proxy was asked for; empty where nothing is.
  public let reasons: [String]

  private let columns: [Int]
  private let proxy: BookProxy?

  /// A simulation with its settings.
  ///
  /// - Parameters:
  ///   - model: draws the scenarios.
  ///   - book: is revalued in each.
  ///   - horizon: years, positive.
  ///   - seed: of the random stream.
  ///   - tailCapacity: how many of the largest losses are kept; see
  ///     ``tailCapacity(confidence:paths:)``.
  ///   - method: how the book is revalued.
  /// - Throws: `SimulationError` where the model does not move an underlying of the book, the horizon,
  ///   tolerance or tail is not positive, or as ``MonteCarlo/scenarios(count:horizon:seed:)``.
  /// - Complexity: that of the functions of a proxy, some milliseconds for thousands of options.
  public init(
    model: MonteCarlo, book: CollapsedBook, horizon: Double, seed: UInt64, tailCapacity: Int,
    method: Method = .proxy()
  ) throws {
    guard tailCapacity > 0 else {
      throw SimulationError.outOfRange(
        "tail", value: Double(tailCapacity), reason: "at least one loss must be kept")
    }
    self.model = model
    self.book = book
    self.horizon = horizon
    self.seed = seed
    self.tailCapacity = tailCapacity
    columns = try book.columns(in: model.underlyings)
    var digest = Digest()
    digest.add(model)
    digest.add(book)
    digest.add([horizon], seed, UInt64(tailCapacity))
    switch method {
    case .full:
      _ = try model.scenarios(count: 1, horizon: horizon, seed: seed)
      (proxy, reasons) = (nil, [])
    case .proxy(let tolerance):
      guard tolerance > 0 && tolerance.isFinite else {
        throw SimulationError.outOfRange(
          "tolerance", value: tolerance, reason: "it must be positive")
      }
      proxy = try Self.proxy(
        of: book, columns, model: model, horizon: horizon, seed: seed, tolerance: tolerance)
      reasons =
        proxy?.reasons(book) ?? ["no function came within \(tolerance) of the largest loss"]
      digest.add([tolerance])
    }
    self.digest = digest.value
  }

  /// The losses to keep so that value-at-risk and its 95 % interval can be read from so many paths, with
  /// a wide margin.
  /// - Precondition: `confidence` lies in (0, 1) and paths are not negative.
  public static func tailCapacity(confidence: Double, paths: Int) -> Int {
    precondition(
      confidence > 0 && confidence < 1 && paths >= 0,
      "A tail needs a confidence between 0 and 1 and a number of paths.")
    let mass = Double(paths) * (1 - confidence)
    return max(min(Int(mass + 4 * mass.squareRoot()) + 16, paths), 1)
  }

  /// What a range of paths contributes.
  ///
  /// - Throws: `SimulationError` for an empty range or one that begins below 0, a simple return of −1 and
  ///   below, or a loss that is not finite.
  /// - Complexity: that of the draws and of the revaluation, and some 10 ns for each path; in parallel.
  public func losses(paths: Range<Int>) throws -> PartialLosses {
    let chunks = try Self.chunks(of: paths)
    var moments = ExactMoments()
    var collector = TailCollector(capacity: tailCapacity)
    for first in stride(from: 0, to: chunks.count, by: Self.wave) {
      let wave = Array(chunks[first..<min(first + Self.wave, chunks.count)])
      for (range, part) in zip(wave, try inParallel(wave, summary)) {
        moments.merge(part.moments)
        part.losses.withUnsafeBufferPointer { collector.add($0, firstPath: range.lowerBound) }
      }
    }
    return PartialLosses(
      simulation: digest, paths: paths, moments: moments, tail: collector.sample,
      errorBound: errorBound)
  }

  /// The loss of each path of a range, in dollars: what ``losses(paths:)`` summarises.
  ///
  /// - Throws: as ``losses(paths:)``.
  public func pathLosses(paths: Range<Int>) throws -> [Double] {
    let chunks = try Self.chunks(of: paths)
    return try stride(from: 0, to: chunks.count, by: Self.wave).flatMap { first in
      try inParallel(Array(chunks[first..<min(first + Self.wave, chunks.count)]), values)
        .flatMap { $0 }
    }
  }
}

extension LossSimulation {
  /// Paths drawn and revalued by one task, a multiple of the block of revaluation.
  private static let chunk = 16 * scenarioBlock
  /// Chunks between which parts are merged, so that few are held.
  private static let wave = 32

  /// A range cut at the multiples of the chunk.
  private static func chunks(of paths: Range<Int>) throws -> [Range<Int>] {
    if paths.isEmpty { throw SimulationError.empty("paths") }
    if paths.lowerBound < 0 {
      throw SimulationError.outOfRange(
        "first path", value: Double(paths.lowerBound), reason: "paths are numbered from 0")
    }
    return (paths.lowerBound / chunk...(paths.upperBound - 1) / chunk).map {
      ($0 * chunk..<($0 + 1) * chunk).clamped(to: paths)
    }
  }

  private func summary(
    of paths: Range<Int>
  ) throws -> (moments: ExactMoments, losses: [Double]) {
    let losses = try values(of: paths)
    var moments = ExactMoments()
    moments.add(losses)
    return (moments, losses)
  }

  /// The losses of a range within one chunk. Whole blocks are revalued and the wanted part of them
  /// kept: so each path has the neighbours that it has in every other range.
  private func values(of paths: Range<Int>) throws -> [Double] {
    let first = paths.lowerBound / scenarioBlock * scenarioBlock
    let last = (paths.upperBound + scenarioBlock - 1) / scenarioBlock * scenarioBlock
    let scenarios = try model.scenarios(paths: first..<last, horizon: horizon, seed: seed)
    let losses =
      if let proxy { proxy.losses(in: scenarios, columns).losses } else {
        book.allLosses(in: scenarios, columns)
      }
    let wanted = losses[(paths.lowerBound - first)..<(paths.upperBound - first)]
    if let bad = wanted.firstIndex(where: { !$0.isFinite }) {
      throw SimulationError.notFinite("loss of path", at: first + bad, value: losses[bad])
    }
    return Array(wanted)
  }

  private func inParallel<Part: Sendable>(
    _ ranges: [Range<Int>], _ work: @Sendable (Range<Int>) throws -> Part
  ) throws -> [Part] {
    var results = [Result<Part, any Error>?](repeating: nil, count: ranges.count)
    results.withUnsafeMutableBufferPointer {
      nonisolated(unsafe) let results = $0
      Simulation.inParallel(count: ranges.count, cost: Self.chunk) { i in
        results[i] = Result { try work(ranges[i]) }
      }
    }
    return try results.compactMap { try $0?.get() }
  }
}

extension LossSimulation {
  /// Paths from which the domain and the scale of a proxy are taken.
  private static let pilotCount = 8192

  /// Functions over the range of the first paths, but for the farthest few, and half as much again to
  /// either side; nil where their bound is not within the tolerance, or breaks on those paths.
  private static func proxy(
    of book: CollapsedBook, _ columns: [Int], model: MonteCarlo, horizon: Double, seed: UInt64,
    tolerance: Double
  ) throws -> BookProxy? {
    let pilot = try model.scenarios(count: pilotCount, horizon: horizon, seed: seed)
    // Of normal moves all but 1e-10 lie inside, and of Student's t₄ all but 1e-4.
    func domain(_ column: [Double]) -> ClosedRange<Double> {
      let sorted = column.sorted()
      let (low, high) = (sorted[4], sorted[sorted.count - 5])
      let more = (high - low) / 2
      return max(low - more, (low - 1) / 2)...(high + more)
    }
    let domains = columns.map { column in
      UnderlyingProxy.Domain(
        moves: domain(pilot.spotReturns.column(column)),
        levels: pilot.volatilityReturns.map { domain($0.column(column)) })
    }
    let places = ProxyRevaluation.pilots(pilot, columns)
    let exact = book.losses(in: pilot, at: places, columns)
    let allowed = tolerance * ProxyRevaluation.largest(exact)
    guard allowed > 0 else { return nil }
    let proxy = BookProxy(
      of: book, horizon: .init(elapsed: horizon, term: model.volatilityTerm), domains: domains,
      tolerance: 0.9 * allowed, most: 1 << 15)
    let losses = proxy.losses(in: pilot, columns).losses
    let observed = zip(places, exact).reduce(0) { max($0, abs(losses[$1.0] - $1.1)) }
    return proxy.errorBound <= allowed && observed <= proxy.errorBound ? proxy : nil
  }
}
