internal import LinearAlgebra

/// A row of one variable that tightened a bound.
///
/// The bound's multiplier goes to the row where the bound that it belongs to is the row's: v = z/a.
struct SingletonRow {
  let row: Int32
  let column: Int32
  let coefficient: Double
  let tightensLower: Bool
  let tightensUpper: Bool

  func undo(in point: inout Postsolve) {
    let (i, j) = (Int(row), Int(column))
    let z = point.z[j]
    guard z > 0 ? tightensUpper : (z < 0 && tightensLower) else { return }
    point.w[i] += z / coefficient
    point.z[j] = 0
  }
}

/// A row whose least (side 1) or greatest activity (side −1) is its upper or lower side. All of its
/// variables were fixed after it, so that on the way back their multipliers come before it.
///
/// A multiplier δ of the row changes them to z − aδ. With side 1 a variable of a > 0 is at its lower
/// bound and asks for z − aδ ≤ 0, one of a < 0 is at its upper bound and asks for z − aδ ≥ 0: both
/// say δ ≥ z/a. The least such δ ≥ 0 serves, and likewise for the other side.
struct ForcingRow {
  let row: Int32
  let side: Double
  /// The place of its variables among all those of forcing rows.
  let columns: [Int32]

  func undo(in point: inout Postsolve, _ transposed: SparseMatrix) {
    let entries = columns.map { k in
      (column: Int(transposed.rowIndices[Int(k)]), coefficient: transposed.values[Int(k)])
    }
    var δ = 0.0
    for (j, a) in entries { δ = side > 0 ? max(δ, point.z[j] / a) : min(δ, point.z[j] / a) }
    guard δ != 0 else { return }
    point.w[Int(row)] += δ
    for (j, a) in entries {
      let z = point.z[j] - a * δ
      // The wrong sign can only be rounding.
      point.z[j] = side * a * z > 0 ? 0 : z
    }
  }
}

extension Presolve {
  /// A row without variables: zero lies within its sides or the program is infeasible.
  mutating func checkEmptyRow(_ i: Int) {
    let (low, high) = sides(ofRow: i)
    let scale = 1 + offsetSize[i]
    let excess = max(low, -high)
    if excess > Self.violation * scale {
      conclusion = .infeasible(rows: [(i, low > 0 ? -1 : 1)], bounds: [])
    } else if excess > Self.rounding * scale {
      conclusion = .abandoned
    } else {
      remove(row: i)
      report.emptyRows += 1
    }
  }

  /// A row of one variable becomes a bound.
  mutating func turnIntoBound(_ i: Int) {
    guard
      let k = transposed.entries(ofColumn: i).first(where: {
        transposed.values[$0] != 0 && isColumnAlive[Int(transposed.rowIndices[$0])]
      })
    else { return }
    let (j, a) = (Int(transposed.rowIndices[k]), transposed.values[k])
    let (low, high) = sides(ofRow: i)
    var newLower = (a > 0 ? low : high) / a
    var newUpper = (a > 0 ? high : low) / a
    // The removed variables are known to rounding, which the division must not magnify.
    guard abs(a) >= 1e-6, Double.ulpOfOne * offsetSize[i] <= 1e-11 * abs(a) else { return }
    if newLower > upper[j] {
      if isCrossed(newLower, upper[j], row: i, a, column: j, side: -1) { return }
      newLower = upper[j]
    }
    if newUpper < lower[j] {
      if isCrossed(lower[j], newUpper, row: i, a, column: j, side: 1) { return }
      newUpper = lower[j]
    }
    let tightensLower = newLower > lower[j]
    let tightensUpper = newUpper < upper[j]
    remove(row: i)
    report.singletonRows += 1
    guard tightensLower || tightensUpper else { return }
    if tightensLower { lower[j] = newLower }
    if tightensUpper { upper[j] = newUpper }
    // A box as narrow as rounding has no interior.
    if upper[j] - lower[j] <= Self.rounding * (1 + min(abs(lower[j]), abs(upper[j]))) {
      lower[j] = upper[j]
    }
    steps.append(
      .singleton(
        SingletonRow(
          row: Int32(i), column: Int32(j), coefficient: a, tightensLower: tightensLower,
          tightensUpper: tightensUpper)))
    touch(column: j)
    touch(rowsOfColumn: j)
  }

