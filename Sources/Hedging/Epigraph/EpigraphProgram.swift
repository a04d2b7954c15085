import LinearAlgebra
import Margin
import QuadraticProgramming

/// A convex problem over trades, as a quadratic program over trades and epigraph variables.
///
/// Trade i is x_i = v_i − v_{n+i}, bought less sold, so that its cost is linear. Each maximum or
/// absolute value inside a function gets one variable t and the rows that hold it above its parts;
/// parts that can never decide a maximum over the box of trades are left out. Every variable has a
/// finite box, which is what makes the bound of ``CertifiedBound`` finite. A norm gets a variable too, and a
/// second-order cone that holds it above.
struct EpigraphProgram {
  /// What a row stands for, to read its multiplier by.
  enum Role: Hashable {
    case epigraph
    case limit(Int)
    case domain(Int)
  }

  struct Row {
    var terms: [Int: Double]
    var lower: Double
    var upper: Double
    var role: Role
  }

  /// An expected shortfall, held below a variable by its scenarios, or by the cuts found so far.
  struct Shortfall {
    var function: ExpectedShortfallFunction
    var variable: Int
    /// The cuts that the program has.
    var cuts: Set<AffineFunction> = []
  }

  /// A second-order cone: the variable is at least the norm of the rows.
  struct Cone {
    var variable: Int
    var rows: [LinearExpression]
  }

  let tradeCount: Int
  /// The box of x.
  let tradeLower: [Double]
  let tradeUpper: [Double]
  private(set) var lower: [Double]
  private(set) var upper: [Double]
  private(set) var cost: [Double]
  private(set) var objectiveConstant = 0.0
  /// The quadratic cost of trades x, when there is one.
  var tradeQuadratic: Matrix?
  private(set) var rows: [Row] = []
  private(set) var cones: [Cone] = []
  var shortfalls: [Shortfall] = []
  /// By the variable of what is bought or sold: coins beyond a kink of its cost, and by how much
  /// each of them costs more.
  var costKinks: [Int: [(variable: Int, rise: Double)]] = [:]

  /// - Parameters:
  ///   - maximumBuy: the most that may be bought of each instrument, not negative.
  ///   - maximumSell: the most that may be sold of each.
  init(maximumBuy: [Double], maximumSell: [Double]) {
    tradeCount = maximumBuy.count
    tradeLower = maximumSell.map { 0 - $0 }
    tradeUpper = maximumBuy
    lower = [Double](repeating: 0, count: 2 * tradeCount)
    upper = maximumBuy + maximumSell
    cost = [Double](repeating: 0, count: 2 * tradeCount)
  }

  var variableCount: Int { cost.count }

  /// The trades in a solution.
  func trades(in v: [Double]) -> [Double] {
    (0..<tradeCount).map { v[$0] - v[tradeCount + $0] }
  }

  /// Holds every trade to an interval within its box: what is bought, and what is sold.
  ///
  /// - Precondition: an interval for each trade, not empty.
  mutating func confineTrades(to intervals: [ClosedRange<Double>]) {
    for (i, interval) in intervals.enumerated() {
      let low = max(interval.lowerBound, tradeLower[i])
      let high = min(interval.upperBound, tradeUpper[i])
      (lower[i], upper[i]) = (max(0, low), max(0, high))
      (lower[tradeCount + i], upper[tradeCount + i]) = (max(0, -high), max(0, -low))
    }
  }

  /// Holds what is bought, or sold, of something at zero.
  mutating func forbid(_ variable: Int) { upper[variable] = 0 }

  mutating func addVariable(in range: ClosedRange<Double>) -> Int {
    lower.append(range.lowerBound)
    upper.append(range.upperBound)
    cost.append(0)
    return cost.count - 1
  }

  mutating func addRow(
    _ expression: LinearExpression, atLeast low: Double = -.infinity,
    atMost high: Double = .infinity, role: Role
  ) {
    rows.append(
      Row(
        terms: expression.terms, lower: low - expression.constant,
        upper: high - expression.constant, role: role))
  }

  /// Moves the upper side of the row of a limit.
  mutating func setUpper(ofLimit k: Int, to value: (Double) -> Double) {
    for i in rows.indices where rows[i].role == .limit(k) { rows[i].upper = value(rows[i].upper) }
  }

  mutating func addToObjective(_ expression: LinearExpression, times factor: Double = 1) {
    for (variable, coefficient) in expression.terms { cost[variable] += factor * coefficient }
    objectiveConstant += factor * expression.constant
  }

  /// A linear form that is never below the function, and equal to it where that is worth while.
  mutating func epigraph(of function: ConvexFunction) -> LinearExpression {
    switch function {
    case .affine(let f): return linear(f)
    case .absolute(let f): return absolute(f)
    case .maximum(let parts): return maximum(parts, of: function)
    case .sum(let parts):
      var sum = LinearExpression()
      for part in parts { sum.add(epigraph(of: part)) }
      return sum
    case .scaled(let factor, let f):
      var scaled = LinearExpression()
      if factor != 0 { scaled.add(epigraph(of: f), times: factor) }
      return scaled
    case .expectedShortfall(let f): return LinearExpression(terms: [variable(of: f): 1])
    case .norm(let f): return norm(f)
    }
  }

