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
    // Cells as fine as the series can wave, lest the middle of a cell should miss a wave.
    func cells(_ degree: Int) -> Int {
      var cells = 2
      while 2 * cells < degree { cells *= 2 }
      return cells
    }
    var m = max(cells(series.coefficients.rows - 1), isPlane ? 32 : 64)
    var n = isPlane ? max(cells(series.coefficients.columns - 1), 4) : 1
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

  /// How far the middle of a cell is from what a cubic through 0, ¼, ¾, 1 makes of it,
  /// (−f₀ + 4 f₁ + 4 f₃ − f₄) / 6; the values stand `stride` apart.
  private static func missing(
    _ f: UnsafeBufferPointer<Double>, at first: Int, stride: Int
  ) -> Double {
    let ends = f[first] + f[first + 4 * stride]
    let inner = f[first + stride] + f[first + 3 * stride]
    return abs(f[first + 2 * stride] - (4 * inner - ends) / 6)
  }

  /// The largest distance at the middle of a cell, where it is greatest, in each direction.
  var errors: (x: Double, y: Double) {
    let rows = values.rows
    return values.elements.withUnsafeBufferPointer { f in
      var (x, y) = (0.0, 0.0)
      for j in 0..<values.columns {
        for i in 0..<cells.x {
          x = max(x, Self.missing(f, at: j * rows + 4 * i, stride: 1))
        }
      }
      if isPlane {
        for j in 0..<cells.y {
          for i in 0..<rows { y = max(y, Self.missing(f, at: 4 * j * rows + i, stride: rows)) }
        }
      }
      return (x, y)
    }
  }

  /// Coefficients of 1, t, t², t³, one in each lane, from the values at 0, ¼, ¾, 1.
  private static func cubic(_ f: SIMD4<Double>) -> SIMD4<Double> {
    let a = SIMD4(3, -19, 32, -16) * f[0] + SIMD4(0, 24, -56, 32) * f[1]
    let b = SIMD4(0, -8, 40, -32) * f[2] + SIMD4(0, 3, -16, 16) * f[3]
    return (a + b) / 3
  }

  /// 4 for each cell, or 16, those of one power of t after another.
  var coefficients: [Double] {
    let (rows, width) = (values.rows, isPlane ? 16 : 4)
    return values.elements.withUnsafeBufferPointer { f in
      [Double](unsafeUninitializedCapacity: cells.x * cells.y * width) { out, initialized in
        func alongX(_ i: Int, _ column: Int) -> SIMD4<Double> {
          let first = column * rows + 4 * i
          return Self.cubic(SIMD4(f[first], f[first + 1], f[first + 3], f[first + 4]))
        }
        for i in 0..<cells.x {
          for j in 0..<cells.y {
            let start = (i * cells.y + j) * width
            if isPlane {
              let (p, q) = (alongX(i, 4 * j), alongX(i, 4 * j + 1))
              let (r, s) = (alongX(i, 4 * j + 3), alongX(i, 4 * j + 4))
              for k in 0..<4 {
                let powers = Self.cubic(SIMD4(p[k], q[k], r[k], s[k]))
                for l in 0..<4 { out[start + 4 * l + k] = powers[l] }
              }
            } else {
              let powers = alongX(i, 0)
              for k in 0..<4 { out[start + k] = powers[k] }
            }
          }
        }
        initialized = cells.x * cells.y * width
      }
    }
  }
}
