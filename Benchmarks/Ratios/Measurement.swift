import RawRoutines

/// The times of a comparison: seconds per call of ours and of the peer.
///
/// Both sides are timed in turns, each turn long enough for the clock, and the side that goes
/// first alternates: what else the machine does hits both alike. The ratio of the minima is the
/// figure to quote; the median of the ratios of neighbouring turns shows how far to trust it. The
/// ratio of processor times counts every thread of ours, and not what else the machine does.
struct Measurement {
  let ours: Double
  let peer: Double
  let medianRatio: Double
  let processorRatio: Double
  /// The least processor time of a call of ours.
  let processorSeconds: Double

  /// Ours over the peer's: below one, ours is faster.
  var ratio: Double { ours / peer }

  init(_ comparison: Comparison, seconds: Double) {
    let calls = Self.callsPerTurn(comparison)
    let once = [comparison.ours, comparison.peer].map { Turn($0, calls: 1).seconds }
    let turns = max(5, min(2000, Int(seconds / max(calls * (once[0] + once[1]), 1e-9))))

    var ours: [Turn] = []
    var peer: [Turn] = []
    for k in 0..<turns {
      if k.isMultiple(of: 2) { ours.append(Turn(comparison.ours, calls: calls)) }
      peer.append(Turn(comparison.peer, calls: calls))
      if !k.isMultiple(of: 2) { ours.append(Turn(comparison.ours, calls: calls)) }
    }
    self.ours = ours.map(\.seconds).min() ?? .nan
    self.peer = peer.map(\.seconds).min() ?? .nan
    let ratios = zip(ours, peer).map { $0.seconds / $1.seconds }.sorted()
    medianRatio = ratios[ratios.count / 2]
    processorSeconds = ours.map(\.processorSeconds).min() ?? .nan
    processorRatio = processorSeconds / (peer.map(\.processorSeconds).min() ?? .nan)
  }

  /// As many calls as fill half a millisecond, after one to warm up.
  private static func callsPerTurn(_ comparison: Comparison) -> Double {
    comparison.ours()
    comparison.peer()
    var calls = 1.0
    while calls < 1e6, Turn(comparison.peer, calls: calls).seconds * calls < 5e-4 { calls *= 2 }
    return calls
  }
}

/// One turn of one side: seconds per call, by the clock and of processor time.
private struct Turn {
  let seconds: Double
  let processorSeconds: Double

  init(_ body: () -> Void, calls: Double) {
    let used = raw_processor_seconds()
    let duration = ContinuousClock().measure {
      for _ in 0..<Int(calls) { body() }
    }
    seconds = (duration / .seconds(1)) / calls
    processorSeconds = (raw_processor_seconds() - used) / calls
  }
}
