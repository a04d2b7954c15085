public import LinearAlgebra

/// A change of a correlation matrix that leaves a correlation matrix: symmetric, of unit diagonal,
/// positive semidefinite.
public enum CorrelationStress: Sendable, Hashable {
  /// (1 − w) C + w B: towards another correlation matrix, by a weight in [0, 1].
  case blend(target: Matrix, weight: Double)
  /// The correlations within a group moved towards a common value c, by a weight w in [0, 1].
  ///
  /// With zᵢ of correlation c to each other and independent of the assets, each asset of the group
  /// becomes √(1 − w) xᵢ + √w zᵢ: correlations within become (1 − w) ρ + w c, those with other assets
  /// √(1 − w) ρ. For a group of m assets c lies in [−1 / (m − 1), 1].
  case towards(common: Double, weight: Double, group: [Int])
  /// Single correlations set to given values, and all others moved as little as possible: the nearest
  /// correlation matrix (Frobenius) with these entries.
  case entries([FixedCorrelation], NearestCorrelation = NearestCorrelation())

  /// The changed correlation.
  ///
  /// - Throws: ``EstimationError`` where the correlation or the target is not a correlation matrix
  ///   (`invalidVariance` at a diagonal that is not 1, `indefinite` at an eigenvalue below −1e-10), sizes
  ///   differ (`shape`), a number is out of range (`outOfRange`), or no correlation matrix has the
  ///   fixed entries (`infeasibleFixedEntries`).
  public func applied(to correlation: Matrix) throws(EstimationError) -> Matrix {
    try requireCorrelation(correlation)
    let n = correlation.rows
    switch self {
    case .blend(let target, let weight):
      guard target.rows == n else {
        throw .shape(of: "rows of the target", found: target.rows, needed: n)
      }
      try requireCorrelation(target)
      try requireWeight(weight)
      return Matrix(rows: n, columns: n) { i, j in
        i == j ? 1 : (1 - weight) * correlation[i, j] + weight * target[i, j]
      }
    case .towards(let common, let weight, let group):
      try requireWeight(weight)
      try requireGroup(group, common: common, count: n)
      var inGroup = [Bool](repeating: false, count: n)
      for i in group { inGroup[i] = true }
      let root = (1 - weight).squareRoot()
      return Matrix(rows: n, columns: n) { i, j in
        switch (inGroup[i], inGroup[j]) {
        case _ where i == j: 1
        case (true, true): (1 - weight) * correlation[i, j] + weight * common
        case (false, false): correlation[i, j]
        default: root * correlation[i, j]
        }
      }
    case .entries(let entries, let method):
      return try method.nearest(to: correlation, fixing: entries).correlation
    }
  }

  private func requireWeight(_ weight: Double) throws(EstimationError) {
    guard weight >= 0 && weight <= 1 else {
      throw .outOfRange(name: "weight", value: weight, lower: 0, upper: 1)
    }
  }

  private func requireGroup(
    _ group: [Int], common: Double, count n: Int
  ) throws(EstimationError) {
    for i in group where !(0..<n).contains(i) {
      throw .outOfRange(
        name: "index in the group", value: Double(i), lower: 0, upper: Double(n - 1))
    }
    let m = Set(group).count
    guard m == group.count else {
      throw .shape(of: "different indices in the group", found: m, needed: group.count)
    }
    let least = m > 1 ? -1 / Double(m - 1) : -1
    guard common >= least && common <= 1 else {
      throw .outOfRange(name: "common correlation", value: common, lower: least, upper: 1)
    }
  }
}

/// Throws unless a matrix is symmetric, of unit diagonal and positive semidefinite, all to rounding.
private func requireCorrelation(_ matrix: Matrix) throws(EstimationError) {
  let eigen = try eigenvalues(of: matrix)
  for (i, x) in matrix.diagonal.enumerated() where abs(x - 1) > 1e-12 {
    throw .invalidVariance(index: i, value: x)
  }
  if let least = eigen.values.first, least < -1e-10 {
    throw .indefinite(smallestEigenvalue: least)
  }
}
