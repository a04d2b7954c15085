import TestSupport

import QuadraticProgramming

/// Dense programs for the tests of the active-set methods.
struct ActiveSetPrograms {
  var random: TestRandom

  init(seed: UInt64) { random = TestRandom(seed: seed) }

  mutating func chance(_ probability: Double) -> Bool {
    Double.random(in: 0..<1, using: &random) < probability
  }

  mutating func integer(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &random) }

  /// P = FFᵀ (+ a diagonal) with F n × rank.
  mutating func setQuadraticCost(_ p: inout DenseProgram, rank: Int, diagonal: Double = 0) {
    let n = p.variableCount
    let F = (0..<(n * rank)).map { _ in random.signedUnit() }
    for i in 0..<n {
      for j in 0...i {
        var sum = i == j ? diagonal : 0
        for k in 0..<rank { sum += F[i * rank + k] * F[j * rank + k] }
        p.quadraticCost[j * n + i] = sum
        p.quadraticCost[i * n + j] = sum
      }
    }
  }

  /// A program whose solution is chosen first; then c = −Px* − Aᵀy* − z*.
  mutating func planted(
    n: Int, m: Int, equalities: Int, rank: Int, diagonal: Double = 0, scale: Double = 1
  ) -> (program: DenseProgram, x: [Double]) {
    var p = DenseProgram(variableCount: n, rowCount: m)
    setQuadraticCost(&p, rank: rank, diagonal: diagonal)
    let x = (0..<n).map { _ in scale * random.signedUnit() }
    for k in p.rows.indices { p.rows[k] = random.signedUnit() }
    let Ax = p.rowProducts(x)
    var active = equalities
    func sides(_ value: Double, _ equality: Bool) -> (Double, Double, Double) {
      if equality { return (value, value, random.signedUnit()) }
      let slack = scale * (0.1 + abs(random.signedUnit()))
      if active < (3 * n) / 4, Bool.random(using: &random) {
        active += 1
        let y = 0.1 + abs(random.signedUnit())
        let far = Bool.random(using: &random) ? slack : .infinity
        return Bool.random(using: &random) ? (value - far, value, y) : (value, value + far, -y)
      }
      return (value - slack, Bool.random(using: &random) ? .infinity : value + slack, 0)
    }
    var y = [Double](repeating: 0, count: m)
    for i in 0..<m { (p.rowLower[i], p.rowUpper[i], y[i]) = sides(Ax[i], i < equalities) }
    for j in 0..<n {
      let z: Double
      (p.lower[j], p.upper[j], z) = sides(x[j], false)
      var sum = z
      for k in 0..<n { sum += p.quadraticCost[j * n + k] * x[k] }
      for i in 0..<m { sum += p.rows[i * n + j] * y[i] }
      p.linearCost[j] = -sum
    }
    return (p, x)
  }

  /// Small integer data, so that degenerate vertices, dependent rows, empty feasible sets and
  /// unbounded objectives are frequent.
  mutating func anything() -> DenseProgram {
    let n = integer(1...12)
    let m = integer(0...16)
    var p = DenseProgram(variableCount: n, rowCount: m)
    setQuadraticCost(
      &p, rank: [0, integer(0...n), n][integer(0...2)], diagonal: chance(0.4) ? 1 : 0)
    for j in 0..<n {
      p.linearCost[j] = chance(0.3) ? Double(integer(-2...2)) : random.signedUnit()
      if chance(0.8) { p.lower[j] = Double(integer(-2...0)) }
      if chance(0.6) { p.upper[j] = Double(integer(0...2)) }
    }
    for i in 0..<m {
      for j in 0..<n { p.rows[i * n + j] = Double(integer(-3...3)) }
      if i > 0, chance(0.15) {
        // A copy of the row before, or its double.
        for j in 0..<n { p.rows[i * n + j] = Double(integer(1...2)) * p.rows[(i - 1) * n + j] }
      }
      let value = chance(0.5) ? 0 : random.signedUnit()
      switch integer(0...4) {
      case 0: (p.rowLower[i], p.rowUpper[i]) = (value, value)
      case 1: p.rowLower[i] = value - 1
      case 2: p.rowUpper[i] = value + 1
      default: (p.rowLower[i], p.rowUpper[i]) = (value - 1, value + 1)
      }
    }
    if chance(0.2) { rescale(&p) }
    return p
  }

  /// Units changed by powers of ten of up to ±3 for each variable and row.
  mutating func rescale(_ p: inout DenseProgram) {
    let powers: [Double] = [1e-3, 1e-2, 1e-1, 1, 10, 100, 1000]
    let n = p.variableCount
    let s = (0..<n).map { _ in powers[integer(0...6)] }
    let r = (0..<p.rowCount).map { _ in powers[integer(0...6)] }
    for j in 0..<n {
      p.linearCost[j] *= s[j]
      p.lower[j] /= s[j]
      p.upper[j] /= s[j]
      for k in 0..<n { p.quadraticCost[j * n + k] *= s[j] * s[k] }
    }
    for i in 0..<p.rowCount {
      p.rowLower[i] *= r[i]
      p.rowUpper[i] *= r[i]
      for j in 0..<n { p.rows[i * n + j] *= r[i] * s[j] }
    }
  }
}

extension DenseProgram {
  func rowProducts(_ x: [Double]) -> [Double] {
    let n = variableCount
    return (0..<rowCount).map { i in (0..<n).reduce(0) { $0 + rows[i * n + $1] * x[$1] } }
  }

