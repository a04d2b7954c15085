internal import Dispatch
internal import LinearAlgebra

/// A matrix F of n rows and as many columns as the rank, with FFᵀ = Σ, and the drawing of paths by
/// it: lower triangular where Σ is positive definite, else from pivoted Cholesky.
struct CovarianceFactor: Sendable, Hashable {
  let size: Int
  let rank: Int
  let isTriangular: Bool
  /// F, size × rank by columns.
  private let elements: [Double]

  /// Paths drawn together; batches start at its multiples, so that a path meets the same
  /// arithmetic whatever range it is drawn in.
  static let batch = 256

  init(_ covariance: Matrix) throws(DistributionError) {
    let n = covariance.rows
    guard covariance.isSquare else {
      throw .notSquare(rows: n, columns: covariance.columns)
    }
    if let place = covariance.firstNonFinite() {
      throw .notFinite(row: place.row, column: place.column)
    }
    guard covariance.isSymmetric(tolerance: 1e-12) else { throw .notSymmetric }
    size = n
    if let cholesky = try? Cholesky(covariance) {
      (rank, isTriangular, elements) = (n, true, cholesky.factor.elements)
    } else {
      let factor = try Self.pivoted(covariance)
      (rank, isTriangular, elements) = (factor.columns, false, factor.elements)
    }
  }

  /// The factor of a semidefinite covariance, and where rounded data made one that is not quite,
  /// that of its part above 1e-10 of the largest variance.
  private static func pivoted(
    _ covariance: Matrix
  ) throws(DistributionError) -> Matrix {
    if let cholesky = try? PivotedCholesky(covariance) { return cholesky.factor }
    let largest = covariance.diagonal.reduce(0, max)
    do {
      return try PivotedCholesky(covariance, tolerance: 1e-10 * largest).factor
    } catch {
      guard case .notPositiveSemidefinite(let rank) = error else { throw .indefinite(rank: 0) }
      throw .indefinite(rank: rank)
    }
  }

  /// Rows Fz + mean of standard normal z for each path of a range, each row's Fz first multiplied by
  /// what `scaleRows` finds for its path.
  ///
  /// The batches run on all cores; the result does not depend on how many there are.
  func draws(
    paths: Range<Int>, from stream: RandomStream, mean: [Double],
    scaleRows: (@Sendable (UnsafeMutableBufferPointer<Double>, Range<Int>) -> Void)? = nil
  ) -> Matrix {
    precondition(paths.lowerBound >= 0, "Paths are numbered from 0.")
    guard !paths.isEmpty && size > 0 else { return Matrix(rows: paths.count, columns: size) }
    return Matrix(
      rows: paths.count, columns: size,
      initializingWith: { out in
        nonisolated(unsafe) let out = out
        let first = paths.lowerBound / Self.batch
        let last = (paths.upperBound - 1) / Self.batch
        BLAS.withSingleThreadedBLAS {
          DispatchQueue.concurrentPerform(iterations: last - first + 1) { index in
            let start = (first + index) * Self.batch
            let wanted = paths.clamped(to: start..<(start + Self.batch))
            withUnsafeTemporaryAllocation(
              of: Double.self, capacity: Self.batch * (size + rank + 1)
            ) { scratch in
              let rows = fillBatch(at: start, from: stream, scaleRows, scratch)
              let target = out + (wanted.lowerBound - paths.lowerBound)
              for j in 0..<size {
                let column = rows + j * Self.batch + (wanted.lowerBound - start)
                for i in 0..<wanted.count { target[i + j * paths.count] = column[i] + mean[j] }
              }
            }
          }
        }
      })
  }

  /// The batch of paths from `start`, batch × size by columns, somewhere in `scratch`.
  private func fillBatch(
    at start: Int, from stream: RandomStream,
    _ scaleRows: ((UnsafeMutableBufferPointer<Double>, Range<Int>) -> Void)?,
    _ scratch: UnsafeMutableBufferPointer<Double>
  ) -> UnsafeMutablePointer<Double> {
    let paths = start..<(start + Self.batch)
    let (normalCount, rowCount) = (Self.batch * rank, Self.batch * size)
    let normals = UnsafeMutableBufferPointer(rebasing: scratch[..<normalCount])
    let other = UnsafeMutableBufferPointer(
      rebasing: scratch[normalCount..<(normalCount + rowCount)])
    let factors = UnsafeMutableBufferPointer(
      rebasing: scratch[(normalCount + rowCount)..<(normalCount + rowCount + Self.batch)])
    stream.fillNormals(normals, paths: paths, dimension: rank)

    var rows = other.baseAddress!
    if isTriangular {
      rows = normals.baseAddress!
      BLAS.trmm(
        .right, .lower, .yes, m: Self.batch, n: size, elements, lda: size, rows, ldb: Self.batch)
    } else if rank == 0 {
      other.initialize(repeating: 0)
    } else {
      BLAS.gemm(
        .no, .yes, m: Self.batch, n: size, k: rank, normals.baseAddress!, lda: Self.batch, elements,
        ldb: size, rows, ldc: Self.batch)
    }
    if let scaleRows {
      scaleRows(factors, paths)
      for j in 0..<size {
        for i in 0..<Self.batch { rows[i + j * Self.batch] *= factors[i] }
      }
    }
    return rows
  }
}

/// The mean, zero where none is given, checked against the size.
func checkedMean(_ mean: [Double]?, size: Int) throws(DistributionError) -> [Double] {
  let mean = mean ?? [Double](repeating: 0, count: size)
  guard mean.count == size else { throw .meanSize(mean: mean.count, covariance: size) }
  if let index = mean.firstIndex(where: { !$0.isFinite }) { throw .meanNotFinite(index: index) }
  return mean
}
