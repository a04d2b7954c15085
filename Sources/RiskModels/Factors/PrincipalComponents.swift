internal import Foundation
public import LinearAlgebra

/// A factor model by principal components: the largest eigenvalues of the sample covariance as the
/// variances of uncorrelated factors, and of the rest its diagonal alone.
///
/// S = VΛVᵀ: F holds the eigenvectors of the k largest eigenvalues, Ω those eigenvalues, and D is the
/// diagonal of S − FΩFᵀ, so that the variances of all assets are those of S. The sign of each factor
/// is such that its loadings have a sum that is not negative. Source: Connor and Korajczyk,
/// "Performance measurement with the arbitrage pricing theory", Journal of Financial Economics 15
/// (1986), for the eigenproblem of T × T where there are fewer observations than assets.
public struct PrincipalComponents: CovarianceEstimator, Hashable {
  /// How many components are factors.
  public enum Count: Sendable, Hashable {
    /// As many as given, or as there are.
    case exactly(Int)
    /// The fewest that explain this share of the sum of variances, in (0, 1].
    case explaining(Double)
  }

  /// How many components are factors.
  public var count: Count

  /// The model of a number of components.
  public init(_ count: Count) { self.count = count }

  /// The covariance F Ω Fᵀ + diag(D), n × n.
  public func covariance(of returns: Matrix) throws(EstimationError) -> Matrix {
    try factorModel(of: returns).covariance
  }

  /// The model of the columns, per period.
  ///
  /// - Throws: ``EstimationError`` for fewer than 2 observations, a NaN or an infinity, `outOfRange`
  ///   for a count that is negative or a share outside (0, 1].
  /// - Complexity: T n min(T, n) operations and a symmetric eigenproblem of min(T, n) rows.
  public func factorModel(of returns: Matrix) throws(EstimationError) -> FactorModel {
    try BLAS.withSingleThreadedBLAS { () throws(EstimationError) in try model(of: returns) }
  }

  private func model(of returns: Matrix) throws(EstimationError) -> FactorModel {
    let x = try centred(returns)
    let (T, n) = (x.rows, x.columns)
    let divisor = Double(T - 1)
    var variances = [Double](repeating: 0, count: n)
    for j in 0..<n {
      let column = x.column(j)
      variances[j] = dot(column, column) / divisor
    }
    if let j = variances.firstIndex(where: { !$0.isFinite }) { throw .overflow(index: j) }

    // YYᵀ has the same positive eigenvalues as YᵀY, and Yᵀu / √λ are the vectors of that.
    let isWide = T < n
    let eigen = try eigenvalues(of: (isWide ? x.transposed : x).gram() / divisor)
    let total = variances.reduce(0, +)
    let rounding = total * Double(max(T, n)) * .ulpOfOne
    let descending = Array(eigen.values.reversed())
    let k = try number(of: descending.prefix { $0 > rounding }, total: total)
    let last = eigen.values.count
    let vectors = eigen.vectors[rows: 0..<last, columns: (last - k)..<last]
    var F = isWide ? Matrix.product(x, vectors, transposing: .left) : Matrix(vectors)
    let Ω = Array(eigen.values[(last - k)...])
    for c in 0..<k {
      let column = F.column(c)
      let sign = column.reduce(0, +) < 0 ? -1.0 : 1.0
      let scale = sign / (isWide ? (Ω[c] * divisor).squareRoot() : 1)
      for i in 0..<n { F.elements[i + c * n] *= scale }
    }
    // Largest first.
    F = Matrix(rows: n, columns: k) { i, c in F[i, k - 1 - c] }
    let largest = Array(Ω.reversed())
    for c in 0..<k {
      for i in 0..<n { variances[i] -= largest[c] * F[i, c] * F[i, c] }
    }
    return try FactorModel(
      loadings: F, factorCovariance: Matrix(diagonal: largest),
      specificVariances: variances.map { max($0, 0) })
  }

  private func number(
    of positive: ArraySlice<Double>, total: Double
  ) throws(EstimationError) -> Int {
    switch count {
    case .exactly(let k):
      guard k >= 0 else {
        throw .outOfRange(name: "number of factors", value: Double(k), lower: 0, upper: .infinity)
      }
      return min(k, positive.count)
    case .explaining(let share):
      guard share > 0 && share <= 1 else {
        throw .outOfRange(name: "explained share", value: share, lower: 0, upper: 1)
      }
      var sum = 0.0
      for (k, λ) in positive.enumerated() {
        sum += λ
        if sum >= share * total * (1 - 1e-15) { return k + 1 }
      }
      return positive.count
    }
  }
}

/// Σ log x.
func logarithmSum(_ x: [Double]) -> Double { x.reduce(0) { $0 + log($1) } }
