internal import Dispatch
internal import Foundation
public import LinearAlgebra

/// The dependence of a multivariate normal distribution, joined with any marginals.
///
/// Source: McNeil, Frey, Embrechts, Quantitative Risk Management (2015), §7.1.
public struct GaussianCopula: Sendable, Hashable {
  /// The correlation of the underlying normals, n by n.
  public let correlation: Matrix
  private let factor: CovarianceFactor

  /// The number of components n.
  public var dimension: Int { correlation.rows }

  /// The copula of a correlation matrix, positive semidefinite with ones on the diagonal.
  ///
  /// - Throws: ``DistributionError`` as ``MultivariateNormal``, and where a diagonal element is not 1
  ///   to 1e-12.
  /// - Complexity: n³/3 operations.
  public init(correlation: Matrix) throws(DistributionError) {
    factor = try CovarianceFactor(correlation: correlation)
    self.correlation = correlation
  }

  /// Uniforms with this dependence: a `paths.count` by n matrix whose rows are draws.
  ///
  /// A path's draw has the same bits alone, in any range, and on any number of threads.
  public func uniforms(paths: Range<Int>, from stream: RandomStream) -> Matrix {
    underlying(paths, stream).mapColumns { _, z in NormalDistribution.standard.cumulative(z) }
  }

  /// Draws whose column j follows `marginals[j]`: a `paths.count` by n matrix whose rows are draws.
  ///
  /// Upper tails go through their complements, and so keep their digits.
  public func draws(
    paths: Range<Int>, from stream: RandomStream, marginals: [any UnivariateDistribution]
  ) -> Matrix {
    checkMarginals(marginals.count, dimension)
    return underlying(paths, stream).mapColumns { j, z in
      z <= 0
        ? marginals[j].quantile(NormalDistribution.standard.cumulative(z))
        : marginals[j].quantile(complement: NormalDistribution.standard.cumulative(-z))
    }
  }

  /// The logarithm of the copula's density at n uniforms within (0, 1): −½ log |R| − ½ zᵀ(R⁻¹ − I)z
  /// with the normal quantiles z; nil where the correlation is singular.
  public func logDensity(at uniforms: [Double]) -> Double? {
    checkMarginals(uniforms.count, dimension)
    let z = uniforms.map { NormalDistribution.standard.quantile($0) }
    return factor.quadraticForm(z).map { form in
      -0.5 * (form.logDeterminant + form.value - z.reduce(0) { $0 + $1 * $1 })
    }
  }

  /// The correlation of a Gaussian or t copula that has a Kendall's tau: sin(πτ/2).
  ///
  /// Source: McNeil, Frey, Embrechts (2015), proposition 7.43 and its extension to elliptical laws.
  public static func correlation(kendallTau tau: Double) -> Double {
    precondition(abs(tau) <= 1, "Kendall's tau lies in [−1, 1]; this is \(tau).")
    return sin(0.5 * .pi * tau)
  }

  private func underlying(_ paths: Range<Int>, _ stream: RandomStream) -> Matrix {
    factor.draws(
      paths: paths, from: stream, mean: [Double](repeating: 0, count: dimension))
  }
}

/// The dependence of a multivariate Student t distribution, joined with any marginals.
///
/// Source: Demarta and McNeil, "The t copula and related copulas", Int. Stat. Review 73 (2005).
public struct StudentTCopula: Sendable, Hashable {
  /// The correlation (of the scale matrix), n by n.
  public let correlation: Matrix
  /// The degrees of freedom ν, positive and finite.
  public let degreesOfFreedom: Double
  private let factor: CovarianceFactor
  private let marginal: StudentT

  /// The number of components n.
  public var dimension: Int { correlation.rows }

  /// The copula of a correlation matrix, positive semidefinite with ones on the diagonal, and of
  /// positive degrees of freedom.
  ///
  /// - Throws: ``DistributionError`` as ``GaussianCopula``, and where the degrees of freedom are not
  ///   positive and finite.
  /// - Complexity: n³/3 operations.
  public init(correlation: Matrix, degreesOfFreedom: Double) throws(DistributionError) {
    guard degreesOfFreedom > 0 && degreesOfFreedom.isFinite else {
      throw .copulaDegreesOfFreedom(degreesOfFreedom)
    }
    factor = try CovarianceFactor(correlation: correlation)
    self.correlation = correlation
    self.degreesOfFreedom = degreesOfFreedom
    marginal = StudentT(degreesOfFreedom: degreesOfFreedom)
  }

