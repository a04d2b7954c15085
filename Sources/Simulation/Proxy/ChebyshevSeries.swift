internal import Foundation
internal import LinearAlgebra

/// An interval with the map of Chebyshev points onto it.
struct ChebyshevAxis: Sendable, Hashable {
  let lower: Double
  let upper: Double
  var middle: Double { 0.5 * (lower + upper) }
  var halfWidth: Double { 0.5 * (upper - lower) }

  /// The points cos(π j/n) for j = 0 … n, from the upper end to the lower; the middle for n = 0.
  func points(degree n: Int) -> [Double] {
    n == 0 ? [middle] : (0...n).map { middle + halfWidth * cos(.pi * Double($0) / Double(n)) }
  }

  /// The points cos(π (j + ½)/n) between them, where the error of interpolation is greatest; the
  /// middle for n = 0.
  func pointsBetween(degree n: Int) -> [Double] {
    n == 0
      ? [middle]
      : (0..<n).map { middle + halfWidth * cos(.pi * (Double($0) + 0.5) / Double(n)) }
  }

  /// T₀ … T_n at each of the points, one row for each.
  func polynomials(at points: [Double], degree n: Int) -> Matrix {
    let x = points.map { halfWidth > 0 ? ($0 - middle) / halfWidth : 0 }
    let m = x.count
    return Matrix(
      rows: m, columns: n + 1,
      elements: [Double](unsafeUninitializedCapacity: m * (n + 1)) { T, initialized in
        for i in 0..<m { T[i] = 1 }
        if n > 0 { for i in 0..<m { T[m + i] = x[i] } }
        for k in stride(from: 2, through: n, by: 1) {
          for i in 0..<m { T[k * m + i] = 2 * x[i] * T[(k - 1) * m + i] - T[(k - 2) * m + i] }
        }
        initialized = m * (n + 1)
      })
  }
}

/// A function of one or two variables as a sum Σ c_kl T_k(x) T_l(y); degree 0 in y for one variable.
struct ChebyshevSeries: Sendable {
  let x: ChebyshevAxis
  let y: ChebyshevAxis
  /// (degree in x + 1) × (degree in y + 1).
  private(set) var coefficients: Matrix

  /// The interpolant of values at `x.points` × `y.points`: one row for each x.
  init(x: ChebyshevAxis, y: ChebyshevAxis, values: Matrix) {
    self.x = x
    self.y = y
    let along = Self.transform(degree: values.rows - 1) * values
    coefficients = along * Self.transform(degree: values.columns - 1).transposed
  }

  /// The function a + b x.
  init(x: ChebyshevAxis, y: ChebyshevAxis, constant a: Double, slope b: Double) {
    self.x = x
    self.y = y
    coefficients = Matrix(
      rows: 2, columns: 1, elements: [a + b * x.middle, b * x.halfWidth])
  }

  /// The matrix from values at the points of degree n to coefficients: the discrete cosine transform
  /// c_k = (2/n) Σ″ f_j cos(π j k/n), the terms of both ends halved, and c₀ and c_n too (Trefethen,
  /// *Approximation Theory and Approximation Practice*, ch. 3).
  private static func transform(degree n: Int) -> Matrix {
    if n == 0 { return .identity(1) }
    let cosines = (0..<(2 * n)).map { cos(.pi * Double($0) / Double(n)) }
    var elements: [Double] = []
    elements.reserveCapacity((n + 1) * (n + 1))
    for j in 0...n {
      for k in 0...n {
        let ends = (j == 0 || j == n ? 0.5 : 1) * (k == 0 || k == n ? 0.5 : 1)
        elements.append(2 / Double(n) * ends * cosines[j * k % (2 * n)])
      }
    }
    return Matrix(rows: n + 1, columns: n + 1, elements: elements)
  }

  /// The sum with another series over the same axes.
  mutating func add(_ other: ChebyshevSeries) {
    var sum = Matrix(
      rows: max(coefficients.rows, other.coefficients.rows),
      columns: max(coefficients.columns, other.coefficients.columns))
    for part in [coefficients, other.coefficients] {
      for l in 0..<part.columns { for k in 0..<part.rows { sum[k, l] += part[k, l] } }
    }
    coefficients = sum
  }

  /// The values at all pairs of the given points: one row for each x.
  func values(atX xs: [Double], y ys: [Double]) -> Matrix {
    let alongY =
      coefficients * y.polynomials(at: ys, degree: coefficients.columns - 1).transposed
    return x.polynomials(at: xs, degree: coefficients.rows - 1) * alongY
  }

  /// What the last coefficients in x, and those in y, add at most: the direction with the larger tail
  /// needs more points.
  var tails: (x: Double, y: Double) {
    let (m, n) = (coefficients.rows, coefficients.columns)
    var (tailX, tailY) = (0.0, 0.0)
    for l in 0..<n {
      for k in 0..<m {
        if k >= m - 2 { tailX += abs(coefficients[k, l]) }
        if l >= n - 2 { tailY += abs(coefficients[k, l]) }
      }
    }
    return (tailX, n == 1 ? 0 : tailY)
  }
}
