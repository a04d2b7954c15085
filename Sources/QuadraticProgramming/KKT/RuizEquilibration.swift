/// Symmetric equilibration of the matrix [P Aᵀ Gᵀ; A 0 0; G 0 0] in the maximum norm.
///
/// D. Ruiz, "A scaling algorithm to equilibrate both rows and columns norms in matrices", RAL-TR-2001-034:
/// every pass divides each row and column by the square root of its largest magnitude. Scales are
/// powers of two, so that no entry is rounded. Empty rows and columns keep the scale 1.
enum RuizEquilibration {
  static let passes = 10
  /// Passes over dense blocks, each of which reads all of them.
  static let densePasses = 3
  static let smallest = 0x1p-40
  static let largest = 0x1p40

  /// Scales the operators in place, and P also as a whole so that it has the size of the rows.
  /// The rows of one cone get one scale, which leaves the cone as it is.
  static func scale(
    _ P: inout CostOperator, _ B: inout RowOperator, cones: [SecondOrderCone]
  ) {
    let column = Buffer(B.columns)
    let row = Buffer(B.rows)
    for _ in 0..<(B.blocks.isEmpty ? passes : densePasses) {
      if !P.isZero {
        let size = P.largestMagnitude(work: column)
        if size > 0 { P.scale(costBy: powerOfTwo(1 / size)) }
      }
      column.fill(0)
      row.fill(0)
      P.accumulateNorms(columns: column)
      B.accumulateNorms(rows: row, columns: column)
      for cone in cones {
        let largest = cone.rows.reduce(0) { max($0, row[$1]) }
        for i in cone.rows { row[i] = largest }
      }
      let change = max(invert(column, B.columnScale), invert(row, B.rowScale))
      B.scale(rows: row, columns: column)
      P.scale(columns: column)
      if change <= 2 { break }
    }
  }

  /// Turns norms into scales, within limits on the totals; the largest ratio of a scale to 1.
  private static func invert(_ norms: borrowing Buffer, _ totals: borrowing Buffer) -> Double {
    var change = 1.0
    for i in 0..<norms.count {
      let scale = norms[i] > 0 ? powerOfTwo(1 / norms[i].squareRoot()) : 1
      let total = min(max(totals[i] * scale, smallest), largest)
      norms[i] = total / totals[i]
      change = max(change, norms[i], 1 / norms[i])
    }
    return change
  }

  private static func powerOfTwo(_ value: Double) -> Double {
    Double(sign: .plus, exponent: value.exponent, significand: 1)
  }
}
