import Foundation
import MarginOptimization
import RawRoutines

extension RatioSuite {
  /// Books in scenarios, columns of Greeks and implied volatilities, American options: each beside the
  /// same work by scalar formulas; rates are of processor time. `Peers/pricing_peers.py` sets its rivals in Python beside them.
  static var pricingKernels: RatioSuite {
    RatioSuite(section: "pricing-kernels") {
      try books() + columns(100_000) + american()
    }
  }
}

/// 1,000 calls and puts of one underlying, strikes 60 … 140 of a price of 100, 7 days to a year.
private func legs() -> [OptionBook.Leg] {
  (0..<1000).map { (i: Int) -> OptionBook.Leg in
    let right: Instrument.Right = i % 2 == 1 ? .call : .put
    let strike = 60 + 80 * Double(i) / 999
    let time = 0.02 + Double(i * 37 % 100) / 100
    let quantity = Double(i * 7 % 11) - 5.5
    return OptionBook.Leg(
      right, forward: 100, strike: strike, volatility: 0.6, time: time, quantity: quantity)
  }
}

private func books() throws -> [Comparison] {
  let count = 20_000
  let growths = RandomStream(seed: 3).normals(path: 0, count: count).map { exp(0.03 * $0) }
  let positions = legs()
  let book = OptionBook(positions)
  let forwards = growths.map { 100 * $0 }
  let sums = Scratch(count)
  let other = Scratch(count)
  let rate = { (m: Measurement) in
    String(
      format: "%.0f million options in scenarios a second",
      1e3 * Double(count) / m.processorSeconds * 1e-6)
  }
  func peer() {
    other.buffer.update(repeating: 0)
    for leg in positions {
      raw_black76_book(
        Int32(count), forwards, leg.strike, leg.volatility * leg.time.squareRoot(), leg.right.sign,
        leg.quantity, other.start)
    }
  }
  let own = growths.map { 0.6 * (1 - 2 * ($0 - 1)) }
  return [
    Comparison(
      name: "book 1000 x 20000", peerName: "log and erfc of libm",
      ours: {
        sums.buffer.update(repeating: 0)
        if let scenarios = try? PriceScenarios(growths: growths) {
          book.addValues(in: scenarios, to: sums.buffer)
        }
      }, peer: peer, note: rate),
    Comparison(
      name: "options, own volatilities, 1000 x 20000", peerName: "log and erfc of libm",
      ours: {
        forwards.withUnsafeBufferPointer { f in
          own.withUnsafeBufferPointer { σ in
            for leg in positions {
              Black76.values(
                forwards: f, volatilities: σ, strike: leg.strike, time: leg.time, right: leg.right,
                into: sums.buffer)
            }
          }
        }
      }, peer: peer, note: rate),
  ]
}

private func columns(_ count: Int) throws -> [Comparison] {
  let uniforms = RandomStream(seed: 4).uniforms(path: 0, count: 2 * count)
  let strikes = uniforms[..<count].map { 60 + 80 * $0 }
  let options = OptionColumns(
    rights: strikes.map { $0 > 100 ? .call : .put }, forwards: strikes.map { _ in 100 },
    strikes: strikes, volatilities: strikes.map { _ in 0.6 },
    times: uniforms[count...].map { 0.02 + $0 })
  let values = Black76.greeks(of: options).values
  func rate(_ m: Measurement) -> String {
    String(
      format: "%.1f million options a second on one core", Double(count) / m.processorSeconds * 1e-6
    )
  }
  return [
    Comparison(
      name: "Greeks of \(count) options", peerName: "scalar Black76",
      ours: { keep(Black76.greeks(of: options).volgas[count - 1]) },
      peer: {
        var sum = 0.0
        for i in 0..<count {
          let g = Black76.greeks(
            of: options.rights[i], forward: 100, strike: strikes[i], volatility: 0.6,
            time: options.times[i])
          let v = Black76.value(
            of: options.rights[i], forward: 100, strike: strikes[i], volatility: 0.6,
            time: options.times[i])
          sum += g.delta + g.volga + v
        }
        keep(sum)
      }, note: rate),
    Comparison(
      name: "implied volatilities \(count)", peerName: "one scalar value each",
      ours: {
        let found = ImpliedVolatility.volatilities(
          of: options.rights, values: values, forwards: options.forwards, strikes: strikes,
          times: options.times)
        keep(found.volatilities[count - 1] ?? 0)
      },
      peer: {
        var sum = 0.0
        for i in 0..<count {
          sum += Black76.value(
            of: options.rights[i], forward: 100, strike: strikes[i], volatility: 0.6,
            time: options.times[i])
        }
        keep(sum)
      }, note: rate),
  ]
}

/// American puts one at a time, each with its own boundary, beside the European values of as many.
private func american() -> [Comparison] {
  let accuracies: [(ExerciseBoundary.Accuracy, String)] = [
    (.fast, "fast"), (.standard, "standard"), (.precise, "precise"),
  ]
  return accuracies.map { accuracy, name in
    Comparison(
      name: "American puts 100, \(name)", peerName: "European values",
      ours: {
        for i in 0..<100 {
          let option = try? AmericanOption(
            .put, strike: 80 + 0.4 * Double(i), rate: 0.05, dividendYield: 0.02, volatility: 0.25,
            time: 0.1 + 0.02 * Double(i), accuracy: accuracy)
          keep(option?.value(spot: 100) ?? 0)
        }
      },
      peer: {
        for i in 0..<100 {
          keep(
            BlackScholes(
              .put, spot: 100, strike: 80 + 0.4 * Double(i), rate: 0.05, dividendYield: 0.02,
              volatility: 0.25, time: 0.1 + 0.02 * Double(i)
            ).value)
        }
      },
      note: { String(format: "%.0f options a second on one core", 100 / $0.processorSeconds) })
  }
}
