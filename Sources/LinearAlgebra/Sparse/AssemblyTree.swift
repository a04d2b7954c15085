/// The fronts of a multifrontal factorization: groups of columns of L that are factored together
/// as dense blocks, each with the rows below that it changes.
///
/// Three steps lead to them. Columns in a chain of the elimination tree whose patterns are nested
/// form fundamental supernodes. Columns with one parent and the same rows below it, as the many
/// diagonal variables of a structured KKT matrix have, form one batch: they do not touch each
/// other, so that the pivot block is diagonal and their update of the rows below is one product of
/// matrices. And a child is absorbed by its parent where the zeros this stores are few.
/// (Duff, Reid: The multifrontal solution of indefinite sparse symmetric linear equations, ACM
/// Trans. Math. Software 9, 1983; Liu: The multifrontal method, SIAM Review 34, 1992.)
struct AssemblyTree {
  /// A front: its columns follow those of the front before it.
  struct Front {
    var firstColumn = 0
    var width = 0
    /// Whether the columns do not touch each other.
    var isBatch = false
    /// The place of the first row below the pivot block in `rows`; their number.
    var firstRow = 0
    var height = 0
    /// The front that the update goes to; −1 for none.
    var parent = -1
  }

  /// The fronts, each after its children.
  private(set) var fronts: [Front] = []
  /// The rows below the pivot block of every front, increasing, in the new order of columns.
  private(set) var rows: [Int32] = []
  /// The place that each column of the analysis has in the order of the fronts.
  private(set) var newPlace: [Int32] = []

  init(_ analysis: borrowing SymbolicFactorization) {
    let lower = analysis.upper.transposed
    var draft = SupernodeDraft(
      lower: lower, parents: analysis.tree.parents, counts: analysis.columnCounts)
    draft.formBatches()
    draft.absorbChildren()
    number(draft, columns: analysis.size)
  }

  /// Numbers the remaining supernodes and their columns in postorder. A row below a column is its
  /// ancestor, and ancestors keep their order: the rows of a front stay increasing.
  private mutating func number(_ draft: SupernodeDraft, columns: Int) {
    newPlace = [Int32](repeating: 0, count: columns)
    let kept = draft.supernodes.indices.filter { draft.absorbedBy[$0] == -1 }
    var dense = [Int32](repeating: -1, count: draft.supernodes.count)
    for (k, s) in kept.enumerated() { dense[s] = Int32(k) }
    let parents = kept.map { s -> Int32 in
      let parent = draft.supernodes[s].parent
      return parent == -1 ? -1 : dense[draft.survivor(of: parent)]
    }
    let order = Forest.postorder(parents)
    var place = 0
    for k in order {
      for column in draft.supernodes[kept[Int(k)]].columns {
        newPlace[Int(column)] = Int32(place)
        place += 1
      }
    }
    let frontOf = SymbolicFactorization.inverse(order, count: order.count)
    var firstColumn = 0
    for k in order {
      let supernode = draft.supernodes[kept[Int(k)]]
      fronts.append(
        Front(
          firstColumn: firstColumn, width: supernode.columns.count, isBatch: supernode.isBatch,
          firstRow: rows.count, height: supernode.rows.count,
          parent: parents[Int(k)] == -1 ? -1 : Int(frontOf[Int(parents[Int(k)])])))
      firstColumn += supernode.columns.count
      for row in supernode.rows { rows.append(newPlace[Int(row)]) }
    }
  }
}