  /// Aᵀy + z, and the size of its terms.
  func transposedProducts(_ y: [Double], _ z: [Double]) -> (values: [Double], sizes: [Double]) {
    let n = variableCount
    var (values, sizes) = (z, z.map { abs($0) })
    for i in 0..<rowCount {
      for j in 0..<n {
        values[j] += rows[i * n + j] * y[i]
        sizes[j] += abs(rows[i * n + j] * y[i])
      }
    }
    return (values, sizes)
  }

  func objective(_ x: [Double]) -> Double {
    let n = variableCount
    var sum = 0.0
    for j in 0..<n {
      sum += linearCost[j] * x[j]
      for k in 0..<n { sum += 0.5 * quadraticCost[j * n + k] * x[j] * x[k] }
    }
    return sum
  }

  /// What is wrong with an answer, by plain sums and no code of the library; nil when nothing is.
  func fault(_ s: ActiveSetSolution, tolerance: Double = 1e-9) -> String? {
    switch s.status {
    case .optimal: optimalityFault(s, tolerance)
    case .primalInfeasible: farkasFault(s, tolerance)
    case .unbounded: rayFault(s, tolerance)
    case .failed: "failed"
    }
  }

  private func optimalityFault(_ s: ActiveSetSolution, _ tolerance: Double) -> String? {
    let n = variableCount
    var (slope, size) = transposedProducts(s.rowMultipliers, s.boundMultipliers)
    for j in 0..<n {
      slope[j] += linearCost[j]
      size[j] += abs(linearCost[j])
      for k in 0..<n {
        slope[j] += quadraticCost[j * n + k] * s.x[k]
        size[j] += abs(quadraticCost[j * n + k] * s.x[k])
      }
    }
    let whole = 1e-3 + (size.max() ?? 0)
    for j in 0..<n where !(abs(slope[j]) <= tolerance * whole) {
      return "stationarity \(slope[j]) of variable \(j), terms \(size[j])"
    }
    let reach = s.x.reduce(1) { max($0, abs($1)) }
    let rowSizes = (0..<rowCount).map { i in
      (0..<n).reduce(1) { $0 + abs(rows[i * n + $1] * s.x[$1]) }
    }
    func side(_ v: Double, _ l: Double, _ u: Double, _ y: Double, _ size: Double) -> String? {
      guard v >= l - tolerance * size, v <= u + tolerance * size else {
        return "\(v) outside \(l)...\(u)"
      }
      if y > 0, !(u - v <= tolerance * size) { return "multiplier \(y) at \(v) below \(u)" }
      if y < 0, !(v - l <= tolerance * size) { return "multiplier \(y) at \(v) above \(l)" }
      return nil
    }
    for j in 0..<n {
      if let f = side(s.x[j], lower[j], upper[j], s.boundMultipliers[j], reach) {
        return "bound \(j): \(f)"
      }
    }
    for (i, v) in rowProducts(s.x).enumerated() {
      if let f = side(v, rowLower[i], rowUpper[i], s.rowMultipliers[i], rowSizes[i]) {
        return "row \(i): \(f)"
      }
    }
    return nil
  }

  private func farkasFault(_ s: ActiveSetSolution, _ tolerance: Double) -> String? {
    if let c = s.crossed {
      let n = variableCount
      return (c < n ? lower[c] > upper[c] : rowLower[c - n] > rowUpper[c - n]) ? nil : "not crossed"
    }
    let (residual, size) = transposedProducts(s.rowMultipliers, s.boundMultipliers)
    for j in residual.indices where !(abs(residual[j]) <= tolerance * (1 + size[j])) {
      return "Farkas residual \(residual[j]) of variable \(j)"
    }
    var support = 0.0
    func add(_ y: Double, _ l: Double, _ u: Double) { if y != 0 { support += y * (y > 0 ? u : l) } }
    for i in 0..<rowCount { add(s.rowMultipliers[i], rowLower[i], rowUpper[i]) }
    for j in 0..<variableCount { add(s.boundMultipliers[j], lower[j], upper[j]) }
    return abs(support + 1) <= 1e-6 ? nil : "Farkas support \(support)"
  }

  private func rayFault(_ s: ActiveSetSolution, _ tolerance: Double) -> String? {
    let n = variableCount
    let d = s.x
    let reach = d.reduce(1) { max($0, abs($1)) }
    let slope = (0..<n).reduce(0) { $0 + linearCost[$1] * d[$1] }
    guard abs(slope + 1) <= 1e-6 else { return "slope \(slope)" }
    // √Pⱼⱼ Σ √Pₖₖ|dₖ| bounds the terms of (Pd)ⱼ, and with 1e-16 their rounding.
    let roots = (0..<n).map { quadraticCost[$0 * n + $0].squareRoot() }
    let whole = (0..<n).reduce(0) { $0 + roots[$1] * abs(d[$1]) }
    for j in 0..<n {
      var (Pd, size) = (0.0, 1.0)
      for k in 0..<n {
        Pd += quadraticCost[j * n + k] * d[k]
        size += abs(quadraticCost[j * n + k] * d[k])
      }
      guard abs(Pd) <= tolerance * size + 1e-12 * roots[j] * whole else { return "curvature \(Pd)" }
      if lower[j] > -.infinity, d[j] < 0 { return "ray leaves bound \(j)" }
      if upper[j] < .infinity, d[j] > 0 { return "ray leaves bound \(j)" }
    }
    for (i, v) in rowProducts(d).enumerated() {
      let size = (0..<n).reduce(1) { max($0, abs(rows[i * n + $1])) }
      if rowUpper[i] < .infinity, v > tolerance * reach * size {
        return "ray leaves row \(i): \(v)"
      }
      if rowLower[i] > -.infinity, v < -tolerance * reach * size {
        return "ray leaves row \(i): \(v)"
      }
    }
    return nil
  }
}
