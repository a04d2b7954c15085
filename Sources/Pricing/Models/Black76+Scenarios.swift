internal import CKernels

extension Black76 {
  /// The values of one option in many scenarios: element i at forward i and volatility i.
  ///
  /// Vectorised, and alike on every machine. A value is within 1e-15 of the forward and strike, and
  /// to about 1e-15 (1 + d² + (1 + |d|)/s) of its own size out of the money, d = ln(F/K)/s; scenarios
  /// of no ordinary size (forward or volatility 0, expired) take the scalar formula.
  ///
  /// - Parameters:
  ///   - forwards: F ≥ 0 of each scenario, in dollars.
  ///   - volatilities: σ ≥ 0 of each scenario, annualised decimals; as many.
  ///   - strike: K ≥ 0, in dollars.
  ///   - time: T in years; at or below 0 the values are the intrinsic values.
  ///   - values: Where the undiscounted values in dollars per coin go; as many.
  /// - Precondition: The three buffers have one size; no forward, strike or volatility is negative or
  ///   NaN.
  /// - Complexity: O(scenarios), some nanoseconds each.
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
    let rootTime = time > 0 ? time.squareRoot() : 0
    var i = 0
    while i < count {
      i += ck_black76(f + i, σ + i, count - i, strike, rootTime, right.sign, v + i)
      // What the kernel left: the tail, or a block with a scenario out of its range.
      for j in i..<min(i + 8, count) {
        v[j] = value(
          of: right, forward: f[j], strike: strike, volatility: σ[j], time: time)
      }
      i += 8
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