  /// Whether a lower bound exceeds an upper one by more than rounding; then that is the conclusion.
  /// The row a x gives the upper one (side 1) or the lower one (side −1).
  private mutating func isCrossed(
    _ low: Double, _ high: Double, row i: Int, _ a: Double, column j: Int, side: Double
  ) -> Bool {
    let (excess, scale) = (low - high, 1 + abs(high))
    if excess <= Self.rounding * scale { return false }
    conclusion =
      excess > Self.violation * scale
      ? .infeasible(rows: [(i, side / a)], bounds: [(j, -side)]) : .abandoned
    return true
  }

  /// The least and the greatest value that the bounds let what is left of a row take.
  struct Activity {
    var least = 0.0
    var greatest = 0.0
    /// The sum of the magnitudes of the finite terms.
    var size = 0.0
    var hasPinned = false
  }

  private func activity(ofRow i: Int) -> Activity {
    var result = Activity()
    let range = transposed.entries(ofColumn: i)
    transposed.values.withUnsafeBufferPointer { values in
      transposed.rowIndices.withUnsafeBufferPointer { indices in
        lower.withUnsafeBufferPointer { lower in
          upper.withUnsafeBufferPointer { upper in
            for k in range {
              let (j, a) = (Int(indices[k]), values[k])
              guard a != 0, isColumnAlive[j] else { continue }
              let low = a > 0 ? a * lower[j] : a * upper[j]
              let high = a > 0 ? a * upper[j] : a * lower[j]
              result.least += low
              result.greatest += high
              if low.isFinite { result.size += abs(low) }
              if high.isFinite { result.size += abs(high) }
              if isPinned[j] { result.hasPinned = true }
            }
          }
        }
      }
    }
    return result
  }

  /// Drops a row, or a side of it, that holds wherever the bounds do; fixes the variables of one that
  /// the bounds meet in one way only.
  mutating func compareWithActivity(_ i: Int) {
    let (low, high) = sides(ofRow: i)
    let activity = activity(ofRow: i)
    let size = activity.size + offsetSize[i]
    let scale = 1 + size + min(abs(low), abs(high))
    if activity.least > high + Self.violation * scale {
      return concludeInfeasible(row: i, side: 1)
    }
    if activity.greatest < low - Self.violation * scale {
      return concludeInfeasible(row: i, side: -1)
    }
    let near = min(1e-14 * size, 1e-10)
    if !activity.hasPinned {
      if high < .infinity, activity.least.isFinite, activity.least >= high - near {
        return force(i, side: 1)
      }
      if low > -.infinity, activity.greatest.isFinite, activity.greatest <= low + near {
        return force(i, side: -1)
      }
    }
    let isUpperIdle = activity.greatest <= high
    let isLowerIdle = activity.least >= low
    if isUpperIdle && isLowerIdle {
      remove(row: i)
      report.redundantRows += 1
    } else if !isEquality(i) {
      if isUpperIdle, high < .infinity {
        rowUpper[i] = .infinity
        touch(columnsOfRow: i)
      } else if isLowerIdle, low > -.infinity {
        rowLower[i] = -.infinity
        touch(columnsOfRow: i)
      }
    }
  }

  private mutating func concludeInfeasible(row i: Int, side: Double) {
    var bounds: [(Int, Double)] = []
    for k in transposed.entries(ofColumn: i) where transposed.values[k] != 0 {
      let j = Int(transposed.rowIndices[k])
      if isColumnAlive[j] { bounds.append((j, -side * transposed.values[k])) }
    }
    conclusion = .infeasible(rows: [(i, side)], bounds: bounds)
  }

  private mutating func force(_ i: Int, side: Double) {
    let places = transposed.entries(ofColumn: i).filter {
      transposed.values[$0] != 0 && isColumnAlive[Int(transposed.rowIndices[$0])]
    }
    steps.append(
      .forcing(ForcingRow(row: Int32(i), side: side, columns: places.map(Int32.init))))
    remove(row: i)
    report.forcingRows += 1
    for k in places {
      let j = Int(transposed.rowIndices[k])
      fix(j, at: side * transposed.values[k] > 0 ? lower[j] : upper[j])
      report.forcedVariables += 1
    }
  }
}