  /// Uniforms with this dependence: a `paths.count` by n matrix whose rows are draws.
  ///
  /// A path's draw has the same bits alone, in any range, and on any number of threads.
  public func uniforms(paths: Range<Int>, from stream: RandomStream) -> Matrix {
    underlying(paths, stream).mapColumns { _, t in marginal.cumulative(t) }
  }

  /// Draws whose column j follows `marginals[j]`: a `paths.count` by n matrix whose rows are draws.
  ///
  /// Upper tails go through their complements, and so keep their digits.
  public func draws(
    paths: Range<Int>, from stream: RandomStream, marginals: [any UnivariateDistribution]
  ) -> Matrix {
    checkMarginals(marginals.count, dimension)
    return underlying(paths, stream).mapColumns { j, t in
      t <= 0
        ? marginals[j].quantile(marginal.cumulative(t))
        : marginals[j].quantile(complement: marginal.cumulative(-t))
    }
  }

  /// The logarithm of the copula's density at n uniforms within (0, 1); nil where the correlation is
  /// singular.
  public func logDensity(at uniforms: [Double]) -> Double? {
    checkMarginals(uniforms.count, dimension)
    let (ν, n) = (degreesOfFreedom, Double(dimension))
    let t = uniforms.map { marginal.quantile($0) }
    guard let form = factor.quadraticForm(t) else { return nil }
    let halfGamma: Double = lgamma(0.5 * ν)
    let joint: Double = lgamma(0.5 * (ν + n)) - halfGamma
    let spread: Double = -0.5 * form.logDeterminant - 0.5 * (ν + n) * log1p(form.value / ν)
    let one: Double = lgamma(0.5 * (ν + 1)) - halfGamma
    return t.reduce(joint + spread) { sum, x in sum - one + 0.5 * (ν + 1) * log1p(x * x / ν) }
  }

  /// The limit of the probability that one component lies beyond its quantile given that the other
  /// does, of a pair with this correlation: 2 t₍ν₊₁₎(−√((ν + 1)(1 − ρ)/(1 + ρ))).
  ///
  /// Source: McNeil, Frey, Embrechts (2015), equation 7.38.
  public func tailDependence(_ first: Int, _ second: Int) -> Double {
    let ρ = correlation[first, second]
    let distance = ((degreesOfFreedom + 1) * (1 - ρ) / (1 + ρ)).squareRoot()
    return 2 * StudentT(degreesOfFreedom: degreesOfFreedom + 1).complementaryCumulative(distance)
  }

  private func underlying(_ paths: Range<Int>, _ stream: RandomStream) -> Matrix {
    let ν = degreesOfFreedom
    return factor.draws(
      paths: paths, from: stream, mean: [Double](repeating: 0, count: dimension)
    ) { factors, paths in
      stream.fillChiSquares(factors, paths: paths, degreesOfFreedom: ν)
      for i in factors.indices { factors[i] = (ν / factors[i]).squareRoot() }
    }
  }
}

private func checkMarginals(_ count: Int, _ dimension: Int) {
  precondition(count == dimension, "A copula of \(dimension) components has no \(count) marginals.")
}

extension Matrix {
  /// Each element replaced by what `map` makes of it and its column, on all cores.
  fileprivate func mapColumns(_ map: @Sendable (Int, Double) -> Double) -> Matrix {
    let (rows, run) = (rows, 1024)
    let runs = (rows + run - 1) / run
    var result = self
    result.elements.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let values = buffer
      DispatchQueue.concurrentPerform(iterations: runs * columns) { item in
        let (j, first) = (item / runs, item % runs * run)
        for i in first..<min(first + run, rows) {
          values[i + j * rows] = map(j, values[i + j * rows])
        }
      }
    }
    return result
  }
}
