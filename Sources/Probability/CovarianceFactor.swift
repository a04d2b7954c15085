internal import CKernels
internal import Dispatch
internal import Foundation
internal import LinearAlgebra

/// A matrix F of n rows and as many columns as the rank, with FFᵀ = Σ, and the drawing of paths by
/// it: lower triangular where Σ is positive definite, else from pivoted Cholesky. The bits of a path
/// depend on neither the range it is drawn in, nor the machine, nor the number of threads.
struct CovarianceFactor: Sendable, Hashable {
  let size: Int
  let rank: Int
  let isTriangular: Bool
  /// F, size × rank by columns.
  private let elements: [Double]

  /// Paths drawn together: their normals and rows stay in the cache.
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
    if let factor = FixedOrderCholesky.factor(covariance) {
      (rank, isTriangular, elements) = (n, true, factor)
    } else {
      (elements, rank) = try Self.pivoted(covariance)
      isTriangular = false
    }
  }

  /// The factor of a correlation matrix, whose diagonal is checked.
  init(correlation: Matrix) throws(DistributionError) {
    try self.init(correlation)
    if let index = correlation.diagonal.firstIndex(where: { abs($0 - 1) > 1e-12 }) {
      throw .diagonalNotOne(index: index)
    }
  }

  /// xᵀΣ⁻¹x and log |Σ|; nil where Σ is singular.
  func quadraticForm(_ x: [Double]) -> (value: Double, logDeterminant: Double)? {
    guard isTriangular else { return nil }
    var y = x
    var (value, logDeterminant) = (0.0, 0.0)
    for i in 0..<size {
      for k in 0..<i { y[i] -= elements[i + k * size] * y[k] }
      y[i] /= elements[i + i * size]
      value += y[i] * y[i]
      logDeterminant += 2 * log(elements[i + i * size])
    }
    return (value, logDeterminant)
  }

  /// The factor of a semidefinite covariance, and where rounded data made one that is not quite,
  /// that of its part above 1e-10 of the largest variance.
  private static func pivoted(
    _ covariance: Matrix
  ) throws(DistributionError) -> (factor: [Double], rank: Int) {
    let largest = covariance.diagonal.reduce(0, max)
    let rounding = Double(covariance.rows) * .ulpOfOne * largest
    var rank = 0
    for tolerance in [rounding, 1e-10 * largest] {
      let found = FixedOrderCholesky.pivoted(covariance, tolerance: tolerance)
      if found.remainder <= max(tolerance, 8 * rounding) { return (found.factor, found.rank) }
      rank = found.rank
    }
    throw .indefinite(rank: rank)
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
        DispatchQueue.concurrentPerform(iterations: last - first + 1) { index in
          let start = (first + index) * Self.batch
          let wanted = paths.clamped(to: start..<(start + Self.batch))
          withUnsafeTemporaryAllocation(
            of: Double.self, capacity: wanted.count * (size + rank + 1)
          ) { scratch in
            let rows = fillBatch(wanted, from: stream, scaleRows, scratch)
            let target = out + (wanted.lowerBound - paths.lowerBound)
            for j in 0..<size {
              let column = rows + j * wanted.count
              for i in 0..<wanted.count { target[i + j * paths.count] = column[i] + mean[j] }
            }
          }
        }
      })
  }

  /// The rows of a few paths, count × size by columns, somewhere in `scratch`.
  private func fillBatch(
    _ paths: Range<Int>, from stream: RandomStream,
    _ scaleRows: ((UnsafeMutableBufferPointer<Double>, Range<Int>) -> Void)?,
    _ scratch: UnsafeMutableBufferPointer<Double>
  ) -> UnsafeMutablePointer<Double> {
    let (count, normalCount) = (paths.count, paths.count * rank)
    let normals = UnsafeMutableBufferPointer(rebasing: scratch[..<normalCount])
    stream.fillNormals(normals, paths: paths, dimension: rank)
    let rows = scratch.baseAddress! + normalCount
    multiply(normals.baseAddress!, count: count, into: rows)
    if let scaleRows {
      let factors = UnsafeMutableBufferPointer(start: rows + count * size, count: count)
      scaleRows(factors, paths)
      for j in 0..<size {
        for i in 0..<count { rows[i + j * count] *= factors[i] }
      }
    }
    return rows
  }

  /// rows = ZFᵀ for a count × rank matrix Z, in an order that does not depend on the machine; the
  /// zeros above the diagonal of a triangular F are left out but for those within a few columns.
  private func multiply(
    _ z: UnsafePointer<Double>, count: Int, into rows: UnsafeMutablePointer<Double>
  ) {
    rows.initialize(repeating: 0, count: count * size)
    elements.withUnsafeBufferPointer { factor in
      guard let factor = factor.baseAddress else { return }
      let width = isTriangular ? 20 : size
      for first in stride(from: 0, to: size, by: width) {
        let end = min(first + width, size)
        ck_add_product(
          count, end - first, isTriangular ? end : rank, z, count, factor + first, size,
          rows + first * count, count)
      }
    }
  }
}

/// The mean, zero where none is given, checked against the size.
func checkedMean(_ mean: [Double]?, size: Int) throws(DistributionError) -> [Double] {
  let mean = mean ?? [Double](repeating: 0, count: size)
  guard mean.count == size else { throw .meanSize(mean: mean.count, covariance: size) }
  if let index = mean.firstIndex(where: { !$0.isFinite }) { throw .meanNotFinite(index: index) }
  return mean
}
