import MarginOptimization
import RawRoutines

extension RatioSuite {
  /// Covariances of the size at which rivals are measured, against the one product of matrices that
  /// they need; correlations by counts and the nearest ones, against products and eigenproblems.
  ///
  /// `Peers/covariance_peers.py` sets the same rows beside numpy, scikit-learn and skfolio.
  static var covariance: RatioSuite {
    RatioSuite(section: "covariance") {
      covariances(observations: 5000, size: 1000)
        + everyDate(observations: 1000, size: 100)
        + gerber(observations: 2500, size: 500)
        + nearestCorrelation(100) + nearestCorrelation(500)
        + rankOne(500)
    }
  }
}

/// Returns of one per cent with five common factors.
private func factorReturns(observations T: Int, size n: Int) -> Matrix {
  let stream = RandomStream(seed: 20_240_601)
  var drawn = Matrix(rows: T + n, columns: n + 10)
  drawn.elements.withUnsafeMutableBufferPointer {
    stream.fillNormals($0, paths: 0..<(T + n), dimension: n + 10)
  }
  let factors = drawn[rows: 0..<T, columns: n..<(n + 5)]
  let loadings = drawn[rows: T..., columns: (n + 5)..<(n + 10)]
  var returns = Matrix(drawn[rows: 0..<T, columns: 0..<n])
  Matrix.multiply(
    factors, loadings, transposing: .right, scale: 0.01, into: &returns, keeping: 0.01)
  return returns
}

private func covariances(observations T: Int, size n: Int) -> [Comparison] {
  let returns = factorReturns(observations: T, size: n)
  let raw = Scratch(n * n)
  let estimators: [(String, any CovarianceEstimator)] = [
    ("sample covariance", SampleCovariance()),
    ("weighted covariance", ExponentiallyWeighted(decay: 0.94)),
    ("Ledoit-Wolf", LedoitWolf()),
    ("Ledoit-Wolf correlation", LedoitWolf(target: .constantCorrelation)),
    ("Ledoit-Wolf factor", LedoitWolf(target: .singleFactor)),
    ("OAS", OracleApproximatingShrinkage()),
  ]
  return estimators.map { name, estimator in
    Comparison(
      name: "\(name) \(T) x \(n)", peerName: "dsyrk, one triangle",
      ours: { if let Σ = try? estimator.covariance(of: returns) { keep(Σ.rows) } },
      peer: { raw_syrk(Int32(n), Int32(T), returns.elements, raw.start) })
  }
}

private func everyDate(observations T: Int, size n: Int) -> [Comparison] {
  let returns = factorReturns(observations: T, size: n)
  let raw = Scratch(n * n)
  let estimator = ExponentiallyWeighted(decay: 0.94)
  return [
    Comparison(
      name: "weighted, every date \(T) x \(n)", peerName: "copies of as many matrices",
      ours: {
        var sum = 0.0
        try? estimator.forEachCovariance(of: returns) { _, Σ in sum += Σ[n - 1, 0] }
        keep(sum)
      },
      peer: {
        for _ in 0..<T { raw.start.update(from: returns.elements, count: n * n) }
      },
      note: { String(Int(Double(T) / $0.ours)) + " dates a second" })
  ]
}

private func gerber(observations T: Int, size n: Int) -> [Comparison] {
  let returns = factorReturns(observations: T, size: n)
  let raw = Scratch(n * n)
  return [
    Comparison(
      name: "Gerber \(T) x \(n)", peerName: "two dsyrk, one triangle",
      ours: { if let Σ = try? GerberStatistic().covariance(of: returns) { keep(Σ.rows) } },
      peer: { for _ in 0..<2 { raw_syrk(Int32(n), Int32(T), returns.elements, raw.start) } })
  ]
}

/// The correlation of few observations, disturbed by normals of 0.05 and clipped to ±1.
private func nearestCorrelation(_ n: Int) -> [Comparison] {
  let returns = factorReturns(observations: max(n / 2, 60), size: n)
  var noise = Matrix(rows: n, columns: n)
  noise.elements.withUnsafeMutableBufferPointer {
    RandomStream(seed: 7).fillNormals($0, paths: 0..<n, dimension: n)
  }
  guard
    let Σ = try? SampleCovariance().covariance(of: returns),
    let C = try? VolatilityScaling(covariance: Σ).correlation
  else { return [] }
  let disturbed = Matrix(rows: n, columns: n) { i, j in
    i == j ? 1 : max(-1, min(1, C[i, j] + 0.025 * (noise[i, j] + noise[j, i])))
  }
  let ratio = try? nearestCorrelationRatio(
    "nearest correlation to 1e-10", to: disturbed, by: NearestCorrelation(tolerance: 1e-10)
  ) {
    "\($0.status), \($0.iterations) steps of Newton's method, residual \($0.residual)"
  }
  return ratio.map { [$0] } ?? []
}

private func rankOne(_ n: Int) -> [Comparison] {
  let returns = factorReturns(observations: 2 * n, size: n)
  guard
    let Σ = try? SampleCovariance().covariance(of: returns), var factor = try? Cholesky(Σ)
  else { return [] }
  let x = returns.row(0).map { 0.1 * $0 }
  let raw = Scratch(n * n)
  return [
    Comparison(
      name: "Cholesky up and down \(n)", peerName: "memcpy + dpotrf, twice",
      ours: {
        try? factor.update(adding: x)
        try? factor.downdate(removing: x)
        keep(factor.size)
      },
      peer: {
        for _ in 0..<2 {
          raw.start.update(from: Σ.elements, count: n * n)
          _ = raw_potrf(Int32(n), raw.start)
        }
      })
  ]
}
