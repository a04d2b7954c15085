/// The times of a comparison: seconds per call of ours and of the peer.
///
/// Both sides are timed in turns, each turn long enough for the clock, and the side that goes
/// first alternates: what else the machine does hits both alike. The ratio of the minima is the
/// figure to quote; the median of the ratios of neighbouring turns shows how far to trust it.
struct Measurement {
  let ours: Double
  let peer: Double
  let medianRatio: Double

  /// Ours over the peer's: below one, ours is faster.
  var ratio: Double { ours / peer }

  init(_ comparison: Comparison, seconds: Double) {
    let calls = Self.callsPerTurn(comparison)
    let turn = calls * (Self.time(comparison.ours, calls: 1) + Self.time(comparison.peer, calls: 1))
    let turns = max(5, min(2000, Int(seconds / max(turn, 1e-9))))

    var ours: [Double] = []
    var peer: [Double] = []
    for k in 0..<turns {
      if k.isMultiple(of: 2) { ours.append(Self.time(comparison.ours, calls: calls)) }
      peer.append(Self.time(comparison.peer, calls: calls))
      if !k.isMultiple(of: 2) { ours.append(Self.time(comparison.ours, calls: calls)) }
    }
    self.ours = ours.min() ?? .nan
    self.peer = peer.min() ?? .nan
    let ratios = zip(ours, peer).map { $0 / $1 }.sorted()
    medianRatio = ratios[ratios.count / 2]
  }

  /// As many calls as fill half a millisecond, after one to warm up.
  private static func callsPerTurn(_ comparison: Comparison) -> Double {
    comparison.ours()
    comparison.peer()
    var calls = 1.0
    while calls < 1e6, time(comparison.peer, calls: calls) * calls < 5e-4 { calls *= 2 }
    return calls
  }

  /// The seconds per call.
  private static func time(_ body: () -> Void, calls: Double) -> Double {
    let duration = ContinuousClock().measure {
      for _ in 0..<Int(calls) { body() }
    }
    return (duration / .seconds(1)) / calls
  }
}
