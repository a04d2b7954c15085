internal import CKernels
public import LinearAlgebra

/// The Gerber statistic: a correlation that counts joint moves and does not weigh them.
///
/// A return counts where its magnitude is at least c σ, c times the standard deviation of its asset
/// (about the mean, divided by T). Over the observations in which both returns count, those of equal
/// sign are concordant and those of opposite sign discordant; the statistic is their difference over
/// one of the denominators below. Source: Gerber, Markowitz, Ernst, Miao, Javid, Sargen, "The Gerber
/// statistic: a robust co-movement measure for portfolio optimization", Journal of Portfolio
/// Management 48 (2022), equations 3 to 12.
public struct GerberStatistic: CovarianceEstimator, Hashable {
  /// What the difference of concordant and discordant moves is divided by.
  public enum Denominator: Sendable, Hashable, CaseIterable {
    /// The observations in which at least one of the two counts. The matrix is then positive
    /// semidefinite: with vectors of signs u and sizes a = ‖u‖² it is uᵀv / (a + b − |u|ᵀ|v|), and
    /// 1 / (a + b − c) = Σ cᵏ / (a + b)ᵏ⁺¹ is a sum of Schur products of semidefinite matrices.
    case eitherMoves
    /// The observations in which both count: the paper's first form, which need not be positive
    /// semidefinite. Zero where there are none.
    case bothMove
    /// The geometric mean of how often each of the two counts: the cosine of the vectors of signs,
    /// positive semidefinite.
    case geometricMean
  }

  /// c: the share of its standard deviation from which a return counts, in (0, 1).
  public let threshold: Double
  /// What the difference of concordant and discordant moves is divided by.
  public var denominator: Denominator

  /// The statistic with a threshold in (0, 1).
  public init(threshold: Double = 0.5, denominator: Denominator = .eitherMoves) {
    precondition(
      threshold > 0 && threshold < 1,
      "The threshold must lie between 0 and 1, not be \(threshold).")
    self.threshold = threshold
    self.denominator = denominator
  }

  /// The Gerber correlation of the columns: exactly symmetric, of unit diagonal.
  ///
  /// - Throws: ``EstimationError`` for fewer than 2 observations, a NaN or an infinity, and
  ///   `constantSeries`.
  /// - Complexity: T n² / 64 operations on words of bits.
  public func correlation(of returns: Matrix) throws(EstimationError) -> Matrix {
    try correlationAndDeviations(returns).correlation
  }

  /// The Gerber correlation with the standard deviations (divided by T) of the columns.
  ///
  /// - Throws: As `correlation(of:)`.
  public func covariance(of returns: Matrix) throws(EstimationError) -> Matrix {
    let (G, σ) = try correlationAndDeviations(returns)
    return Matrix(rows: σ.count, columns: σ.count) { i, j in G[i, j] * (σ[i] * σ[j]) }
  }

  private func correlationAndDeviations(
    _ returns: Matrix
  ) throws(EstimationError) -> (correlation: Matrix, σ: [Double]) {
    let x = try Observations(returns)
    let (T, n, words) = (x.T, x.n, (x.T + 63) / 64)
    var variances = [Double](repeating: 0, count: n)
    var squares = [Double](repeating: 0, count: T)
    x.forEachColumn { column, mean, j in
      ck_centre(T, column, mean, nil, &squares)
      variances[j] = dot(squares, squares) / Double(T)
    }
    try x.requireVariation(variances)
    let σ = variances.map { $0.squareRoot() }

    var active = [UInt64](repeating: 0, count: words * n)
    var sign = active
    active.withUnsafeMutableBufferPointer { active in
      sign.withUnsafeMutableBufferPointer { sign in
        guard let a = active.baseAddress, let s = sign.baseAddress else { return }
        x.forEachColumn { column, _, j in
          ck_threshold_bits(T, column, threshold * σ[j], a + j * words, s + j * words)
        }
      }
    }
    return (correlation(of: (active, sign), words: words, count: n), σ)
  }

  private func correlation(
    of bits: (active: [UInt64], sign: [UInt64]), words: Int, count n: Int
  ) -> Matrix {
    var G = Matrix.identity(n)
    let moves = (0..<n).map { j in
      bits.active[j * words..<(j + 1) * words].reduce(0) { $0 + $1.nonzeroBitCount }
    }
    var both = [Int64](repeating: 0, count: n)
    var opposed = both
    for j in 0..<n {
      bits.active.withUnsafeBufferPointer { active in
        bits.sign.withUnsafeBufferPointer { sign in
          guard let a = active.baseAddress, let s = sign.baseAddress else { return }
          let (own, next) = (j * words, (j + 1) * words)
          ck_concordance(
            words, a + own, s + own, n - j - 1, a + next, s + next, &both, &opposed)
        }
      }
      for i in (j + 1)..<max(n, j + 1) {
        let common = Double(both[i - j - 1])
        let difference = common - 2 * Double(opposed[i - j - 1])
        let (a, b) = (Double(moves[i]), Double(moves[j]))
        let divisor =
          switch denominator {
          case .eitherMoves: a + b - common
          case .bothMove: common
          case .geometricMean: (a * b).squareRoot()
          }
        let value = divisor > 0 ? difference / divisor : 0
        G.elements[i + j * n] = value
        G.elements[j + i * n] = value
      }
    }
    return G
  }
}
