internal import CKernels
internal import LinearAlgebra

/// The observations of n assets with what every estimator asks first: that they are finite, and
/// their means.
///
/// The centred observations are never stored as a whole: they pass in panels of rows through one
/// buffer that stays in the cache, each panel into the product by one `dsyrk`. A copy of the returns
/// would cost a tenth of the product itself.
struct Observations {
  let returns: Matrix
  /// What each column is measured from.
  let means: [Double]

  var T: Int { returns.rows }
  var n: Int { returns.columns }

  /// Rows of a panel: that many of 400 assets fill a second-level cache of a megabyte.
  static let panelRows = 320

  /// Measured from the mean of each column, weighted where weights (of sum 1) are given, or from
  /// zero where `aboutZero`.
  init(
    _ returns: Matrix, weights: [Double]? = nil, aboutZero: Bool = false, needed: Int = 2
  ) throws(EstimationError) {
    guard returns.rows >= needed else {
      throw .tooFewObservations(found: returns.rows, needed: needed)
    }
    self.returns = returns
    let T = returns.rows
    // A sum is finite only where its terms are.
    let sums = (0..<returns.columns).map { j in
      returns.elements.withUnsafeBufferPointer { x in
        guard let start = x.baseAddress else { return 0.0 }
        return ck_weighted_sum(T, start + j * T, weights)
      }
    }
    if let j = sums.firstIndex(where: { !$0.isFinite }) {
      if let place = returns.firstNonFinite() {
        throw .notFinite(row: place.row, column: place.column)
      }
      throw .overflow(index: j)
    }
    means =
      aboutZero
      ? [Double](repeating: 0, count: sums.count)
      : weights == nil ? sums.map { $0 / Double(T) } : sums
  }

  /// Σ wₜ yₜ yₜᵀ · factor for the centred observations y and weights wₜ, 1 where there are none:
  /// exactly symmetric.
  ///
  /// - Throws: `overflow` where a variance does.
  func product(weights: [Double]? = nil, factor: Double) throws(EstimationError) -> Matrix {
    let roots = weights.map { $0.map { $0.squareRoot() } }
    let (T, n) = (T, n)
    let panel = min(T, Self.panelRows)
    let S = Matrix(
      rows: n, columns: n,
      initializingWith: { target in
        withUnsafeTemporaryAllocation(of: Double.self, capacity: panel * n) { buffer in
          guard let y = buffer.baseAddress else { return }
          for start in stride(from: 0, to: T, by: panel) {
            let rows = min(panel, T - start)
            centre(rows: start..<(start + rows), scales: roots, into: y, leadingDimension: panel)
            BLAS.withSingleThreadedBLAS {
              BLAS.syrk(
                .lower, .yes, n: n, k: rows, alpha: factor, y, lda: panel,
                beta: start == 0 ? 0 : 1, target, ldc: n)
            }
          }
        }
        BLAS.mirrorLowerTriangle(target, n: n)
      })
    if let j = S.diagonal.firstIndex(where: { !$0.isFinite }) { throw .overflow(index: j) }
    return S
  }

  private func centre(
    rows: Range<Int>, scales: [Double]?, into y: UnsafeMutablePointer<Double>,
    leadingDimension: Int
  ) {
    returns.elements.withUnsafeBufferPointer { x in
      guard let x = x.baseAddress else { return }
      func each(_ scales: UnsafePointer<Double>?) {
        for j in 0..<n {
          ck_centre(
            rows.count, x + rows.lowerBound + j * T, means[j], scales, y + j * leadingDimension)
        }
      }
      guard let scales else { return each(nil) }
      scales.withUnsafeBufferPointer { each($0.baseAddress.map { $0 + rows.lowerBound }) }
    }
  }

  /// Calls `body` with each column, its mean and its index.
  func forEachColumn(_ body: (UnsafePointer<Double>, _ mean: Double, _ index: Int) -> Void) {
    returns.elements.withUnsafeBufferPointer { x in
      guard let x = x.baseAddress else { return }
      for j in 0..<n { body(x + j * T, means[j], j) }
    }
  }

  /// Yc: a combination of the centred columns, of one element for each observation.
  func combination(_ c: [Double]) -> [Double] {
    let shift = dot(means, c)
    var result = returns * c
    for t in result.indices { result[t] -= shift }
    return result
  }

  /// Throws at the first asset that does not vary, or whose variance vanishes beside 1e-308.
  func requireVariation(_ variances: [Double]) throws(EstimationError) {
    try RiskModels.requireVariation(of: returns)
    if let i = variances.firstIndex(where: { !($0 > 0 && (1 / $0).isFinite) }) {
      throw .constantSeries(index: i)
    }
  }
}

/// Throws at the first column whose elements are all the same.
///
/// Its computed variance may differ from zero by the rounding of the mean.
func requireVariation(of returns: Matrix) throws(EstimationError) {
  for j in 0..<returns.columns {
    let column = j * returns.rows..<(j + 1) * returns.rows
    if returns.elements[column].allSatisfy({ $0 == returns.elements[column.lowerBound] }) {
      throw .constantSeries(index: j)
    }
  }
}

/// The observations less a mean of each column, as a matrix.
func centred(_ returns: Matrix, needed: Int = 2) throws(EstimationError) -> Matrix {
  let observations = try Observations(returns, needed: needed)
  var x = returns
  for j in 0..<x.columns {
    for t in j * x.rows..<(j + 1) * x.rows { x.elements[t] -= observations.means[j] }
  }
  return x
}

func requireObservations(_ returns: Matrix, _ needed: Int) throws(EstimationError) {
  guard returns.rows >= needed else {
    throw .tooFewObservations(found: returns.rows, needed: needed)
  }
  if let place = returns.firstNonFinite() {
    throw .notFinite(row: place.row, column: place.column)
  }
}
