internal import CKernels
internal import LinearAlgebra

/// A series as cubics in one variable, or bicubics in two, on uniform cells: what is fast to evaluate.
///
/// Each cubic meets the series at 0, ¼, ¾ and 1 of its cell, the Chebyshev points of degree 3, so
/// neighbours join.
struct PiecewiseCubic: Sendable {
  private let x: ck_axis
  /// nil for one variable.
  private let y: ck_axis?
  private let coefficients: [Double]
  /// The largest distance to the series seen between those points.
  let error: Double

  /// Cells are doubled until the distance holds; at most about 2 ¹⁶ doubles of coefficients are used.
  init?(_ series: ChebyshevSeries, tolerance: Double) {
    let isPlane = series.coefficients.columns > 1
    var (m, n) = (isPlane ? 32 : 64, isPlane ? 4 : 1)
    while m * n <= 1 << 15 {
      let grid = CellGrid(series, cells: m, n)
      let errors = grid.errors
      if errors.x + errors.y <= tolerance {
        error = errors.x + errors.y
        x = series.x.cells(m)
        y = isPlane ? series.y.cells(n) : nil
        coefficients = grid.coefficients
        return
      }
      if errors.y > errors.x { n *= 2 } else { m *= 2 }
    }
    return nil
  }

  /// Adds the values at the points to `result`.
  func add(
    atX xs: UnsafeBufferPointer<Double>, y ys: UnsafeBufferPointer<Double>?,
    to result: UnsafeMutableBufferPointer<Double>
  ) {
    guard let points = xs.baseAddress, let out = result.baseAddress else { return }
    if let y, let levels = ys?.baseAddress {
      ck_add_bicubics(coefficients, x, y, xs.count, points, levels, out)
    } else {
      ck_add_cubics(coefficients, x, xs.count, points, out)
    }
  }
}

extension ChebyshevAxis {
  /// The division into equal cells.
  func cells(_ count: Int) -> ck_axis {
    ck_axis(origin: lower, inverse_width: Double(count) / (upper - lower), cells: count)
  }

  /// The places 0, ¼, ½, ¾ of each cell, and the end.
  fileprivate func quarters(cells: Int) -> [Double] {
    (0...(4 * cells)).map { lower + (upper - lower) * (Double($0) / Double(4 * cells)) }
  }
}

/// The values of a series at the quarters of cells, and the cubics through those at 0, ¼, ¾ and 1.
private struct CellGrid {
  /// One row for each quarter in x; columns likewise in y, or one.
  private let values: Matrix
  private let cells: (x: Int, y: Int)
  private let isPlane: Bool

  init(_ series: ChebyshevSeries, cells m: Int, _ n: Int) {
    isPlane = series.coefficients.columns > 1
    cells = (m, n)
    values = series.values(
      atX: series.x.quarters(cells: m),
      y: isPlane ? series.y.quarters(cells: n) : [series.y.middle])
  }

  /// What a cubic through the values at 0, ¼, ¾, 1 makes of the middle: (−f₀ + 4 f₁ + 4 f₃ − f₄) / 6.
  private static func missing(_ f: (Int) -> Double) -> Double {
    abs(f(2) - (4 * (f(1) + f(3)) - (f(0) + f(4))) / 6)
  }

  /// The largest distance at the middle of a cell, where it is greatest, in each direction.
  var errors: (x: Double, y: Double) {
    var (x, y) = (0.0, 0.0)
    for j in 0..<values.columns {
      for i in 0..<cells.x { x = max(x, Self.missing { values[4 * i + $0, j] }) }
    }
    if isPlane {
      for i in 0..<values.rows {
        for j in 0..<cells.y { y = max(y, Self.missing { values[i, 4 * j + $0] }) }
      }
    }
    return (x, y)
  }

  /// The places of the four values in a cell, in quarters.
  private static let places = [0, 1, 3, 4]

  /// Coefficients of 1, t, t², t³ from the values at 0, ¼, ¾, 1.
  private static func cubic(_ f: [Double]) -> [Double] {
    [
      f[0], (-19 * f[0] + 24 * f[1] - 8 * f[2] + 3 * f[3]) / 3,
      (32 * f[0] - 56 * f[1] + 40 * f[2] - 16 * f[3]) / 3,
      (-16 * f[0] + 32 * f[1] - 32 * f[2] + 16 * f[3]) / 3,
    ]
  }

  /// 4 for each cell, or 16, those of one power of t after another.
  var coefficients: [Double] {
    var result: [Double] = []
    result.reserveCapacity(cells.x * cells.y * (isPlane ? 16 : 4))
    for i in 0..<cells.x {
      for j in 0..<cells.y {
        if isPlane {
          let rows = Self.places.map { l in
            Self.cubic(Self.places.map { values[4 * i + $0, 4 * j + l] })
          }
          let columns = (0..<4).map { k in Self.cubic(rows.map { $0[k] }) }
          for l in 0..<4 { for k in 0..<4 { result.append(columns[k][l]) } }
        } else {
          result += Self.cubic(Self.places.map { values[4 * i + $0, 0] })
        }
      }
    }
    return result
  }
}
