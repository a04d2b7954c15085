/// A dense quadratic program as the active-set methods take it, for ``BatchSolver``:
///
///     minimize    ½ xᵀPx + cᵀx
///     subject to  rowLower ≤ Ax ≤ rowUpper,  lower ≤ x ≤ upper
///
/// A row or bound with equal sides is an equality; an infinite side is absent. Multipliers y of the
/// rows and z of the bounds satisfy Px + c + Aᵀy + z = 0 and are positive where the upper side is
/// active, negative where the lower one is. The arrays may be written in place and keep their sizes.
public struct DenseProgram: Sendable, Hashable {
  /// The number n of variables.
  public let variableCount: Int
  /// The number m of rows.
  public let rowCount: Int
  /// P, n × n, both triangles, column by column.
  public var quadraticCost: [Double]
  /// c, n entries.
  public var linearCost: [Double]
  /// A, row by row: row i occupies the entries i n ..< (i + 1) n.
  public var rows: [Double]
  /// The lower sides of the rows; −∞ where there is none.
  public var rowLower: [Double]
  /// The upper sides of the rows; ∞ where there is none.
  public var rowUpper: [Double]
  /// The lower bounds of the variables; −∞ where there is none.
  public var lower: [Double]
  /// The upper bounds of the variables; ∞ where there is none.
  public var upper: [Double]

  /// A program with P = 0, c = 0, A = 0 and no finite side.
  public init(variableCount n: Int, rowCount m: Int) {
    precondition(n > 0 && m >= 0, "A program has at least one variable and no negative row count.")
    variableCount = n
    rowCount = m
    quadraticCost = [Double](repeating: 0, count: n * n)
    linearCost = [Double](repeating: 0, count: n)
    rows = [Double](repeating: 0, count: n * m)
    rowLower = [Double](repeating: -.infinity, count: m)
    rowUpper = [Double](repeating: .infinity, count: m)
    lower = [Double](repeating: -.infinity, count: n)
    upper = [Double](repeating: .infinity, count: n)
  }

  /// A program over data that is already there.
  init(
    variableCount n: Int, quadraticCost: [Double], linearCost: [Double], rows: [Double],
    rowLower: [Double], rowUpper: [Double], lower: [Double], upper: [Double]
  ) {
    variableCount = n
    rowCount = rowLower.count
    self.quadraticCost = quadraticCost
    self.linearCost = linearCost
    self.rows = rows
    self.rowLower = rowLower
    self.rowUpper = rowUpper
    self.lower = lower
    self.upper = upper
  }

  /// Calls `body` with pointers to the data.
  func withView<R>(_ body: (ProgramView) -> R) -> R {
    let (n, m) = (variableCount, rowCount)
    precondition(
      quadraticCost.count == n * n && linearCost.count == n && rows.count == n * m
        && rowLower.count == m && rowUpper.count == m && lower.count == n && upper.count == n,
      "The arrays of a dense program keep the sizes n = \(n), m = \(m) it was made with.")
    return quadraticCost.withUnsafeBufferPointer { P in
      linearCost.withUnsafeBufferPointer { c in
        rows.withUnsafeBufferPointer { A in
          rowLower.withUnsafeBufferPointer { l in
            rowUpper.withUnsafeBufferPointer { u in
              lower.withUnsafeBufferPointer { xl in
                upper.withUnsafeBufferPointer { xu in
                  // An empty array may have no address; nothing is read from it then.
                  let none = c.baseAddress!
                  return body(
                    ProgramView(
                      n: n, m: m, P: P.baseAddress!, c: none, A: A.baseAddress ?? none,
                      rowLower: l.baseAddress ?? none, rowUpper: u.baseAddress ?? none,
                      lower: xl.baseAddress!, upper: xu.baseAddress!))
                }
              }
            }
          }
        }
      }
    }
  }
}

/// The data of a ``DenseProgram`` by address, for the time of one call.
struct ProgramView {
  let n: Int
  let m: Int
  let P: UnsafePointer<Double>
  let c: UnsafePointer<Double>
  let A: UnsafePointer<Double>
  let rowLower: UnsafePointer<Double>
  let rowUpper: UnsafePointer<Double>
  let lower: UnsafePointer<Double>
  let upper: UnsafePointer<Double>

  @inline(__always)
  func row(_ i: Int) -> UnsafePointer<Double> { A + i * n }

  @inline(__always)
  func column(_ j: Int) -> UnsafePointer<Double> { P + j * n }

  /// g ← Px + c + Aᵀy, skipping rows whose multiplier is zero.
  func gradient(
    _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, into g: UnsafeMutablePointer<Double>
  ) {
    Kernel.symmetricProduct(n, P, ld: n, x, into: g)
    for j in 0..<n { g[j] += c[j] }
    for i in 0..<m where y[i] != 0 { Kernel.axpy(n, y[i], row(i), g) }
  }

  /// v ← Ax.
  func rowValues(_ x: UnsafePointer<Double>, into v: UnsafeMutablePointer<Double>) {
    Kernel.transposedProduct(m: n, n: m, A, ld: n, x, into: v)
  }

  /// A bound on the rounding of Px: by Cauchy and Schwarz no entry of |P||x| exceeds
  /// √(max Pⱼⱼ) Σ √Pₖₖ |xₖ|.
  func curvatureNoise(_ x: UnsafePointer<Double>) -> Double {
    var sum = 0.0
    var largest = 0.0
    for j in 0..<n {
      let root = max(column(j)[j], 0).squareRoot()
      sum += root * abs(x[j])
      largest = max(largest, root)
    }
    return 4e-16 * Double(n).squareRoot() * largest * sum
  }

  /// Whether no side is crossed or NaN.
  var sidesAreOrdered: Bool {
    for j in 0..<n where !(lower[j] <= upper[j]) { return false }
    for i in 0..<m where !(rowLower[i] <= rowUpper[i]) { return false }
    return true
  }

  /// Whether every side holds, and every multiplier stands on its side, to the rounding of the terms
  /// of each row; `values` holds Ax.
  func sidesHold(
    _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, _ z: UnsafePointer<Double>,
    values: UnsafePointer<Double>
  ) -> Bool {
    for j in 0..<n
    where !(distance(x[j], lower[j], upper[j], z[j]) <= 1e-11 * (1 + abs(x[j]))) { return false }
    for i in 0..<m {
      let d = distance(values[i], rowLower[i], rowUpper[i], y[i])
      if d <= 1e-11 * (1 + abs(values[i])) { continue }
      var terms = 0.0
      for j in 0..<n { terms += abs(row(i)[j] * x[j]) }
      guard d <= 1e-13 * terms else { return false }
    }
    return true
  }

  /// The violation of the sides, or the distance to the side of the multiplier if that is larger.
  @inline(__always)
  private func distance(_ v: Double, _ l: Double, _ u: Double, _ y: Double) -> Double {
    let violation = max(l - v, v - u, 0)
    return y > 0 ? max(violation, u - v) : y < 0 ? max(violation, v - l) : violation
  }
}
