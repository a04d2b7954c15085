import Foundation
import MarginOptimization
import RawRoutines

extension RatioSuite {
  /// Models of volatility against the plain loops of a textbook and the arithmetic that they need.
  ///
  /// Where `MARGINOPT_PEER_DATA` names a folder the series of the fits is written there, so that
  /// `Peers/volatility_peers.py` fits the same.
  static var volatility: RatioSuite {
    RatioSuite(section: "volatility") {
      let returns = heteroskedasticReturns(2500)
      if let folder = ProcessInfo.processInfo.environment["MARGINOPT_PEER_DATA"] {
        let text = returns.map { "\($0)" }.joined(separator: "\n")
        try text.write(
          toFile: folder + "/garch_returns.csv", atomically: true, encoding: .utf8)
      }
      return try fits(returns) + filteredPaths(returns, horizon: 10, count: 10_000)
        + smiles() + correlations(returns.count)
    }
  }
}

/// ω = 0.02, α = 0.08, β = 0.9, errors of Student's t with 6 degrees of freedom.
private func heteroskedasticReturns(_ count: Int, stream: UInt32 = 0) -> [Double] {
  let errors = StudentT(degreesOfFreedom: 6)
  let u = RandomStream(seed: 5, stream: stream).uniforms(path: 0, count: count + 500)
  var (h, ε) = (1.0, 0.0)
  let returns: [Double] = u.map { u in
    h = 0.02 + 0.08 * ε * ε + 0.9 * h
    ε = h.squareRoot() * errors.quantile(u) / 1.5.squareRoot()
    return ε
  }
  return Array(returns.suffix(count))
}

private func fits(_ r: [Double]) throws -> [Comparison] {
  let models: [(String, GARCH)] = [
    ("GARCH fit", GARCH()), ("GARCH fit, mean", GARCH(mean: .constant)),
    ("GARCH fit, mean, t", GARCH(mean: .constant, errors: .studentT)),
    ("GJR fit, mean, t", GARCH(mean: .constant, errors: .studentT, hasLeverage: true)),
  ]
  return try models.map { name, model in
    let fit = try model.fit(r)
    return Comparison(
      name: "\(name) \(r.count)", peerName: "20 likelihoods in a loop",
      ours: { if let fit = try? model.fit(r) { keep(fit.logLikelihood) } },
      peer: { for k in 0..<20 { keep(likelihood(r, 0.02, 0.08, 0.9 - 0.001 * Double(k))) } },
      note: { _ in "\(fit.iterations) steps of Newton's method from the best of 7 starts" })
  }
}

private func likelihood(_ r: [Double], _ ω: Double, _ α: Double, _ β: Double) -> Double {
  var (h, sum) = (1.0, 0.0)
  for x in r {
    sum += log(h) + x * x / h
    h = ω + α * x * x + β * h
  }
  return -0.5 * sum
}

private func filteredPaths(
  _ r: [Double], horizon: Int, count: Int
) throws -> [Comparison] {
  let dates = r.indices.map { t in
    let parts = [1 + t / 28 % 12, 1 + t % 28].map { $0 < 10 ? "0\($0)" : "\($0)" }
    return "\(2000 + t / 336)-\(parts[0])-\(parts[1])"
  }
  let history = try ReturnHistory(
    returns: Matrix(rows: r.count, columns: 1, elements: r.map { 0.01 * $0 }), dates: dates,
    factors: ["X"])
  let simulation = try FilteredHistoricalSimulation(history: history, horizon: horizon)
  let factor = simulation.factors[0]
  let uniforms = Scratch(horizon * count)
  let stream = RandomStream(seed: 1)
  let scenarios = {
    if let set = try? simulation.scenarios(count: count, seed: 1) { keep(set.count) }
  }
  let name = "filtered \(horizon) days x \(count)"
  return [
    Comparison(
      name: name, peerName: "one path after the other", ours: scenarios,
      peer: {
        let (z, p) = (factor.volatility.standardizedResiduals, factor.parameters)
        var random = Xorshift()
        for _ in 0..<count {
          var (h, sum) = (factor.volatility.nextVariance, 0.0)
          for _ in 0..<horizon {
            let ε = h.squareRoot() * z[Int.random(in: 0..<z.count, using: &random)]
            sum += ε
            h = p.omega + p.alpha * ε * ε + p.beta * h
          }
          keep(expm1(sum))
        }
      }),
    Comparison(
      name: name, peerName: "its uniforms alone", ours: scenarios,
      peer: { stream.fillUniforms(uniforms.buffer, paths: 0..<count, dimension: horizon) }),
    Comparison(
      name: "filtered paths \(horizon) x \(count)", peerName: "its uniforms alone",
      ours: {
        if let paths = try? simulation.paths(of: "X", 0..<count, seed: 1) { keep(paths.rows) }
      },
      peer: { stream.fillUniforms(uniforms.buffer, paths: 0..<count, dimension: horizon) }),
  ]
}

/// Marsaglia's generator, as quick as any.
private struct Xorshift: RandomNumberGenerator {
  private var state: UInt64 = 88_172_645_463_325_252

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}

/// A smile of 21 strikes with noise of 0.2 volatility points.
private func smiles() throws -> [Comparison] {
  let slice = try SVISlice(
    time: 0.25, forward: 100, a: 0.02, b: 0.06, rho: -0.3, m: 0.01, sigma: 0.15)
  let k = (0...20).map { 0.06 * Double($0) - 0.6 }
  let σ = k.map { slice.volatility(logMoneyness: $0) + 0.002 * cos(40 * $0) }
  let calibration = SVICalibration()
  return [
    Comparison(
      name: "SVI slice of 21", peerName: "1000 times its variances",
      ours: {
        let fit = try? calibration.fit(
          logMoneyness: k, volatilities: σ, time: 0.25, forward: 100)
        if let fit { keep(fit.largestError) }
      },
      peer: {
        for _ in 0..<1000 {
          keep(k.reduce(0) { $0 + slice.totalVariance(logMoneyness: $1) })
        }
      })
  ]
}

private func correlations(_ count: Int) throws -> [Comparison] {
  let n = 10
  let columns = (0..<n).map { heteroskedasticReturns(count, stream: UInt32($0)) }
  let returns = Matrix(rows: count, columns: n) { t, j in
    0.6 * columns[0][t] + 0.8 * columns[j][t]
  }
  let model = DynamicConditionalCorrelation(
    marginal: GARCH(stationarity: .limited(persistence: 1)))
  let correlation = try model.fit(returns).nextCorrelation.elements
  let raw = Scratch(n * n)
  return [
    Comparison(
      name: "DCC \(count) x \(n)", peerName: "30 x T x (memcpy + dpotrf)",
      ours: { if let fit = try? model.fit(returns) { keep(fit.alpha) } },
      peer: {
        for _ in 0..<(30 * count) {
          raw.start.update(from: correlation, count: n * n)
          _ = raw_potrf(Int32(n), raw.start)
        }
      })
  ]
}
