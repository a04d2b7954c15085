import LinearAlgebra
import QuadraticProgramming
import TestSupport

/// A random program with second-order cones around a planted point and planted multipliers.
struct ConeProgram {
  enum Kind: CaseIterable {
    /// Strictly feasible in the primal and in the dual: linear, quadratic, sparse, rows and cones of
    /// sizes from 1e-3 to 1e3, interiors as narrow as 1e-4.
    case linear, quadratic, sparse, uneven, narrow
    /// The planted point is a solution: cones in their interior, at zero, and at the boundary.
    case solution
    /// More variables than rows, all in a box: linear, and with a diagonal cost.
    case boxed, boxedQuadratic

    var isBoxed: Bool { self == .boxed || self == .boxedQuadratic }
  }

  var P: Matrix?
  var cost: [Double]
  var A: Matrix
  var b: [Double]
  var G: Matrix
  var upper: [Double]
  var cones: [(F: Matrix, g: [Double])]
  var box: [Double]?
  /// The planted point.
  let x: [Double]

  init(_ kind: Kind, seed: UInt64) {
    var random = TestRandom(seed: 64 * seed + UInt64(Kind.allCases.firstIndex(of: kind) ?? 0))
    for _ in 0..<4 { _ = random.next() }
    let n = Int.random(in: kind.isBoxed ? 15...40 : 2...12, using: &random)
    let sizes = (0..<Int.random(in: 1...4, using: &random)).map { _ in
      Int.random(in: 2...8, using: &random)
    }
    let p = Int.random(in: 0...(kind.isBoxed ? 3 : n / 3), using: &random)
    let m = Int.random(in: 0...6, using: &random)
    func entry() -> Double {
      kind == .sparse && random.signedUnit() > 0 ? 0 : random.signedUnit()
    }
    func size() -> Double {
      let exponents: [Double] = [1e-3, 1e-2, 0.1, 1, 10, 100, 1e3]
      return kind == .uneven ? exponents[Int.random(in: 0...6, using: &random)] : 1
    }
    func matrix(_ rows: Int, evenly: Bool = false) -> Matrix {
      let common = size()
      let scales = (0..<rows).map { _ in evenly ? common : size() }
      return Matrix(rows: rows, columns: n) { i, _ in scales[i] * entry() }
    }
    func positive() -> Double { 0.2 + abs(random.signedUnit()) }
    func margin() -> Double {
      let margins: [Double] = [1, 0.1, 1e-2, 1e-3, 1e-4]
      return kind == .narrow ? margins[Int.random(in: 0...4, using: &random)] : positive()
    }
    (cost, cones) = ([], [])
    (A, G) = (matrix(p), matrix(m))
    let x = (0..<n).map { _ in random.signedUnit() }
    switch kind {
    case .quadratic, .uneven, .solution:
      let L = Matrix(rows: Int.random(in: 1...n, using: &random), columns: n) { _, _ in
        random.signedUnit()
      }
      P = L.transposed * L
    case .boxedQuadratic: P = Matrix(diagonal: x.map { _ in positive() })
    default: P = nil
    }
    let isActive = (0..<m).map { _ in kind == .solution && random.signedUnit() > 0 }
    let w = isActive.map { kind == .solution && !$0 ? 0 : positive() }
    let y = (0..<p).map { _ in random.signedUnit() }
    self.x = x
    b = A * x
    upper = zip(G * x, isActive).map { $0 + ($1 ? 0 : positive()) }
    var gradient = P.map { $0 * x } ?? x.map { _ in 0 }
    for (M, multipliers) in [(A, y), (G, w)] where M.rows > 0 {
      gradient = zip(gradient, M.transposed * multipliers).map { $0 + $1 }
    }
    for count in sizes {
      let F = matrix(count, evenly: true)
      let tail = (1..<count).map { _ in random.signedUnit() }
      let other = (1..<count).map { _ in random.signedUnit() }
      var s = [euclidean(tail) + margin()] + tail
      var v = [-euclidean(other) - margin()] + other
      if kind == .solution {
        switch Int.random(in: 0...3, using: &random) {
        case 0: v = v.map { _ in 0 }
        case 1: s = s.map { _ in 0 }
        default:
          let factor = positive()
          (s[0], v) = (euclidean(tail), [-factor * euclidean(tail)] + tail.map { factor * $0 })
        }
      }
      gradient = zip(gradient, F.transposed * v).map { $0 + $1 }
      cones.append((F, zip(s, F * x).map { $0 - $1 }))
    }
    cost = gradient.map { kind.isBoxed ? 3 * random.signedUnit() - $0 : -$0 }
    box = kind.isBoxed ? x.map { _ in 2 } : nil
  }

  /// The program with x in other units, x = `unit` · x', and the rows of the cones times `factor`. Its
  /// objective is that of the program.
  func program(unit: Double = 1, factor: Double = 1) -> QuadraticProgram {
    func scaled(_ M: Matrix, by scale: Double) -> Matrix {
      Matrix(rows: M.rows, columns: M.columns) { scale * M[$0, $1] }
    }
    var problem = QuadraticProgram(
      quadraticCost: P.map { scaled($0, by: unit * unit) }, linearCost: cost.map { $0 * unit })
    if A.rows > 0 { problem.constrain(scaled(A, by: unit), equalTo: b) }
    if G.rows > 0 { problem.constrain(scaled(G, by: unit), atMost: upper) }
    if let box { problem.bound(atLeast: box.map { -$0 / unit }, atMost: box.map { $0 / unit }) }
    for (F, g) in cones {
      problem.constrainToCone(scaled(F, by: unit * factor), plus: g.map { $0 * factor })
    }
    return problem
  }
}
