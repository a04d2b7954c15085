import Foundation
import LinearAlgebra
import Synchronization
import TestSupport
import Testing

@Suite("Nested dissection")
struct NestedDissectionTests {
  @Test("each row is named once", arguments: QuasiDefinite.all)
  func permutation(_ matrix: QuasiDefinite) {
    guard let order = NestedDissection.ordering(of: matrix.upper) else {
      #expect(matrix.size <= 1)
      return
    }
    #expect(order.sorted() == (0..<matrix.size).map(Int32.init))
  }

  @Test("a factor in its order solves the system", arguments: QuasiDefinite.all)
  func solves(_ matrix: QuasiDefinite) {
    guard matrix.size > 0 else { return }
    var random = TestRandom(seed: 7)
    let x = (0..<matrix.size).map { _ in random.signedUnit() }
    let b = matrix.symmetric * x
    for method in [SparseLDLT.Method.simplicial, .multifrontal] {
      var factorization = SparseLDLT(
        pattern: matrix.upper, signs: matrix.signs, ordering: .nestedDissection, method: method)
      let isFinite = factorization.factor(matrix.upper.values)
      #expect(isFinite)
      var solution = b
      solution.withUnsafeMutableBufferPointer {
        if let start = $0.baseAddress { factorization.solve(start) }
      }
      let left = zip(matrix.symmetric * solution, b).map { abs($0 - $1) }.max() ?? 0
      #expect(left <= 1e-11)
    }
  }

  /// The separators of a cube are its planes: minimum degree does not see them.
  @Test("on a cube it saves operations, and the automatic choice takes it")
  func cube() {
    let pattern = Self.cube(side: 18)
    let degree = SymbolicFactorization(of: pattern, ordering: .minimumDegree)
    let dissected = SymbolicFactorization(of: pattern, ordering: .nestedDissection)
    let chosen = SymbolicFactorization(of: pattern)
    #expect(dissected.operations < degree.operations)
    #expect(chosen.operations == dissected.operations)
  }

  @Test("where minimum degree is cheap the automatic choice keeps to it")
  func chain() {
    let n = 3000
    let pattern = SparseMatrix(
      rows: n, columns: n,
      triplets: (0..<n).flatMap { j in
        [Triplet(row: j, column: j, value: 1)]
          + (j > 0 ? [Triplet(row: j - 1, column: j, value: 1)] : [])
      })
    let degree = SymbolicFactorization(of: pattern, ordering: .minimumDegree)
    #expect(SymbolicFactorization(of: pattern).permutation == degree.permutation)
  }

  @Test("the same pattern gives the same order, from several threads at once")
  func isDeterministic() {
    let pattern = Self.cube(side: 10)
    let first = NestedDissection.ordering(of: pattern)
    let same = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      if NestedDissection.ordering(of: pattern) == first { same.withLock { $0 += 1 } }
    }
    #expect(first != nil)
    #expect(same.withLock { $0 } == 8)
  }

  /// The upper triangle of the grid of a cube, seven points wide.
  private static func cube(side: Int) -> SparseMatrix {
    var triplets: [Triplet] = []
    for k in 0..<side * side * side {
      triplets.append(Triplet(row: k, column: k, value: 6))
      for (step, place) in [
        (1, k % side), (side, k / side % side), (side * side, k / (side * side)),
      ] where place > 0 {
        triplets.append(Triplet(row: k - step, column: k, value: -1))
      }
    }
    let n = side * side * side
    return SparseMatrix(rows: n, columns: n, triplets: triplets)
  }
}