  /// t ≥ ‖B e‖, with e above the parts: the same as above the norm of the parts, where it rises with them.
  private mutating func norm(_ function: NormFunction) -> LinearExpression {
    let range = function.range(lower: tradeLower, upper: tradeUpper)
    if range.upperBound == range.lowerBound { return .constant(range.lowerBound) }
    let parts = function.parts.map { epigraph(of: $0) }
    let t = addVariable(in: range)
    var rows = parts
    if let factor = function.factor {
      rows = (0..<factor.rows).map { i in
        var row = LinearExpression()
        for (j, part) in parts.enumerated() where factor[i, j] != 0 {
          row.add(part, times: factor[i, j])
        }
        return row
      }
    }
    cones.append(Cone(variable: t, rows: rows))
    return LinearExpression(terms: [t: 1])
  }

  /// Adds the cones to a program, with terms of its variables in the place of the program's own.
  func addCones(
    to program: inout QuadraticProgram, terms: (LinearExpression) -> [Int: Double] = { $0.terms }
  ) {
    for cone in cones {
      var triplets = [Triplet(row: 0, column: cone.variable, value: 1)]
      for (i, row) in cone.rows.enumerated() {
        for (j, value) in terms(row) where value != 0 {
          triplets.append(Triplet(row: i + 1, column: j, value: value))
        }
      }
      program.constrainToCone(
        SparseMatrix(rows: cone.rows.count + 1, columns: variableCount, triplets: triplets),
        plus: [0] + cone.rows.map(\.constant))
    }
  }

  /// The variable of an expected shortfall, the same where one is used twice; those over the same
  /// losses share one matrix.
  private mutating func variable(of function: ExpectedShortfallFunction) -> Int {
    var function = function
    if let known = shortfalls.first(where: { $0.function.hasLosses(of: function) })?.function {
      function = known.at(confidence: function.confidence)
    }
    if let known = shortfalls.first(where: {
      $0.function.confidence == function.confidence && $0.function.hasLosses(of: function)
    }) {
      return known.variable
    }
    let t = addVariable(in: function.range(lower: tradeLower, upper: tradeUpper))
    shortfalls.append(Shortfall(function: function, variable: t))
    return t
  }

  /// The affine function over variables: x_i = v_i − v_{n+i}.
  func linear(_ f: AffineFunction) -> LinearExpression {
    var expression = LinearExpression.constant(f.constant)
    for (i, a) in zip(f.indices, f.coefficients) {
      expression.add(a, i)
      expression.add(-a, tradeCount + i)
    }
    return expression
  }

  private mutating func absolute(_ f: AffineFunction) -> LinearExpression {
    let range = f.range(lower: tradeLower, upper: tradeUpper)
    if range.lowerBound >= 0 { return linear(f) }
    if range.upperBound <= 0 { return linear(-f) }
    if f.indices.count == 1 && f.constant == 0 {
      // |a x_i| ≤ |a| (v_i + v_{n+i}), with equality unless the same thing is bought and sold.
      let a = abs(f.coefficients[0])
      return LinearExpression(terms: [f.indices[0]: a, tradeCount + f.indices[0]: a])
    }
    return maximum([.affine(f), .affine(-f)], of: .absolute(f))
  }

  private mutating func maximum(
    _ parts: [ConvexFunction], of function: ConvexFunction
  ) -> LinearExpression {
    let range = function.range(lower: tradeLower, upper: tradeUpper)
    let deciding = parts.filter {
      $0.range(lower: tradeLower, upper: tradeUpper).upperBound > range.lowerBound
    }
    if deciding.isEmpty { return .constant(range.lowerBound) }
    let t = addVariable(in: range)
    for part in deciding {
      var gap = epigraph(of: part)
      // A constant part is the variable's lower bound already.
      if gap.terms.isEmpty { continue }
      gap.add(-1, t)
      addRow(gap, atMost: 0, role: .epigraph)
    }
    return LinearExpression(terms: [t: 1])
  }

  /// The program for the solver.
  func quadraticProgram() -> QuadraticProgram {
    var program = QuadraticProgram(quadraticCost: quadraticCost(), linearCost: cost)
    program.objectiveConstant = objectiveConstant
    if !rows.isEmpty {
      let triplets = rows.enumerated().flatMap { i, row in
        row.terms.map { Triplet(row: i, column: $0.key, value: $0.value) }
      }
      let matrix = SparseMatrix(rows: rows.count, columns: variableCount, triplets: triplets)
      program.constrain(matrix, atLeast: rows.map(\.lower), atMost: rows.map(\.upper))
    }
    addCones(to: &program)
    program.bound(atLeast: lower, atMost: upper)
    return program
  }

  private func quadraticCost() -> Matrix? {
    guard let q = tradeQuadratic else { return nil }
    let n = tradeCount
    var cost = Matrix(rows: variableCount, columns: variableCount)
    for j in 0..<(2 * n) {
      for i in 0..<(2 * n) {
        cost[i, j] = ((i < n) == (j < n) ? 1 : -1) * q[i % n, j % n]
      }
    }
    return cost
  }
}
