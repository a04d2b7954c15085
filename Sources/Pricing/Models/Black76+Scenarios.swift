internal import CKernels

extension Black76 {
  /// The values of one option in many scenarios: element i at forward i and volatility i.
  ///
  /// Vectorised. A value out of the money is within 4 ε (1 + d² + (1 + |d|)/s) of its own size,
  /// d = ln(F/K)/s and ε = 2⁻⁵², and so within 1e-13 of it for |d| ≤ 12 and s ≥ 0.001; in the money the
  /// intrinsic value is added. Scenarios with s above 2 or below 1e-12 (forward or volatility 0,
  /// expired) take the scalar formula. Machines with fused multiply-adds give the same bits whatever
  /// their vectors; those without differ by a few ε.
  ///
  /// Many options on one price are faster by `add(_:of:forward:strike:volatility:time:in:to:)`,
  /// which takes the logarithms of prices once.
  ///
  /// - Parameters:
  ///   - forwards: F ≥ 0 of each scenario, in dollars.
  ///   - volatilities: σ ≥ 0 of each scenario, annualised decimals; as many.
  ///   - strike: K ≥ 0, in dollars.
  ///   - time: T in years; at or below 0 the values are the intrinsic values.
  ///   - values: Where the undiscounted values in dollars per coin go; as many.
  /// - Precondition: The three buffers have one size; no forward, strike or volatility is negative or
  ///   NaN.
  /// - Complexity: O(scenarios), 4 ns each.
  public static func values(
    forwards: UnsafeBufferPointer<Double>, volatilities: UnsafeBufferPointer<Double>,
    strike: Double, time: Double, right: Instrument.Right,
    into values: UnsafeMutableBufferPointer<Double>
  ) {
    let count = forwards.count
    precondition(
      volatilities.count == count && values.count == count,
      "One forward, volatility and value belong to each scenario; there are \(count), \(volatilities.count) and \(values.count)."
    )
    guard count > 0, let f = forwards.baseAddress, let σ = volatilities.baseAddress,
      let v = values.baseAddress
    else { return }
    ck_black76(f, σ, count, strike, time > 0 ? time.squareRoot() : 0, right.sign, v)
    for i in 0..<count where v[i].isNaN {
      v[i] = value(of: right, forward: f[i], strike: strike, volatility: σ[i], time: time)
    }
  }

  /// The values of one option in many scenarios, from arrays; otherwise as
  /// ``values(forwards:volatilities:strike:time:right:into:)``.
  public static func values(
    forwards: [Double], volatilities: [Double], strike: Double, time: Double,
    right: Instrument.Right
  ) -> [Double] {
    [Double](unsafeUninitializedCapacity: forwards.count) { buffer, initialized in
      forwards.withUnsafeBufferPointer { f in
        volatilities.withUnsafeBufferPointer { σ in
          values(
            forwards: f, volatilities: σ, strike: strike, time: time, right: right,
            into: UnsafeMutableBufferPointer(rebasing: buffer[..<forwards.count]))
        }
      }
      initialized = forwards.count
    }
  }
}

/// Prices of one underlying in many scenarios as multiples of its price now, with what Black's formula
/// needs of each: the logarithm and the square root.
///
/// Forwards of all expiries that move by one factor share them, so that an option in a scenario costs
/// no logarithm.
public struct PriceScenarios: Sendable {
  /// F′/F of each scenario.
  public let growths: [Double]
  let logarithms: [Double]
  let roots: [Double]

  /// The number of scenarios.
  public var count: Int { growths.count }

  /// - Parameter growths: The price in each scenario over the price now: 1 + return.
  /// - Throws: ``ScenarioPriceError`` for a growth that is not between 1e-100 and 1e100.
  /// - Complexity: O(scenarios), some nanoseconds each.
  public init(growths: [Double]) throws(ScenarioPriceError) {
    if let bad = growths.firstIndex(where: { !($0 > 1e-100 && $0 < 1e100) }) {
      throw ScenarioPriceError(scenario: bad, growth: growths[bad])
    }
    self.growths = growths
    var logarithms = [Double](repeating: 0, count: growths.count)
    var roots = logarithms
    ck_growth_logarithms(growths, growths.count, &logarithms, &roots)
    self.logarithms = logarithms
    self.roots = roots
  }

