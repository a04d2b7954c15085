internal import CKernels

/// Options on forwards by columns: one element of each for each option.
public struct OptionColumns: Sendable {
  public let rights: [Instrument.Right]
  /// F ≥ 0, in dollars.
  public let forwards: [Double]
  /// K ≥ 0, in dollars.
  public let strikes: [Double]
  /// σ ≥ 0, annualised decimals.
  public let volatilities: [Double]
  /// T in years of 365 days; at or below 0 an option has expired.
  public let times: [Double]

  /// The number of options.
  public var count: Int { rights.count }

  /// - Precondition: The columns have one size; no forward, strike or volatility is negative, and
  ///   nothing is NaN.
  public init(
    rights: [Instrument.Right], forwards: [Double], strikes: [Double], volatilities: [Double],
    times: [Double]
  ) {
    let sizes = [forwards.count, strikes.count, volatilities.count, times.count]
    precondition(
      sizes.allSatisfy { $0 == rights.count },
      "Columns of options should have one size; there are \(rights.count) rights and \(sizes) forwards, strikes, volatilities and times."
    )
    self.rights = rights
    self.forwards = forwards
    self.strikes = strikes
    self.volatilities = volatilities
    self.times = times
  }
}

/// Values and Greeks of many options, undiscounted, by columns; units are those of ``Greeks``.
public struct GreekColumns: Sendable {
  /// Dollars per coin.
  public fileprivate(set) var values: [Double]
  public fileprivate(set) var deltas: [Double]
  public fileprivate(set) var gammas: [Double]
  public fileprivate(set) var vegas: [Double]
  public fileprivate(set) var thetas: [Double]
  public fileprivate(set) var vannas: [Double]
  public fileprivate(set) var volgas: [Double]

  fileprivate init(count: Int) {
    values = [Double](repeating: 0, count: count)
    (deltas, gammas, vegas) = (values, values, values)
    (thetas, vannas, volgas) = (values, values, values)
  }

  /// The Greeks of one option.
  public subscript(i: Int) -> Greeks {
    Greeks(
      delta: deltas[i], gamma: gammas[i], vega: vegas[i], theta: thetas[i], vanna: vannas[i],
      volga: volgas[i])
  }

  /// The columns as the kernel writes them.
  fileprivate mutating func withColumns(_ body: (inout ck_black76_greek_columns) -> Void) {
    values.withUnsafeMutableBufferPointer { v in
      deltas.withUnsafeMutableBufferPointer { δ in
        gammas.withUnsafeMutableBufferPointer { γ in
          vegas.withUnsafeMutableBufferPointer { ν in
            thetas.withUnsafeMutableBufferPointer { θ in
              vannas.withUnsafeMutableBufferPointer { vanna in
                volgas.withUnsafeMutableBufferPointer { volga in
                  var columns = ck_black76_greek_columns(
                    values: v.baseAddress, deltas: δ.baseAddress, gammas: γ.baseAddress,
                    vegas: ν.baseAddress, thetas: θ.baseAddress, vannas: vanna.baseAddress,
                    volgas: volga.baseAddress)
                  body(&columns)
                }
              }
            }
          }
        }
      }
    }
  }
}

extension Black76 {
  /// The values and Greeks of many options.
  ///
  /// Vectorised; each option's are what ``greeks(of:forward:strike:volatility:time:)`` gives, to about
  /// 4 ε (1 + d² + (1 + |d|)/s) of their size (values and deltas: of the option out of the money;
  /// vanna and volga: of ∂V/∂F σ⁻¹ φ(d₁)(1 + |d₁|) and of vega σ⁻¹ (1 + d₁²)), ε = 2⁻⁵², d = ln(F/K)/s.
  /// Options with s above 2 or below 1e-12 take the scalar formulas.
  ///
  /// - Complexity: O(options), some nanoseconds each.
  public static func greeks(of options: OptionColumns) -> GreekColumns {
    var result = GreekColumns(count: options.count)
    let signs = options.rights.map(\.sign)
    options.forwards.withUnsafeBufferPointer { f in
      options.strikes.withUnsafeBufferPointer { k in
        options.volatilities.withUnsafeBufferPointer { σ in
          options.times.withUnsafeBufferPointer { t in
            signs.withUnsafeBufferPointer { signs in
              var columns = ck_black76_options(
                forwards: f.baseAddress, strikes: k.baseAddress, volatilities: σ.baseAddress,
                times: t.baseAddress, signs: signs.baseAddress)
              result.withColumns { ck_black76_greeks(&columns, options.count, &$0) }
            }
          }
        }
      }
    }
    for i in 0..<options.count where result.values[i].isNaN { result.set(i, from: options) }
    return result
  }
}

extension GreekColumns {
  fileprivate mutating func set(_ i: Int, from options: OptionColumns) {
    let (right, forward, strike) = (options.rights[i], options.forwards[i], options.strikes[i])
    let (volatility, time) = (options.volatilities[i], options.times[i])
    values[i] = Black76.value(
      of: right, forward: forward, strike: strike, volatility: volatility, time: time)
    let g = Black76.greeks(
      of: right, forward: forward, strike: strike, volatility: volatility, time: time)
    (deltas[i], gammas[i], vegas[i]) = (g.delta, g.gamma, g.vega)
    (thetas[i], vannas[i], volgas[i]) = (g.theta, g.vanna, g.volga)
  }
}
