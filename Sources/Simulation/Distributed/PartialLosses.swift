/// What a part of a Monte Carlo simulation leaves: enough for the risk measures of the whole.
///
/// Parts are made by ``LossSimulation/losses(paths:)`` on any machine and thread, travel as JSON or any
/// other coding, and merge *exactly*: parts of the same paths, however cut and in whatever order merged,
/// give the same bits as one run. Moments are exact sums; the largest losses are kept with their paths,
/// and all tail measures are read from them. A part is a few kilobytes and 16 bytes for each loss kept.
public struct PartialLosses: Sendable, Hashable, Codable {
  /// The simulation that the part belongs to: a digest of its model, book, horizon, seed and settings.
  /// Parts of different simulations do not merge.
  public let simulation: UInt64
  /// The paths that were run, ascending; neighbours are joined.
  public private(set) var paths: [Range<Int>]
  /// Count, sum and sum of squares of the losses.
  public private(set) var moments: ExactMoments
  /// The largest losses and their paths.
  public private(set) var tail: TailSample
  /// A bound of the error of one loss, in dollars; 0 for full revaluation.
  public private(set) var errorBound: Double

  init(
    simulation: UInt64, paths: Range<Int>, moments: ExactMoments, tail: TailSample,
    errorBound: Double
  ) {
    self.simulation = simulation
    self.paths = paths.isEmpty ? [] : [paths]
    self.moments = moments
    self.tail = tail
    self.errorBound = errorBound
  }

  /// - Throws: ``PartialLossesError/damaged`` where the numbers do not fit together, and what the decoder
  ///   throws.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    simulation = try container.decode(UInt64.self, forKey: .simulation)
    paths = try container.decode([Range<Int>].self, forKey: .paths)
    moments = try container.decode(ExactMoments.self, forKey: .moments)
    tail = try container.decode(TailSample.self, forKey: .tail)
    errorBound = try container.decode(Double.self, forKey: .errorBound)
    try check()
  }

  /// `errorBound` over the largest loss; 0 for full revaluation.
  public var relativeErrorBound: Double {
    errorBound == 0 ? 0 : worst > 0 ? errorBound / worst : .infinity
  }

  /// The number of paths that were run.
  public var count: Int { moments.count }

  /// The part that both make up together.
  ///
  /// - Throws: ``PartialLossesError`` where they are of different simulations or share a path.
  /// - Complexity: O(losses kept).
  public func merging(_ other: PartialLosses) throws(PartialLossesError) -> PartialLosses {
    guard simulation == other.simulation && tail.capacity == other.tail.capacity else {
      throw .differentSimulations(simulation, other.simulation)
    }
    var result = self
    result.paths = try Self.joined(paths + other.paths)
    result.moments.merge(other.moments)
    result.tail = tail.merging(other.tail)
    result.errorBound = max(errorBound, other.errorBound)
    return result
  }

  /// All parts together, in any order.
  ///
  /// - Throws: ``PartialLossesError`` as ``merging(_:)``, and where there is no part.
  public static func merged(
    _ parts: some Sequence<PartialLosses>
  ) throws(PartialLossesError) -> PartialLosses {
    var result: PartialLosses?
    for part in parts { result = try result?.merging(part) ?? part }
    guard let result else { throw .empty }
    return result
  }

  private static func joined(_ ranges: [Range<Int>]) throws(PartialLossesError) -> [Range<Int>] {
    var result: [Range<Int>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = result.last, range.lowerBound <= last.upperBound {
        if range.lowerBound < last.upperBound {
          throw .overlappingPaths(range.lowerBound..<min(range.upperBound, last.upperBound))
        }
        result[result.count - 1] = last.lowerBound..<range.upperBound
      } else {
        result.append(range)
      }
    }
    return result
  }

  /// Whether a part that was read is one that a simulation can have written.
  private func check() throws(PartialLossesError) {
    let pathCount = paths.reduce(0) { $0 + $1.count }
    guard tail.isValid, paths == (try Self.joined(paths)), pathCount == moments.count,
      tail.losses.count == min(tail.capacity, pathCount), errorBound >= 0,
      tail.paths.allSatisfy({ path in paths.contains { $0.contains(path) } })
    else { throw .damaged }
  }
}

/// Why parts of a simulation do not make up a whole, or a measure cannot be read from them.
public enum PartialLossesError: Error, Sendable, Hashable {
  /// There is no part.
  case empty
  /// The parts are of different simulations, by their digests.
  case differentSimulations(UInt64, UInt64)
  /// Both parts ran these paths.
  case overlappingPaths(Range<Int>)
  /// The numbers of a part that was read do not fit together.
  case damaged
  /// A measure needs more of the largest losses than were kept.
  case tailTooShort(confidence: Double, needed: Int, kept: Int)
}

extension PartialLossesError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .empty: "there are no partial losses to merge"
    case .differentSimulations(let a, let b):
      "partial losses of different simulations do not merge (digests \(a) and \(b)); model, book, horizon, seed, tail and revaluation must be the same"
    case .overlappingPaths(let paths):
      "two parts both ran the paths \(paths.lowerBound) to \(paths.upperBound - 1); each path may be run once"
    case .damaged:
      "the paths, moments and tail of a part do not fit together; it was changed after it was written"
    case .tailTooShort(let confidence, let needed, let kept):
      "confidence \(confidence) needs the \(needed) largest losses, and \(kept) were kept; simulate with a larger tail"
    }
  }
}
