import MarginOptimization
import RawRoutines

extension RatioSuite {
  /// Covariance estimators against the one product of matrices that they need, and the nearest
  /// correlation against twelve symmetric eigenproblems of its size.
  static var riskModels: RatioSuite {
    RatioSuite(section: "risk-models") {
      try covariances(observations: 1440, size: 471) + covariances(observations: 2500, size: 500)
        + nearestCorrelation(100) + nearestCorrelation(300)
    }
  }
}

private func covariances(observations T: Int, size n: Int) throws -> [Comparison] {
  var returns = Matrix(rows: T, columns: n)
  returns.elements.withUnsafeMutableBufferPointer {
    RandomStream(seed: 1).fillNormals($0, paths: 0..<T, dimension: n)
  }
  let raw = Scratch(n * n)
  let estimators: [(String, any CovarianceEstimator)] = [
    ("sample covariance", SampleCovariance()), ("Ledoit-Wolf", LedoitWolf()),
    ("weighted", ExponentiallyWeighted(decay: 0.94)),
  ]
  return try estimators.map { name, estimator in
    _ = try estimator.covariance(of: returns)
    return Comparison(
      name: "\(name) \(T) x \(n)", peerName: "dsyrk, one triangle",
      ours: { if let Σ = try? estimator.covariance(of: returns) { keep(Σ.rows) } },
      peer: { raw_syrk(Int32(n), Int32(T), returns.elements, raw.start) })
  }
}

/// A correlation matrix that was disturbed by ±0.2, so that a good part of its spectrum is negative.
private func nearestCorrelation(_ n: Int) throws -> [Comparison] {
  let noise = RandomStream(seed: 2).uniforms(path: 0, count: n * n)
  let disturbed = Matrix(rows: n, columns: n) { i, j in
    i == j ? 1 : 0.5 + 0.4 * (noise[min(i, j) * n + max(i, j)] - 0.5)
  }
  return [
    try nearestCorrelationRatio("nearest correlation", to: disturbed, by: NearestCorrelation()) {
      "\($0.status), \($0.iterations) steps of Newton's method"
    }
  ]
}
