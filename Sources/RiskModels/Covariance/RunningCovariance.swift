internal import CKernels
public import LinearAlgebra

/// An exponentially weighted covariance that follows the observations: one update of rank one for
/// each, in memory that is allocated once.
///
/// After t observations it is what ``ExponentiallyWeighted/covariance(of:)`` gives for them: the
/// weights sum to 1 at every date, so that the newest has w = (1 − λ) / (1 − λᵗ). With d = x − m the
/// steps are m ← m + w d and Σ ← (1 − w) (Σ + w d dᵀ); about zero, Σ ← (1 − w) Σ + w x xᵀ. Where it
/// starts from a given covariance, w = 1 − λ at every date: the recursion of RiskMetrics Technical
/// Document, 4th edition (1996), §5.3; the mean then starts at zero.
public struct RunningCovariance: Sendable {
  /// The covariance of the observations up to now, n by n, exactly symmetric; zero before the first.
  public private(set) var covariance: Matrix
  /// The weighted mean up to now; zeros where the covariance is about zero.
  public private(set) var mean: [Double]
  /// The number of observations.
  public private(set) var count = 0

  /// The rule of the weights.
  public let estimator: ExponentiallyWeighted

  private let isSeeded: Bool
  /// λᵗ.
  private var power = 1.0
  private var deviation: [Double]
  private var scratch: [Double]

  /// The covariance of `size` assets before any observation.
  public init(size: Int, _ estimator: ExponentiallyWeighted) {
    precondition(size >= 0, "A covariance cannot have \(size) rows.")
    self.init(Matrix(rows: size, columns: size), estimator, isSeeded: false)
  }

  /// The covariance that starts from `initial`, a symmetric matrix.
  ///
  /// - Throws: ``EstimationError`` where the matrix is not square, symmetric and finite.
  public init(
    from initial: Matrix, _ estimator: ExponentiallyWeighted
  ) throws(EstimationError) {
    try requireSymmetric(initial)
    self.init(initial.symmetrized(), estimator, isSeeded: true)
  }

  private init(_ covariance: Matrix, _ estimator: ExponentiallyWeighted, isSeeded: Bool) {
    self.covariance = covariance
    self.estimator = estimator
    self.isSeeded = isSeeded
    mean = [Double](repeating: 0, count: covariance.rows)
    deviation = mean
    scratch = mean
  }

  /// Takes in one observation, one element for each asset.
  ///
  /// - Throws: `EstimationError.notFinite` where an element is NaN or infinite, with the number of
  ///   observations before it as its row; nothing has then changed.
  /// - Complexity: n² multiplications; nothing is allocated.
  public mutating func observe(_ observation: [Double]) throws(EstimationError) {
    precondition(
      observation.count == mean.count,
      "An observation of \(observation.count) elements does not fit \(mean.count) assets.")
    for j in observation.indices where !observation[j].isFinite {
      throw .notFinite(row: count, column: j)
    }
    observation.withUnsafeBufferPointer { x in
      if let start = x.baseAddress { take(start) }
    }
  }

  /// As `observe`, for n finite numbers.
  fileprivate mutating func take(_ x: UnsafePointer<Double>) {
    let λ = estimator.decay
    count += 1
    power *= λ
    let w = isSeeded ? 1 - λ : (1 - λ) / (1 - power)
    let n = mean.count
    guard estimator.mean == .weighted else {
      return ck_decay_rank_one(n, 1 - w, w, x, &covariance.elements, &scratch)
    }
    for j in 0..<n {
      deviation[j] = x[j] - mean[j]
      mean[j] += w * deviation[j]
    }
    ck_decay_rank_one(n, 1 - w, (1 - w) * w, deviation, &covariance.elements, &scratch)
  }
}

extension ExponentiallyWeighted {
  /// Calls `body` with the covariance at every date: that of the observations up to and including
  /// this row. Rows are dates, oldest first.
  ///
  /// The covariance is one matrix that changes from call to call; a caller that keeps it keeps a copy
  /// of that date. Nothing else is allocated per date.
  ///
  /// - Parameter initial: The covariance before the first row, for the recursion of RiskMetrics;
  ///   without it the weights sum to 1 at every date, see ``RunningCovariance``.
  /// - Throws: ``EstimationError`` for a NaN or an infinity, before the first call; `shape` where
  ///   `initial` has not as many rows as there are assets; what `body` throws.
  /// - Complexity: n² multiplications for each date.
  public func forEachCovariance(
    of returns: Matrix, from initial: Matrix? = nil,
    _ body: (_ row: Int, _ covariance: Matrix) throws -> Void
  ) throws {
    try requireObservations(returns, 0)
    let n = returns.columns
    if let initial, initial.rows != n {
      throw EstimationError.shape(
        of: "rows of the initial covariance", found: initial.rows, needed: n)
    }
    var running =
      if let initial { try RunningCovariance(from: initial, self) } else {
        RunningCovariance(size: n, self)
      }
    let rows = returns.transposed
    for t in 0..<returns.rows {
      rows.elements.withUnsafeBufferPointer { x in
        if let start = x.baseAddress { running.take(start + t * n) }
      }
      try body(t, running.covariance)
    }
  }
}
