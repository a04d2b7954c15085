/// The elimination tree of a symmetric pattern: the parent of column j is the first row below the
/// diagonal in column j of the factor.
///
/// Liu: The role of elimination trees in sparse factorization, SIAM J. Matrix Anal. Appl. 11
/// (1990).
struct EliminationTree {
  /// The parent of each column; −1 for a root.
  let parents: [Int32]

  /// The tree of a pattern given by its upper triangle. Nearly linear, by path compression.
  init(upper: SymmetricPattern) {
    let n = upper.size
    var parents = [Int32](repeating: -1, count: n)
    var ancestors = parents
    for j in 0..<n {
      for k in upper.starts[j]..<upper.starts[j + 1] {
        var i = Int(upper.rows[k])
        while ancestors[i] != j {
          let next = ancestors[i]
          ancestors[i] = Int32(j)
          if next == -1 {
            parents[i] = Int32(j)
            break
          }
          i = Int(next)
        }
      }
    }
    self.parents = parents
  }

  /// The columns, every one after its descendants, with each subtree contiguous: entry k is the
  /// column in place k.
  var postorder: [Int32] { Forest.postorder(parents) }

  /// The entries of each column of the factor, the diagonal included.
  ///
  /// Gilbert, Ng, Peyton: An efficient algorithm to compute row and column counts for sparse
  /// Cholesky factorization, SIAM J. Matrix Anal. Appl. 15 (1994). The columns must be in
  /// postorder.
  ///
  /// - Parameter lower: The lower triangle of the pattern.
  func columnCounts(lower: SymmetricPattern) -> [Int] {
    let n = parents.count
    var firstDescendant = [Int32](repeating: -1, count: n)
    var counts = [Int](repeating: 0, count: n)
    for j in 0..<n {
      if firstDescendant[j] == -1 { counts[j] = 1 }
      var k = j
      while k != -1, firstDescendant[k] == -1 {
        firstDescendant[k] = Int32(j)
        k = Int(parents[k])
      }
    }
    var largestFirst = [Int32](repeating: -1, count: n)
    var previousLeaf = [Int32](repeating: -1, count: n)
    var ancestors = (0..<n).map(Int32.init)
    for j in 0..<n {
      let parent = Int(parents[j])
      if parent != -1 { counts[parent] -= 1 }
      for k in lower.starts[j]..<lower.starts[j + 1] {
        let i = Int(lower.rows[k])
        guard firstDescendant[j] > largestFirst[i] else { continue }
        largestFirst[i] = firstDescendant[j]
        counts[j] += 1
        let previous = Int(previousLeaf[i])
        previousLeaf[i] = Int32(j)
        guard previous != -1 else { continue }
        // The least common ancestor of two neighbouring leaves of row subtree i counts them twice.
        var root = previous
        while root != Int(ancestors[root]) { root = Int(ancestors[root]) }
        var s = previous
        while s != root {
          let next = Int(ancestors[s])
          ancestors[s] = Int32(root)
          s = next
        }
        counts[root] -= 1
      }
      if parent != -1 { ancestors[j] = Int32(parent) }
    }
    for j in 0..<n where parents[j] != -1 { counts[Int(parents[j])] += counts[j] }
    return counts
  }
}

/// Orders of forests that are given by the parent of each node.
enum Forest {
  /// The nodes, every one after its descendants: entry k is the node in place k.
  static func postorder(_ parents: [Int32]) -> [Int32] {
    let n = parents.count
    var firstChild = [Int32](repeating: -1, count: n)
    var sibling = firstChild
    for j in stride(from: n - 1, through: 0, by: -1) where parents[j] != -1 {
      sibling[j] = firstChild[Int(parents[j])]
      firstChild[Int(parents[j])] = Int32(j)
    }
    var order: [Int32] = []
    order.reserveCapacity(n)
    var path: [Int32] = []
    for root in 0..<n where parents[root] == -1 {
      path.append(Int32(root))
      while let node = path.last {
        let child = firstChild[Int(node)]
        if child == -1 {
          order.append(node)
          path.removeLast()
        } else {
          firstChild[Int(node)] = sibling[Int(child)]
          path.append(child)
        }
      }
    }
    return order
  }
}
