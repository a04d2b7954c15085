/// A queue that gives the node of the least bound first, and of equal ones the oldest.
struct NodeQueue<Node> {
  private var heap: [(bound: Double, order: Int, node: Node)] = []
  private var inserted = 0

  var count: Int { heap.count }
  var isEmpty: Bool { heap.isEmpty }
  /// The least bound of all; ∞ when the queue is empty.
  var leastBound: Double { heap.first?.bound ?? .infinity }

  mutating func insert(_ node: Node, bound: Double) {
    heap.append((bound, inserted, node))
    inserted += 1
    var i = heap.count - 1
    while i > 0, precedes(i, (i - 1) / 2) {
      heap.swapAt(i, (i - 1) / 2)
      i = (i - 1) / 2
    }
  }

  mutating func removeFirst() -> (bound: Double, node: Node)? {
    guard let first = heap.first else { return nil }
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var i = 0
    while true {
      var least = i
      for child in [2 * i + 1, 2 * i + 2] where child < heap.count && precedes(child, least) {
        least = child
      }
      if least == i { break }
      heap.swapAt(i, least)
      i = least
    }
    return (first.bound, first.node)
  }

  private func precedes(_ a: Int, _ b: Int) -> Bool {
    heap[a].bound != heap[b].bound
      ? heap[a].bound < heap[b].bound : heap[a].order < heap[b].order
  }
}
