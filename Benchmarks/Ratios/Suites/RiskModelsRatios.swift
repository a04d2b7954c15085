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
  let result = try NearestCorrelation().nearest(to: disturbed)
  let (a, values) = (Scratch(n * n), Scratch(n))
  let (workCount, integerCount) = (1 + 6 * n + 2 * n * n, 3 + 5 * n)
  let work = Scratch(workCount)
  var integerWork = [Int32](repeating: 0, count: integerCount)
  return [
    Comparison(
      name: "nearest correlation \(n)", peerName: "12 x (memcpy + dsyevd)",
      ours: {
        if let found = try? NearestCorrelation().nearest(to: disturbed) { keep(found.distance) }
      },
      peer: {
        for _ in 0..<12 {
          a.start.update(from: disturbed.elements, count: n * n)
          _ = raw_syevd(
            Int32(n), a.start, values.start, work.start, Int32(workCount), &integerWork,
            Int32(integerCount))
        }
      },
      note: { _ in "\(result.status), \(result.iterations) steps of Newton's method" })
  ]
}
