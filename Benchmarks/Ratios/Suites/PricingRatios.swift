import Foundation
import MarginOptimization
import RawRoutines
import Workloads

extension RatioSuite {
  /// Values of options in many scenarios against scalar formulas, and implied volatilities.
  static var pricing: RatioSuite {
    RatioSuite(section: "pricing") { try scenarioValues(10_000) + impliedVolatilities() }
  }
}

private func scenarioValues(_ count: Int) throws -> [Comparison] {
  let scenarios = try OptionChain.scenarios(count: count)
  let (strike, time) = (66_000.0, 0.25)
  let forwards = scenarios.spotReturns.elements.map { OptionChain.forward * (1 + $0) }
  let volatilities = (scenarios.volatilityReturns ?? scenarios.spotReturns).elements
    .map { OptionChain.volatility * (1 + $0) }
  let (out, other) = (Scratch(count), Scratch(count))
  let ours = {
    forwards.withUnsafeBufferPointer { f in
      volatilities.withUnsafeBufferPointer { σ in
        Black76.values(
          forwards: f, volatilities: σ, strike: strike, time: time, right: .call, into: out.buffer)
      }
    }
  }
  return [
    Comparison(
      name: "option in \(count) scenarios", peerName: "scalar Black76", ours: ours,
      peer: {
        for i in 0..<count {
          other.start[i] = Black76.value(
            of: .call, forward: forwards[i], strike: strike, volatility: volatilities[i], time: time
          )
        }
      },
      note: { String(format: "%.1f ns a scenario", $0.ours / Double(count) * 1e9) }),
    Comparison(
      name: "option in \(count) scenarios", peerName: "log and erfc of libm", ours: ours,
      peer: { raw_black76_calls(Int32(count), forwards, volatilities, strike, time, other.start) }),
  ]
}

/// Every option of the sample market that is out of the money, from its value at its own volatility.
private func impliedVolatilities() throws -> [Comparison] {
  let market = try SampleMarket.market()
  let cases = market.quotes.compactMap { quote -> OptionCase? in
    guard case .option(let expiry, let strike, let right) = quote.instrument.kind,
      let σ = quote.volatility, right.sign * (strike - quote.forward) >= 0
    else { return nil }
    return OptionCase(
      right: right, forward: quote.forward, strike: strike, volatility: σ,
      time: expiry.years(since: market.time))
  }
  let values = cases.map(\.value)
  for (option, value) in zip(cases, values) { _ = try option.impliedVolatility(at: value) }
  return [
    Comparison(
      name: "implied volatilities \(cases.count)", peerName: "one scalar value each",
      ours: {
        var sum = 0.0
        for i in cases.indices { sum += (try? cases[i].impliedVolatility(at: values[i])) ?? .nan }
        keep(sum)
      },
      peer: { keep(cases.reduce(0) { $0 + $1.value }) },
      note: {
        String(format: "%.2f million a second on one core", Double(cases.count) / $0.ours * 1e-6)
      })
  ]
}

private struct OptionCase {
  let right: Instrument.Right
  let forward: Double
  let strike: Double
  let volatility: Double
  let time: Double

  var value: Double {
    Black76.value(of: right, forward: forward, strike: strike, volatility: volatility, time: time)
  }

  func impliedVolatility(at value: Double) throws -> Double {
    try ImpliedVolatility.volatility(
      of: right, value: value, forward: forward, strike: strike, time: time)
  }
}
