internal import LinearAlgebra

/// A row `removed` = factor · `kept`, whose sides were put into those of the row that stays.
///
/// The multiplier w of that row goes to the one whose side it belongs to; a unit of it there is
/// 1/factor here.
struct ParallelRow {
  let kept: Int32
  let removed: Int32
  let factor: Double
  let tightensLower: Bool
  let tightensUpper: Bool

  func undo(in point: inout Postsolve) {
    let i = Int(kept)
    // A substitution in the kept row that came later is undone by now.
    let w = point.w[i]
    guard w > 0 ? tightensUpper : (w < 0 && tightensLower) else { return }
    point.w[Int(removed)] += w / factor
    point.w[i] = 0
  }
}

extension Presolve {
  /// The candidates that a row is compared with.
  private static let probeLimit = 8

  /// Merges rows that are multiples of each other, found by a hash of their pattern and of their
  /// entries over the first. O(entries).
  mutating func mergeParallelRows() {
    let m = matrix.rows
    let living = (0..<m).reduce(0) { $0 + (isRowAlive[$1] && rowCount[$1] >= 2 ? 1 : 0) }
    guard living > 1 else { return }
    countWork(matrix.entryCount)
    var bits = 4
    while (1 << bits) < 2 * living { bits += 1 }
    let mask = UInt64((1 << bits) - 1)
    var table = [Int32](repeating: -1, count: 1 << bits)
    var hashes = [UInt64](repeating: 0, count: m)
    for i in 0..<m where isRowAlive[i] && rowCount[i] >= 2 {
      hashes[i] = hash(ofRow: i)
      var place = hashes[i] & mask
      var probes = 0
      while table[Int(place)] >= 0 {
        let other = Int(table[Int(place)])
        if hashes[other] == hashes[i], isRowAlive[other], probes < Self.probeLimit {
          probes += 1
          if let factor = factor(ofRow: i, over: other) {
            merge(i, into: other, factor)
            break
          }
        }
        if conclusion != nil { return }
        place = (place + 1) & mask
      }
      if conclusion != nil { return }
      if isRowAlive[i] { table[Int(place)] = Int32(i) }
    }
  }

  /// A hash of the variables of a row and, to single precision, of its entries over the first.
  private func hash(ofRow i: Int) -> UInt64 {
    let range = transposed.entries(ofColumn: i)
    return transposed.values.withUnsafeBufferPointer { values in
      transposed.rowIndices.withUnsafeBufferPointer { indices in
        isColumnAlive.withUnsafeBufferPointer { isAlive in
          var (hash, inverse) = (UInt64(rowCount[i]), 0.0)
          for k in range {
            let (j, a) = (Int(indices[k]), values[k])
            guard a != 0, isAlive[j] else { continue }
            if inverse == 0 { inverse = 1 / a }
            let entry = UInt64(Float(a * inverse).bitPattern) | UInt64(j) << 32
            hash = (hash ^ entry) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 29
          }
          return hash
        }
      }
    }
  }

  /// The number by which one row has to be multiplied to give another, if there is one.
  private func factor(ofRow i: Int, over other: Int) -> Double? {
    guard rowCount[i] == rowCount[other] else { return nil }
    var k = transposed.entries(ofColumn: i)
    var l = transposed.entries(ofColumn: other)
    func isGone(_ place: Int) -> Bool {
      transposed.values[place] == 0 || !isColumnAlive[Int(transposed.rowIndices[place])]
    }
    var factor: Double?
    while true {
      while let first = k.first, isGone(first) { k.removeFirst() }
      while let first = l.first, isGone(first) { l.removeFirst() }
      guard let one = k.first, let two = l.first else {
        return k.isEmpty && l.isEmpty ? factor : nil
      }
      guard transposed.rowIndices[one] == transposed.rowIndices[two] else { return nil }
      let (a, b) = (transposed.values[one], transposed.values[two])
      if let factor {
        guard abs(a - factor * b) <= 4 * Double.ulpOfOne * abs(a) else { return nil }
      } else {
        factor = a / b
      }
      k.removeFirst()
      l.removeFirst()
    }
  }

  /// Puts the sides of row i, which is `factor` times another, into those of that row.
  private mutating func merge(_ i: Int, into kept: Int, _ factor: Double) {
    let (low, high) = sides(ofRow: i)
    let (keptLow, keptHigh) = sides(ofRow: kept)
    let newLow = (factor > 0 ? low : high) / factor
    let newHigh = (factor > 0 ? high : low) / factor
    let scale = 1 + offsetSize[kept] + offsetSize[i] / abs(factor)
    for (side, low, high) in [(-1.0, newLow, keptHigh), (1.0, keptLow, newHigh)] {
      let size = scale + abs(low)
      guard low > high + Self.rounding * size else { continue }
      // Side −1: the removed row asks for more than the kept one allows.
      conclusion =
        low > high + Self.violation * size
        ? .infeasible(rows: [(kept, -side), (i, side / factor)], bounds: []) : .abandoned
      return
    }
    let moved = offset[kept].value
    let tightensLower = newLow > keptLow
    let tightensUpper = newHigh < keptHigh
    if tightensLower { rowLower[kept] = min(newLow, keptHigh) + moved }
    if tightensUpper { rowUpper[kept] = max(newHigh, keptLow) + moved }
    if rowLower[kept] > rowUpper[kept] { rowLower[kept] = rowUpper[kept] }
    steps.append(
      .parallel(
        ParallelRow(
          kept: Int32(kept), removed: Int32(i), factor: factor, tightensLower: tightensLower,
          tightensUpper: tightensUpper)))
    remove(row: i)
    report.parallelRows += 1
    touch(row: kept)
    touch(columnsOfRow: kept)
  }
}
