internal import LinearAlgebra

extension Elimination {
  /// The singles, and the rows of G that couple them. O(entries).
  static func findSingles(_ form: borrowing StandardForm) -> ([Single], couplings: [Int]) {
    let candidates = candidates(form)
    let couplings = findCouplings(form, candidates)
    if !couplings.isEmpty {
      let singles = singles(form, candidates, couplings)
      // Couplings have to pay: what they make singles of would fill the core.
      let coupled = singles.reduce(0) { $0 + ($1.coupling == nil ? 0 : 1) }
      if coupled >= max(leastCount, (form.n - singles.count) / 2) { return (singles, couplings) }
    }
    let singles = singles(form, candidates, [])
    return (singles.count < leastCount ? [] : singles, [])
  }

  /// The variables that are held, outside dense parts, with one or two entries, all in rows of G.
  private static func candidates(_ form: borrowing StandardForm) -> [Int] {
    let eliminable = RowSpaceKKT.eliminable(form)
    var inBlock = [Bool](repeating: false, count: form.n)
    for block in form.B.blocks { for j in block.columns { inBlock[j] = true } }
    let (first, last) = (form.p, form.firstConeRow)
    let matrix = form.B.byColumn
    return (0..<form.n).filter { j in
      let entries = matrix.entries(ofColumn: j)
      return eliminable[j] && !inBlock[j] && (1...2).contains(entries.count)
        && entries.allSatisfy { (first..<last).contains(Int(matrix.rowIndices[$0])) }
    }
  }

  /// The rows in which many candidates have one of their two entries.
  private static func findCouplings(
    _ form: borrowing StandardForm, _ candidates: [Int]
  ) -> [Int] {
    let matrix = form.B.byColumn
    var counts = [Int](repeating: 0, count: form.p + form.m)
    for j in candidates where matrix.entries(ofColumn: j).count == 2 {
      for k in matrix.entries(ofColumn: j) { counts[Int(matrix.rowIndices[k])] += 1 }
    }
    let couplings = counts.indices.filter { counts[$0] >= leastCount }
    return couplings.count <= mostCouplings ? couplings : []
  }

  /// The candidates with one entry outside the couplings, in a row that has no single yet; one that is
  /// coupled needs a long row.
  private static func singles(
    _ form: borrowing StandardForm, _ candidates: [Int], _ couplings: [Int]
  ) -> [Single] {
    let matrix = form.B.byColumn
    var place = [Int?](repeating: nil, count: form.p + form.m)
    for (c, row) in couplings.enumerated() { place[row] = c }
    var isLong = [Bool](repeating: false, count: form.p + form.m)
    if !couplings.isEmpty {
      let limit = (form.n - candidates.count) / 4
      for i in isLong.indices { isLong[i] = form.B.byRow.entries(ofColumn: i).count > limit }
      for block in form.B.blocks { for i in block.rows { isLong[i] = true } }
    }
    var hasSingle = [Bool](repeating: false, count: form.p + form.m)
    var singles: [Single] = []
    for j in candidates {
      let entries = matrix.entries(ofColumn: j)
      let own = entries.filter { place[Int(matrix.rowIndices[$0])] == nil }
      guard own.count == 1, let k = own.first else { continue }
      let row = Int(matrix.rowIndices[k])
      guard !hasSingle[row] else { continue }
      var single = Single(variable: j, row: row, value: matrix.values[k])
      for l in entries where l != k {
        single.coupling = place[Int(matrix.rowIndices[l])]
        single.share = matrix.values[l]
      }
      guard single.coupling == nil || isLong[row] else { continue }
      hasSingle[row] = true
      singles.append(single)
    }
    return singles
  }
}
