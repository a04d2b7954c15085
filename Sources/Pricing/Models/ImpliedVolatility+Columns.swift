internal import CKernels

/// The implied volatilities of many options, and why some have none.
public struct ImpliedVolatilities: Sendable {
  /// Annualised decimals; nil where no volatility gives the value.
  public let volatilities: [Double?]
  /// Why an option has none, by its place, in rising order.
  public let failures: [(index: Int, error: ImpliedVolatilityError)]
}

extension ImpliedVolatility {
  /// The implied volatilities of the undiscounted values of many options.
  ///
  /// Vectorised: a first value within 1.4 percent from Bachelier's formula, then two steps of
  /// Householder's method of fourth order on the logarithm of the value. The relative error is at
  /// most 4 ε max(1, V/(σ ∂V/∂σ)), ε = 2⁻⁵² and V the time value: what the rounding of the value causes
  /// anyway. Options with σ√T above 2 take the scalar way of
  /// ``volatility(of:value:forward:strike:time:)``.
  ///
  /// - Parameters:
  ///   - values: Undiscounted values in dollars per coin.
  ///   - forwards: F > 0, in dollars.
  ///   - strikes: K > 0, in dollars.
  ///   - times: T > 0, in years.
  /// - Returns: A volatility for each, 0 where the value is the intrinsic value; where none exists nil
  ///   and the reason.
  /// - Precondition: The columns have one size.
  /// - Complexity: O(options), about 20 ns each.
  public static func volatilities(
    of rights: [Instrument.Right], values: [Double], forwards: [Double], strikes: [Double],
    times: [Double]
  ) -> ImpliedVolatilities {
    let count = rights.count
    let sizes = [values.count, forwards.count, strikes.count, times.count]
    precondition(
      sizes.allSatisfy { $0 == count },
      "Columns of options should have one size; there are \(count) rights and \(sizes) values, forwards, strikes and times."
    )
    let signs = rights.map(\.sign)
    let deviations = [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let start = buffer.baseAddress {
        ck_implied_deviations(values, forwards, strikes, signs, count, start)
      }
      initialized = count
    }
    var failures: [(index: Int, error: ImpliedVolatilityError)] = []
    let volatilities = (0..<count).map { i -> Double? in
      let σ = deviations[i] / times[i].squareRoot()
      if σ.isFinite && times[i] > 0 { return σ }
      do throws(ImpliedVolatilityError) {
        return try volatility(
          of: rights[i], value: values[i], forward: forwards[i], strike: strikes[i], time: times[i])
      } catch {
        failures.append((i, error))
        return nil
      }
    }
    return ImpliedVolatilities(volatilities: volatilities, failures: failures)
  }
}
