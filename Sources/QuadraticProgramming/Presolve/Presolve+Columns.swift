internal import LinearAlgebra

/// A variable of one equality and without a quadratic cost, substituted out.
///
/// With xⱼ = (b − Σ aₖxₖ)/aⱼ the row becomes b − aⱼ[lⱼ, uⱼ] on the others, and their costs change by
/// −τaₖ, τ = cⱼ/aⱼ. In the multiplier w of that row, y = w − τ and zⱼ = −cⱼ − aⱼy = −aⱼw. Until this step
/// is undone, τ is kept beside w, so that the gradient of every variable is that of the program as
/// given.
struct SlackColumn {
  let row: Int32
  let column: Int32
  let coefficient: Double

  func undo(in point: inout Postsolve, _ presolve: borrowing Presolve) {
    let (i, j) = (Int(row), Int(column))
    point.z[j] = -coefficient * point.w[i]
    point.w[i] -= point.shift[i]
    point.shift[i] = 0
    var sum = CompensatedSum()
    if !point.isHomogeneous { sum.add(presolve.problem.equalityValue(ofRow: i)) }
    for k in presolve.transposed.entries(ofColumn: i) {
      let other = Int(presolve.transposed.rowIndices[k])
      if other != j { sum.add(-presolve.transposed.values[k], times: point.x[other]) }
    }
    let value = sum.value / coefficient
    point.x[j] =
      point.isHomogeneous ? value : min(max(value, presolve.lower[j]), presolve.upper[j])
  }
}

extension QuadraticProgram {
  /// The value of a row that is an equality, among those of A and then G.
  func equalityValue(ofRow i: Int) -> Double {
    i < equalityCount ? equalityValues[i] : inequalityLower[i - equalityCount]
  }
}

extension Presolve {
  /// A bound beyond this is not taken as a value: the sides of rows would lose their digits.
  static let largestBound = 1e8
  /// The same where another value would do as well.
  static let largestIdleBound = 1e4
  /// The least coefficient of a variable that is substituted, as a share of the largest of its row.
  static let pivotShare = 1e-3

  /// A variable without rows, whose cost depends on no other.
  mutating func solveAlone(_ j: Int) {
    let c = presentCost(j)
    var curvature = 0.0
    if costCount[j] == 1, let cost {
      curvature = cost[j, j]
      // With zero on the diagonal the entry belongs to another variable; below it P is not convex.
      guard curvature > 0 else { return }
    }
    let value = curvature > 0 ? -c / curvature : (c > 0 ? -.infinity : (c < 0 ? .infinity : 0))
    let best = min(max(value, lower[j]), upper[j])
    guard best.isFinite else {
      conclusion = .unbounded(variable: j, direction: c > 0 ? -1 : 1)
      return
    }
    fix(j, at: best)
    report.isolatedVariables += 1
  }

  /// Fixes a variable whose cost and whose rows all push it one way: with the signs that the sides of
  /// its rows allow their multipliers, its reduced cost has one sign.
  mutating func fixBySigns(_ j: Int) -> Bool {
    let c = presentCost(j)
    var (mayFall, mayRise) = (c >= 0, c <= 0)
    for k in matrix.entries(ofColumn: j) where mayFall || mayRise {
      let (i, a) = (Int(matrix.rowIndices[k]), matrix.values[k])
      guard isRowAlive[i], a != 0 else { continue }
      if (a > 0 ? rowLower[i] : -rowUpper[i]) > -.infinity { mayFall = false }
      if (a > 0 ? rowUpper[i] : -rowLower[i]) < .infinity { mayRise = false }
    }
    let bound: Double
    if mayFall, lower[j] > -.infinity {
      bound = lower[j]
    } else if mayRise, upper[j] < .infinity {
      bound = upper[j]
    } else {
      guard c != 0, mayFall || mayRise else { return false }
      conclusion = .unbounded(variable: j, direction: c > 0 ? -1 : 1)
      return true
    }
    guard abs(bound) <= (c == 0 ? Self.largestIdleBound : Self.largestBound) else { return false }
    fix(j, at: bound)
    report.dominatedVariables += 1
    return true
  }

  /// Substitutes a variable of one equality; see ``SlackColumn``.
  mutating func absorbSlack(_ j: Int) {
    guard
      let place = matrix.entries(ofColumn: j).first(where: {
        matrix.values[$0] != 0 && isRowAlive[Int(matrix.rowIndices[$0])]
      })
    else { return }
    let (i, a) = (Int(matrix.rowIndices[place]), matrix.values[place])
    // The value of the variable is computed from the row as it was given, which was an equality.
    guard !isAbsorbed[i], isEquality(i), isGivenAsEquality(i) else { return }
    let range = transposed.entries(ofColumn: i)
    countWork(2 * range.count)
    var largest = 0.0
    for k in range where isColumnAlive[Int(transposed.rowIndices[k])] {
      largest = max(largest, abs(transposed.values[k]))
    }
    guard abs(a) >= Self.pivotShare * largest else { return }

    let (b, τ) = (rowLower[i], presentCost(j) / a)
    rowLower[i] = b - (a > 0 ? a * upper[j] : a * lower[j])
    rowUpper[i] = b - (a > 0 ? a * lower[j] : a * upper[j])
    shift[i] = τ
    isAbsorbed[i] = true
    isColumnAlive[j] = false
    rowCount[i] -= 1
    for k in range {
      let other = Int(transposed.rowIndices[k])
      guard isColumnAlive[other] else { continue }
      linearCost[other].add(-τ, times: transposed.values[k])
      costSize[other] += abs(τ * transposed.values[k])
      touch(column: other)
    }
    touch(row: i)
    steps.append(
      .slack(SlackColumn(row: Int32(i), column: Int32(j), coefficient: a)))
    report.slackVariables += 1
  }

  private func isGivenAsEquality(_ i: Int) -> Bool {
    if i < equalityCount { return true }
    let k = i - equalityCount
    return problem.inequalityLower[k] == problem.inequalityUpper[k]
  }
}
