internal import LinearAlgebra

/// A program reduced and scaled to the form that the engine iterates on:
///
///     minimize ½ xᵀPx + cᵀx   subject to   Ax = b,   σₖ · (row k of [G; I]) x ≤ hₖ for every side k.
///
/// Fixed variables (xl = xu) are substituted, rows with equal sides become equalities, rows without
/// a finite side are dropped. What is left is equilibrated: x = D x̂, rows multiplied by E, the cost
/// by a number. Every finite side of a row or of a bound is one entry of one collection.
struct StandardForm: ~Copyable {
  /// Which row of the original program a row here stands for.
  enum Source { case equality(Int), inequality(Int) }

  let variables: [Int]
  let fixed: [Int]
  let equalities: [Source]
  let inequalities: [Int]

  let n: Int
  let p: Int
  let m: Int
  let hasQuadraticCost: Bool

  /// P̂, n × n, both triangles (empty for a linear program); Â, p × n; Ĝ, m × n.
  let P: Buffer
  let A: Buffer
  let G: Buffer
  let c: Buffer
  let b: Buffer

  /// Side k bounds entry `sideRow[k]` of [Ĝx; x], from above for sign +1, from below for −1.
  let sideRow: [Int]
  let sideSign: Buffer
  let h: Buffer

  /// x = D x̂, and the row scales of  and Ĝ.
  let D: Buffer
  let equalityScale: Buffer
  let rowScale: Buffer
  /// ĉ = costScale · D c.
  private(set) var costScale = 1.0
  /// The cost of the fixed variables alone, with the constant of the objective.
  private(set) var constant = 0.0

  var sideCount: Int { sideRow.count }

  /// The scale that turns a slack of side k back into the units of the program.
  func slackScale(_ k: Int) -> Double {
    let row = sideRow[k]
    return row < m ? 1 / rowScale[row] : D[row - m]
  }

  init(_ problem: borrowing QuadraticProgram) {
    let count = problem.variableCount
    let lower = problem.lowerBounds
    let upper = problem.upperBounds
    variables = (0..<count).filter { lower[$0] != upper[$0] }
    fixed = (0..<count).filter { lower[$0] == upper[$0] }
    var equalities = (0..<problem.equalityCount).map { Source.equality($0) }
    var inequalities: [Int] = []
    for i in 0..<problem.inequalityCount {
      let (l, u) = (problem.inequalityLower[i], problem.inequalityUpper[i])
      if l == u {
        equalities.append(.inequality(i))
      } else if l > -.infinity || u < .infinity {
        inequalities.append(i)
      }
    }
    self.equalities = equalities
    self.inequalities = inequalities
    n = variables.count
    p = equalities.count
    m = inequalities.count
    hasQuadraticCost = problem.quadraticCost?.elements.contains { $0 != 0 } ?? false

    P = Buffer(hasQuadraticCost ? n * n : 0)
    A = Buffer(p * n)
    G = Buffer(m * n)
    c = Buffer(n)
    b = Buffer(p)
    D = Buffer(n, repeating: 1)
    equalityScale = Buffer(p, repeating: 1)
    rowScale = Buffer(m, repeating: 1)

    var sideRow: [Int] = []
    var signs: [Double] = []
    func addSides(of row: Int, _ lower: Double, _ upper: Double) {
      for (side, sign) in [(upper, 1.0), (lower, -1.0)] where side.isFinite {
        sideRow.append(row)
        signs.append(sign)
      }
    }
    for (i, row) in inequalities.enumerated() {
      addSides(of: i, problem.inequalityLower[row], problem.inequalityUpper[row])
    }
    for (j, variable) in variables.enumerated() {
      addSides(of: m + j, lower[variable], upper[variable])
    }
    self.sideRow = sideRow
    sideSign = Buffer(signs)
    h = Buffer(sideRow.count)

    copyMatrices(of: problem)
    equilibrate()
    loadSides(of: problem)
    balanceSides()
    loadSides(of: problem)
    loadCost(of: problem)
  }

  /// Multiplies x and divides the rows by one number, so that the sides have a geometric mean near
  /// one where they are larger: the engine starts from slacks of that size. A mean, since single
  /// bounds may be set far off.
  private func balanceSides() {
    var sum = 0.0
    var count = 0
    for values in [h.array, b.array] {
      for value in values where value != 0 {
        sum += Double(abs(value).exponent)
        count += 1
      }
    }
    guard count > 0 else { return }
    let exponent = min(max(Int((sum / Double(count)).rounded()), 0), 40)
    let σ = Double(sign: .plus, exponent: exponent, significand: 1)
    D.scale(by: σ)
    P.scale(by: σ * σ)
    equalityScale.scale(by: 1 / σ)
    rowScale.scale(by: 1 / σ)
  }

