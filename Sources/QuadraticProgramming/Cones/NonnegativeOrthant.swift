/// The cone of vectors without a negative entry: the first `count` sides of a form.
struct NonnegativeOrthant {
  let count: Int

  func smallestMargin(_ v: borrowing Buffer) -> Double {
    var lowest = Double.infinity
    for k in 0..<count { lowest = min(lowest, v[k]) }
    return lowest
  }

  func shift(_ v: borrowing Buffer, by shift: Double, atLeast margin: Double) {
    for k in 0..<count { v[k] = max(v[k] + shift, margin) }
  }

  func stepLength(
    from v: borrowing Buffer, along Δ: borrowing Buffer, atMost limit: Double
  ) -> Double {
    var α = limit
    for k in 0..<count where Δ[k] < 0 { α = min(α, -v[k] / Δ[k]) }
    return α
  }
}
