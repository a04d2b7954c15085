internal import CKernels
internal import Foundation

/// The negative logarithmic likelihood of a GARCH(1,1) for returns scaled to variance 1, with
/// analytic derivatives.
///
/// The search moves in coordinates whose bounds are those of single variables: μ, ω, α, α + γ, β,
/// 1/ν, those of them that the model has.
package struct GARCHLikelihood: SmoothObjective {
  /// A coordinate of the search and its place among the kernel's parameters.
  enum Coordinate: Int, CaseIterable {
    case mean, omega, alpha, fallingAlpha, beta, inverseDegrees
  }

  let model: GARCH
  let coordinates: [Coordinate]
  let count: Int
  /// What returns were multiplied by.
  package let scale: Double
  /// The mean of the scaled returns where the model has one, else 0.
  let sampleMean: Double
  /// The persistence that is held, so that β = it − α − γ/2 is no coordinate; nil for none.
  let heldPersistence: Double?
  private let lanes: [Double]
  private let terms: Int32
  private let presample: Presample

  /// s of the recursion's beginning as a function of the mean.
  private enum Presample {
    case fixed(Double)
    /// mean r, mean r².
    case moments(Double, Double)
  }

  /// - Throws: `VolatilityError` for too few returns, one that is not finite, or a constant series.
  package init(_ returns: [Double], _ model: GARCH) throws(VolatilityError) {
    heldPersistence = nil
    let T = returns.count
    guard T >= GARCH.leastCount else {
      throw .tooFewReturns(found: T, needed: GARCH.leastCount)
    }
    try requireFinite(returns)
    let isCentred = model.mean == .constant
    let mean = isCentred ? returns.reduce(0, +) / Double(T) : 0
    let variance = returns.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(T)
    let largest = returns.reduce(0) { max($0, abs($1)) }
    guard variance > 1e-24 * largest * largest, variance.isNormal else {
      throw .constantSeries(value: returns[0])
    }
    self.model = model
    count = T
    sampleMean = mean / variance.squareRoot()
    scale = 1 / variance.squareRoot()
    coordinates = Coordinate.allCases.filter {
      switch $0 {
      case .mean: model.mean == .constant
      case .fallingAlpha: model.hasLeverage
      case .inverseDegrees: model.errors == .studentT
      case .omega, .alpha, .beta: true
      }
    }
    terms = (isCentred ? 1 : 0) | (model.hasLeverage ? 2 : 0) | (model.errors == .studentT ? 4 : 0)
    switch model.presample {
    case .sampleVariance:
      presample = isCentred ? .moments(mean * scale, 1 + mean * mean * scale * scale) : .fixed(1)
    case .backcast:
      let head = returns.prefix(75)
      let weights = head.indices.map { pow(0.94, Double($0)) }
      let sum = zip(head, weights).reduce(0) { $0 + $1.1 * ($1.0 - mean) * ($1.0 - mean) }
      presample = .fixed(max(sum / weights.reduce(0, +), 1e-6 * variance) * scale * scale)
    }
    let factor = scale
    lanes = [Double](unsafeUninitializedCapacity: (T + 7) / 8 * 8) { buffer, filled in
      if let start = buffer.baseAddress { ck_garch_lanes(returns, T, factor, start) }
      filled = buffer.count
    }
  }

  /// The same likelihood where the persistence is held.
  init(_ f: GARCHLikelihood, persistence: Double) {
    heldPersistence = persistence
    coordinates = f.coordinates.filter { $0 != .beta }
    (model, count, scale, sampleMean) = (f.model, f.count, f.scale, f.sampleMean)
    (lanes, terms, presample) = (f.lanes, f.terms, f.presample)
  }

  // MARK: Coordinates

  /// The kernel's parameters that follow from the coordinates.
  var estimated: [Int] {
    let found = coordinates.map(\.rawValue)
    return heldPersistence == nil ? found : (found + [Coordinate.beta.rawValue]).sorted()
  }

  func lower() -> [Double] {
    coordinates.map {
      switch $0 {
      case .mean: -Double.infinity
      case .omega: 1e-10
      case .alpha, .fallingAlpha, .beta: 0
      case .inverseDegrees: 1 / GARCH.degreesOfFreedom.upperBound
      }
    }
  }

  func upper() -> [Double] {
    coordinates.map {
      switch $0 {
      case .mean, .alpha, .fallingAlpha: Double.infinity
      case .omega: 1e10
      case .beta: 1 - 1e-7
      case .inverseDegrees: 1 / GARCH.degreesOfFreedom.lowerBound
      }
    }
  }

  /// The coordinates of parameters of the scaled returns.
  package func coordinates(of p: GARCHParameters) -> [Double] {
    coordinates.map {
      switch $0 {
      case .mean: p.mean
      case .omega: p.omega
      case .alpha: p.alpha
      case .fallingAlpha: p.alpha + p.gamma
      case .beta: p.beta
      case .inverseDegrees: 1 / (p.degreesOfFreedom ?? .infinity)
      }
    }
  }

  /// The parameters of the scaled returns at a point.
  func parameters(at x: [Double]) -> GARCHParameters {
    var p = GARCHParameters(omega: 0, alpha: 0, beta: 0)
    for (value, coordinate) in zip(x, coordinates) {
      switch coordinate {
      case .mean: p.mean = value
      case .omega: p.omega = value
      case .alpha: p.alpha = value
      case .fallingAlpha: p.gamma = value - p.alpha
      case .beta: p.beta = value
      case .inverseDegrees: p.degreesOfFreedom = 1 / value
      }
    }
    if let heldPersistence { p.beta = heldPersistence - p.alpha - 0.5 * p.gamma }
    return p
  }

  /// The derivatives of the kernel's parameters by the coordinates: row of 6 for each coordinate.
  func jacobian(at x: [Double]) -> [[Double]] {
    zip(x, coordinates).map { value, coordinate in
      var row = [Double](repeating: 0, count: 6)
      switch coordinate {
      case .alpha where model.hasLeverage: (row[2], row[3]) = (1, -1)
      case .inverseDegrees: row[5] = -1 / (value * value)
      default: row[coordinate.rawValue] = 1
      }
      if heldPersistence != nil { row[4] = -row[2] - 0.5 * row[3] }
      return row
    }
  }

  /// s for a mean of the scaled returns.
  func presampleVariance(mean: Double) -> Double { presample(mean).value }

  private func presample(_ μ: Double) -> (value: Double, first: Double, second: Double) {
    switch presample {
    case .fixed(let s): (s, 0, 0)
    case .moments(let mean, let square): (square - 2 * μ * mean + μ * μ, 2 * (μ - mean), 2)
    }
  }

  // MARK: Values

  package func value(at x: [Double]) -> Double {
    let p = parameters(at: x)
    if p.beta < 0 { return .infinity }
    return kernel(p, nil) - Double(count) * constant(p).value
  }

  package func expansion(at x: [Double]) -> Expansion? { derivatives(at: x)?.expansion }

  /// The function to second order, and the sum of the outer products of the scores, in coordinates.
  package func derivatives(at x: [Double]) -> (expansion: Expansion, scores: [Double])? {
    let p = parameters(at: x)
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: 78) { all in
      let constant = constant(p)
      let value = kernel(p, all.baseAddress) - Double(count) * constant.value
      guard value.isFinite else { return nil }
      let J = jacobian(at: x)
      let n = x.count
      all[6 + 35] -= Double(count) * constant.second
      var expansion = Expansion(
        value: value, gradient: J.map { row in (0..<6).reduce(0) { $0 + row[$1] * all[$1] } },
        hessian: congruent(J, UnsafeBufferPointer(rebasing: all[6..<42])))
      if coordinates.last == .inverseDegrees, let η = x.last {
        expansion.hessian[n * n - 1] += all[5] * 2 / (η * η * η)
      }
      let scores = congruent(J, UnsafeBufferPointer(rebasing: all[42..<78]))
      return (expansion, scores)
    }
  }

  /// J A Jᵀ for a symmetric A of 6 × 6 and rows J of few elements.
  private func congruent(_ J: [[Double]], _ a: UnsafeBufferPointer<Double>) -> [Double] {
    let n = J.count
    var result = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for k in 0..<6 where J[i][k] != 0 {
        for j in 0..<n {
          for l in 0..<6 where J[j][l] != 0 {
            result[i * n + j] += J[i][k] * a[6 * k + l] * J[j][l]
          }
        }
      }
    }
    return result
  }

  private func kernel(
    _ p: GARCHParameters, _ derivatives: UnsafeMutablePointer<Double>?
  ) -> Double {
    let s = presample(p.mean)
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: 9) { memory in
      let values = [
        p.mean, p.omega, p.alpha, p.gamma, p.beta, p.degreesOfFreedom ?? 0, s.value, s.first,
        s.second,
      ]
      _ = memory.initialize(fromContentsOf: values)
      guard let start = memory.baseAddress else { return .infinity }
      return ck_garch(
        lanes, count, terms, start, start + 6, constant(p).first, derivatives)
    }
  }

  /// The part of one return's logarithmic density that the kernel leaves out:
  /// −½ ln 2π, or ln Γ((ν + 1)/2) − ln Γ(ν/2) − ½ ln(π (ν − 2)) with its derivatives by ν.
  private func constant(_ p: GARCHParameters) -> (value: Double, first: Double, second: Double) {
    guard let ν = p.degreesOfFreedom else { return (-0.5 * log(2 * Double.pi), 0, 0) }
    let ratio = LogGammaRatio(0.5 * ν)
    return (
      ratio.value - 0.5 * log(Double.pi * (ν - 2)), 0.5 * ratio.first - 0.5 / (ν - 2),
      0.25 * ratio.second + 0.5 / ((ν - 2) * (ν - 2))
    )
  }
}