  private func copyMatrices(of problem: borrowing QuadraticProgram) {
    if hasQuadraticCost, let cost = problem.quadraticCost {
      for (j, column) in variables.enumerated() {
        for (i, row) in variables.enumerated() {
          P[i + j * n] =
            0.5 * cost.elements[row + column * cost.rows]
            + 0.5 * cost.elements[column + row * cost.rows]
        }
      }
    }
    for (j, column) in variables.enumerated() {
      for (i, source) in equalities.enumerated() {
        A[i + j * p] =
          switch source {
          case .equality(let row):
            problem.equalityMatrix.elements[row + column * problem.equalityCount]
          case .inequality(let row):
            problem.inequalityMatrix.elements[row + column * problem.inequalityCount]
          }
      }
      for (i, row) in inequalities.enumerated() {
        G[i + j * m] = problem.inequalityMatrix.elements[row + column * problem.inequalityCount]
      }
    }
  }

  private mutating func equilibrate() {
    costScale = RuizEquilibration.scale(
      P: hasQuadraticCost ? P.pointer : nil, A: A.pointer, G: G.pointer, n: n, p: p, m: m,
      columns: D.pointer, equalities: equalityScale.pointer, rows: rowScale.pointer)
  }

  /// Loads c, with the cost of the fixed variables folded in, and the scale of the whole cost.
  mutating func loadCost(of problem: borrowing QuadraticProgram) {
    constant = problem.objectiveConstant
    for variable in fixed {
      constant += problem.linearCost[variable] * problem.lowerBounds[variable]
    }
    let cost = problem.quadraticCost
    for (j, variable) in variables.enumerated() {
      c[j] = problem.linearCost[variable]
      guard let cost else { continue }
      for other in fixed {
        c[j] += cost.elements[variable + other * cost.rows] * problem.lowerBounds[other]
      }
    }
    if let cost {
      for a in fixed {
        for b in fixed {
          constant +=
            0.5 * problem.lowerBounds[a] * cost.elements[a + b * cost.rows] * problem.lowerBounds[b]
        }
      }
    }
    var largest = 0.0
    for j in 0..<n {
      c[j] *= D[j]
      largest = max(largest, abs(c[j]))
    }
    rescaleCost(by: largest)
  }

  /// Divides the cost by the larger of its linear and quadratic sizes.
  private mutating func rescaleCost(by linear: Double) {
    let quadratic = P.largestMagnitude / costScale
    let size = max(linear, quadratic)
    let new = size > 0 ? Double(sign: .plus, exponent: -size.exponent, significand: 1) : 1
    for k in 0..<P.count { P[k] *= new / costScale }
    for j in 0..<n { c[j] *= new }
    costScale = new
  }

  /// Loads b and h, with the fixed variables moved to the right-hand sides.
  func loadSides(of problem: borrowing QuadraticProgram) {
    for (i, source) in equalities.enumerated() {
      switch source {
      case .equality(let row):
        b[i] = problem.equalityValues[row]
        for variable in fixed {
          b[i] -=
            problem.equalityMatrix.elements[row + variable * problem.equalityCount]
            * problem.lowerBounds[variable]
        }
      case .inequality(let row):
        b[i] = problem.inequalityUpper[row]
        for variable in fixed {
          b[i] -=
            problem.inequalityMatrix.elements[row + variable * problem.inequalityCount]
            * problem.lowerBounds[variable]
        }
      }
      b[i] *= equalityScale[i]
    }
    for k in 0..<sideCount {
      let upper = sideSign[k] > 0
      let row = sideRow[k]
      if row >= m {
        let variable = variables[row - m]
        h[k] = upper ? problem.upperBounds[variable] : -problem.lowerBounds[variable]
      } else {
        let source = inequalities[row]
        var shift = 0.0
        for variable in fixed {
          shift +=
            problem.inequalityMatrix.elements[source + variable * problem.inequalityCount]
            * problem.lowerBounds[variable]
        }
        h[k] =
          upper
          ? problem.inequalityUpper[source] - shift
          : shift - problem.inequalityLower[source]
      }
      h[k] /= slackScale(k)
    }
  }
}
