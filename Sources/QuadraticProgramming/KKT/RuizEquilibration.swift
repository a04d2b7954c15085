/// Symmetric equilibration of the matrix [P Aᵀ Gᵀ; A 0 0; G 0 0] in the maximum norm.
///
/// D. Ruiz, "A scaling algorithm to equilibrate both rows and columns norms in matrices", RAL-TR-2001-034:
/// every pass divides each row and column by the square root of its largest magnitude. Scales are
/// powers of two, so that no entry is rounded. Empty rows and columns keep the scale 1.
enum RuizEquilibration {
  static let passes = 10
  static let smallest = 0x1p-40
  static let largest = 0x1p40

  /// Scales the matrices in place, accumulates the scales, and returns the scale of the cost, chosen
  /// so that P has the size of A and G.
  static func scale(
    P: UnsafeMutablePointer<Double>?, A: UnsafeMutablePointer<Double>,
    G: UnsafeMutablePointer<Double>, n: Int, p: Int, m: Int,
    columns D: UnsafeMutablePointer<Double>, equalities E: UnsafeMutablePointer<Double>,
    rows F: UnsafeMutablePointer<Double>
  ) -> Double {
    let column = Buffer(n)
    let equality = Buffer(p)
    let row = Buffer(m)
    var cost = 1.0
    for _ in 0..<passes {
      if let P {
        let size = largestMagnitude(P, n * n)
        let factor = size > 0 ? powerOfTwo(1 / size) : 1
        for k in 0..<(n * n) { P[k] *= factor }
        cost *= factor
      }
      column.fill(0)
      equality.fill(0)
      row.fill(0)
      for j in 0..<n {
        if let P { column[j] = largestMagnitude(P + j * n, n) }
        accumulate(A + j * p, rows: equality, column: column.pointer + j)
        accumulate(G + j * m, rows: row, column: column.pointer + j)
      }
      let change = max(invert(column, D), invert(equality, E), invert(row, F))
      for j in 0..<n {
        if let P { for i in 0..<n { P[i + j * n] *= column[i] * column[j] } }
        for i in 0..<p { A[i + j * p] *= equality[i] * column[j] }
        for i in 0..<m { G[i + j * m] *= row[i] * column[j] }
      }
      if change <= 2 { break }
    }
    return cost
  }

  private static func accumulate(
    _ entries: UnsafePointer<Double>, rows: borrowing Buffer, column: UnsafeMutablePointer<Double>
  ) {
    var largest = column.pointee
    for i in 0..<rows.count {
      let magnitude = abs(entries[i])
      if magnitude > rows[i] { rows[i] = magnitude }
      if magnitude > largest { largest = magnitude }
    }
    column.pointee = largest
  }

  /// Turns norms into scales, multiplies the totals by them; the largest ratio of a scale to 1.
  private static func invert(
    _ norms: borrowing Buffer, _ totals: UnsafeMutablePointer<Double>
  ) -> Double {
    var change = 1.0
    for i in 0..<norms.count {
      var scale = norms[i] > 0 ? powerOfTwo(1 / norms[i].squareRoot()) : 1
      let total = min(max(totals[i] * scale, smallest), largest)
      scale = total / totals[i]
      totals[i] = total
      norms[i] = scale
      change = max(change, scale, 1 / scale)
    }
    return change
  }

  private static func powerOfTwo(_ value: Double) -> Double {
    Double(sign: .plus, exponent: value.exponent, significand: 1)
  }

  private static func largestMagnitude(_ entries: UnsafePointer<Double>, _ count: Int) -> Double {
    var largest = 0.0
    for k in 0..<count { largest = max(largest, abs(entries[k])) }
    return largest
  }
}
