/// Second-order cones as the verification sees them: on the data as given, with compensated sums, and
/// with no code of the iteration.
extension QuadraticProgram {
  /// Fx + g.
  func coneValues(at x: [Double]) -> [Double] {
    zip(coneMatrix.compensatedProduct(x), coneOffsets).map { $0 + $1 }
  }

  /// The Euclidean norm, safe from overflow.
  static func norm(_ values: some Collection<Double>) -> Double {
    let largest = values.reduce(0) { max($0, abs($1)) }
    guard largest > 0, largest.isFinite else { return largest }
    var sum = CompensatedSum()
    for value in values { sum.add(value / largest, times: value / largest) }
    return largest * sum.value.squareRoot()
  }

  /// ‖s₁‖ − s₀ of one cone's part of a vector; zero or less inside.
  func coneViolation(_ values: [Double], _ rows: Range<Int>) -> Double {
    guard let head = rows.first else { return 0 }
    return Self.norm(values[rows.dropFirst()]) - values[head]
  }

  /// The largest violation of Fx + g ∈ Q, for given values of Fx + g; zero if there is none.
  func largestConeViolation(_ values: [Double]) -> Double {
    coneRows.reduce(0) { max($0, coneViolation(values, $1)) }
  }

  /// The largest violation of −v ∈ Q.
  func largestDualConeViolation(_ v: [Double]) -> Double {
    largestConeViolation(v.map { -$0 })
  }

  /// The nearest v with −v ∈ Q that differs in the heads alone.
  func liftedIntoDualCone(_ v: [Double]) -> [Double] {
    var result = v
    for rows in coneRows {
      guard let head = rows.first else { continue }
      result[head] = -max(-v[head], Self.norm(v[rows.dropFirst()]))
    }
    return result
  }
}