  /// - Parameter returns: Simple returns of the price, decimals above −1.
  /// - Throws: ``ScenarioPriceError`` for a return that is not above −1 and finite.
  public init(returns: some Sequence<Double>) throws(ScenarioPriceError) {
    try self.init(growths: returns.map { 1 + $0 })
  }

  /// Runs a body with the columns of some of the scenarios as the kernel reads them.
  func withColumns(_ part: Range<Int>, _ body: (inout ck_growths) -> Void) {
    precondition(
      part.lowerBound >= 0 && part.upperBound <= count,
      "Scenarios \(part) were asked for of \(count).")
    growths.withUnsafeBufferPointer { g in
      logarithms.withUnsafeBufferPointer { l in
        roots.withUnsafeBufferPointer { r in
          guard let g = g.baseAddress, let l = l.baseAddress, let r = r.baseAddress else { return }
          let first = part.lowerBound
          var columns = ck_growths(growths: g + first, logarithms: l + first, roots: r + first)
          body(&columns)
        }
      }
    }
  }
}

/// A scenario's price that is not a positive number of ordinary size.
public struct ScenarioPriceError: Error, Sendable, Hashable, CustomStringConvertible {
  public let scenario: Int
  /// Price in the scenario over price now.
  public let growth: Double

  public var description: String {
    "scenario \(scenario) moves the price to \(growth) times itself; growths should lie between 1e-100 "
      + "and 1e100, that is returns be finite and above -1"
  }
}

extension Black76 {
  /// Adds quantity × the values of one option in scenarios of its forward, at one volatility.
  ///
  /// Vectorised, and the fastest way to value many options on one underlying; accuracy as for
  /// ``values(forwards:volatilities:strike:time:right:into:)``.
  ///
  /// - Parameters:
  ///   - quantity: The number of coins, signed.
  ///   - forward: F ≥ 0 now, in dollars: in scenario i it is F · growth i.
  ///   - strike: K ≥ 0, in dollars.
  ///   - volatility: σ ≥ 0, annualised, a decimal, in all scenarios.
  ///   - time: T in years, after the time that the scenarios let pass; at or below 0 the values are
  ///     the intrinsic values.
  ///   - part: Which scenarios; all when nil.
  ///   - sums: To what is added, in dollars; as many as scenarios asked for.
  /// - Precondition: Forward, strike and volatility are neither negative nor NaN, and there is one sum
  ///   for each scenario.
  /// - Complexity: O(scenarios), 2 ns each.
  public static func add(
    _ quantity: Double, of right: Instrument.Right, forward: Double, strike: Double,
    volatility: Double, time: Double, in scenarios: PriceScenarios, part: Range<Int>? = nil,
    to sums: UnsafeMutableBufferPointer<Double>
  ) {
    let part = part ?? 0..<scenarios.count
    precondition(
      sums.count == part.count,
      "One sum belongs to each scenario; there are \(sums.count) for \(part.count).")
    guard let start = sums.baseAddress else { return }
    let s = deviation(volatility, time)
    let ordinary = 1e-100..<1e100
    guard s > 1e-12, s <= 2, ordinary.contains(forward), ordinary.contains(strike) else {
      for (i, j) in part.enumerated() {
        let moved = forward * scenarios.growths[j]
        start[i] += quantity * value(of: right, forward: moved, strike: strike, deviation: s)
      }
      return
    }
    var option = ck_black76_option(
      forward: forward, strike: strike, deviation: s, sign: right.sign, weight: quantity)
    scenarios.withColumns(part) { columns in
      ck_black76_add(&columns, part.count, &option, start)
    }
  }
}
