import Foundation
import MarginOptimization
import RawRoutines
import Workloads

extension RatioSuite {
  /// Scenarios, full revaluation and tail measures against the plain loops that they replace.
  static var simulation: RatioSuite {
    RatioSuite(section: "simulation") {
      try revaluation(scenarioCount: 10_000) + scenarioDraws(200_000) + tailMeasures(1_000_000)
    }
  }
}

private func revaluation(scenarioCount count: Int) throws -> [Comparison] {
  let chain = OptionChain()
  let scenarios = try OptionChain.scenarios(count: count)
  let loop = try RevaluationLoop(chain.options, in: chain.market)
  let moves = scenarios.spotReturns.elements
  let levels = (scenarios.volatilityReturns ?? scenarios.spotReturns).elements
  let out = Scratch(count * chain.options.count)
  // Both sides agree before they are timed.
  loop.run(moves: moves, levels: levels, elapsed: scenarios.horizon, into: out.start)
  let ours = try Revaluation.profitAndLoss(of: chain.options, in: scenarios, market: chain.market)
  let difference = zip(ours.elements, out.buffer).reduce(0) { max($0, abs($1.0 - $1.1)) }
  let revalue = {
    if let result = try? Revaluation.profitAndLoss(
      of: chain.options, in: scenarios, market: chain.market)
    {
      keep(result.rows)
    }
  }
  return [
    Comparison(
      name: "revaluation 500 x \(count)", peerName: "loop of scalar Black76", ours: revalue,
      peer: {
        loop.run(moves: moves, levels: levels, elapsed: scenarios.horizon, into: out.start)
      },
      note: { m in
        let rate = Double(count * chain.options.count) / m.ours * 1e-6
        return String(
          format: "%.1f million values a second; the sides differ by at most %.1e dollars", rate,
          difference)
      }),
    Comparison(
      name: "revaluation 500 x \(count)", peerName: "memset of its result", ours: revalue,
      peer: { out.buffer.update(repeating: 0) }),
  ]
}

/// The peer draws the same normals, correlates them and takes libm's expm1, on one thread.
private func scenarioDraws(_ count: Int) throws -> [Comparison] {
  let model = try OptionChain.model
  let factor = try Cholesky(model.covariance * (1.0 / 365)).factor.elements
  let raw = Scratch(2 * count)
  let stream = RandomStream(seed: 1)
  return [
    Comparison(
      name: "scenarios \(count) of 2", peerName: "normals, dtrmm, expm1",
      ours: {
        if let set = try? model.scenarios(count: count, horizon: 1.0 / 365, seed: 1) {
          keep(set.count)
        }
      },
      peer: {
        stream.fillNormals(raw.buffer, paths: 0..<count, dimension: 2)
        raw_trmm(Int32(count), 2, factor, raw.start)
        raw_expm1(Int32(2 * count), raw.start)
      })
  ]
}

private func tailMeasures(_ count: Int) throws -> [Comparison] {
  var losses = [Double](repeating: 0, count: count)
  losses.withUnsafeMutableBufferPointer {
    RandomStream(seed: 3).fillNormals($0, paths: 0..<count, dimension: 1)
  }
  let distribution = try LossDistribution(losses: losses)
  let other = Scratch(count)
  return [
    Comparison(
      name: "VaR and ES of \(count)", peerName: "sort",
      ours: { keep(distribution.valueAtRisk(0.99) + distribution.expectedShortfall(0.99)) },
      peer: {
        let sorted = losses.sorted()
        let first = count - count / 100
        keep(sorted[first - 1] + sorted[first...].reduce(0, +) / Double(count - first))
      }),
    Comparison(
      name: "VaR and ES of \(count)", peerName: "memcpy of as many",
      ours: { keep(distribution.valueAtRisk(0.99) + distribution.expectedShortfall(0.99)) },
      peer: { other.start.update(from: losses, count: count) }),
  ]
}

/// What a reader of the textbook would write: one value of the scalar formula after the other.
struct RevaluationLoop {
  private struct Item {
    let right: Instrument.Right
    let forward: Double
    let strike: Double
    let volatility: Double
    let time: Double
  }
  private let items: [Item]

  /// The options among the instruments.
  init(_ instruments: [Instrument], in market: Market) throws {
    items = try instruments.compactMap { instrument in
      let quote = try market.quote(for: instrument)
      guard case .option(let expiry, let strike, let right) = instrument.kind,
        let σ = quote.volatility
      else { return nil }
      return Item(
        right: right, forward: quote.forward, strike: strike, volatility: σ,
        time: expiry.years(since: market.time))
    }
  }

  var count: Int { items.count }

  /// Profit and loss, one column for each option.
  func run(
    moves: [Double], levels: [Double], elapsed: Double, into out: UnsafeMutablePointer<Double>
  ) {
    for (j, item) in items.enumerated() {
      let today = Black76.value(
        of: item.right, forward: item.forward, strike: item.strike, volatility: item.volatility,
        time: item.time)
      for s in moves.indices {
        out[j * moves.count + s] =
          Black76.value(
            of: item.right, forward: item.forward * (1 + moves[s]), strike: item.strike,
            volatility: max(item.volatility * (1 + levels[s]), 0), time: item.time - elapsed)
          - today
      }
    }
  }
}
