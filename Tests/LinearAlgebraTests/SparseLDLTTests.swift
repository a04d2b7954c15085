import LinearAlgebra
import TestSupport
import Testing

@Suite("Sparse LDLᵀ", .oneBLASThread)
struct SparseLDLTTests {
  static let methods: [SparseLDLT.Method] = [.simplicial, .multifrontal, .automatic]

  /// The result of a factorization; `#expect` takes no mutating call of a value without copies.
  static func factored(
    _ factor: inout SparseLDLT, _ values: [Double], safeguard: PivotSafeguard = PivotSafeguard()
  ) -> Bool {
    factor.factor(values, safeguard: safeguard)
  }

  /// max |K x − b| over max |K| max |x|, after one solution without refinement.
  static func residual(
    _ matrix: QuasiDefinite, _ factor: borrowing SparseLDLT, scale: Double = 1
  ) -> Double {
    let b = Fixture.vector(matrix.size, seed: 5)
    var x = b
    x.withUnsafeMutableBufferPointer { if let start = $0.baseAddress { factor.solve(start) } }
    let product = matrix.symmetric.multiplying(x)
    let gap = zip(product, b).reduce(0.0) {
      let gap = abs(scale * $1.0 - $1.1)
      return gap.isNaN ? .infinity : max($0, gap)
    }
    let size = matrix.upper.values.reduce(0.0) { max($0, abs(scale * $1)) }
    return gap / max(size * x.reduce(0.0) { max($0, abs($1)) }, 1e-300)
  }

  @Test(arguments: QuasiDefinite.all, methods)
  func `Solutions leave residuals of rounding and pivots have their signs`(
    matrix: QuasiDefinite, method: SparseLDLT.Method
  ) {
    var factor = SparseLDLT(pattern: matrix.upper, signs: matrix.signs, method: method)
    #expect(Self.factored(&factor, matrix.upper.values))
    #expect(Self.residual(matrix, factor) < 1e-13)
    #expect(factor.replacedPivots == 0)
    #expect(factor.inertia.positive == matrix.signs.count { $0 > 0 })
    #expect(factor.inertia.negative == matrix.signs.count { $0 < 0 })
  }

  @Test(arguments: QuasiDefinite.all, methods)
  func `The lower triangle and other orders give the same solution`(
    matrix: QuasiDefinite, method: SparseLDLT.Method
  ) {
    let lower = matrix.upper.transposed
    var factor = SparseLDLT(
      pattern: lower, signs: matrix.signs, ordering: .natural, method: method)
    #expect(Self.factored(&factor, lower.values))
    #expect(Self.residual(matrix, factor) < 1e-12)
    let backwards = (0..<matrix.size).reversed().map(Int32.init)
    var other = SparseLDLT(
      pattern: matrix.upper, signs: matrix.signs, ordering: .given(backwards), method: method)
    #expect(Self.factored(&other, matrix.upper.values))
    #expect(Self.residual(matrix, other) < 1e-12)
  }

  @Test(arguments: QuasiDefinite.all, methods)
  func `A second factorization equals a fresh one, bit for bit`(
    matrix: QuasiDefinite, method: SparseLDLT.Method
  ) {
    var reused = SparseLDLT(pattern: matrix.upper, signs: matrix.signs, method: method)
    #expect(Self.factored(&reused, matrix.upper.values))
    let doubled = matrix.upper.values.map { 3 * $0 }
    #expect(Self.factored(&reused, doubled))
    #expect(Self.residual(matrix, reused, scale: 3) < 1e-13)
    var fresh = SparseLDLT(pattern: matrix.upper, signs: matrix.signs, method: method)
    #expect(Self.factored(&fresh, doubled))
    var x = Fixture.vector(matrix.size, seed: 9)
    var y = x
    x.withUnsafeMutableBufferPointer { if let start = $0.baseAddress { reused.solve(start) } }
    y.withUnsafeMutableBufferPointer { if let start = $0.baseAddress { fresh.solve(start) } }
    #expect(x == y)
  }

  @Test(arguments: QuasiDefinite.all)
  func `Entry by entry and by fronts agree`(matrix: QuasiDefinite) {
    var simplicial = SparseLDLT(
      pattern: matrix.upper, signs: matrix.signs, method: .simplicial)
    var fronts = SparseLDLT(pattern: matrix.upper, signs: matrix.signs, method: .multifrontal)
    #expect(Self.factored(&simplicial, matrix.upper.values))
    #expect(Self.factored(&fronts, matrix.upper.values))
    var x = Fixture.vector(matrix.size, seed: 3)
    var y = x
    x.withUnsafeMutableBufferPointer { if let start = $0.baseAddress { simplicial.solve(start) } }
    y.withUnsafeMutableBufferPointer { if let start = $0.baseAddress { fronts.solve(start) } }
    let size = x.reduce(1.0) { max($0, abs($1)) }
    #expect(Fixture.distance(x, y) < 1e-11 * size)
  }

  @Test(arguments: methods)
  func `A pivot with the wrong sign is replaced and counted`(method: SparseLDLT.Method) {
    // 1 − 2²/1 = −3 where a positive pivot is due.
    let matrix = SparseMatrix(Matrix(rows: [[1, 2, 0], [0, 1, 0], [0, 0, -1]]))
    var factor = SparseLDLT(
      pattern: matrix, signs: [1, 1, -1], ordering: .natural, method: method)
    let safeguard = PivotSafeguard(tolerance: 1e-14, replacement: 0.5)
    #expect(Self.factored(&factor, matrix.values, safeguard: safeguard))
    #expect(factor.replacedPivots == 1)
    #expect(factor.inertia == SparseLDLT.Inertia(positive: 2, negative: 1))
    // With the pivot 1/2 the matrix factored is [[1, 2], [2, 4.5]].
    var x = [3.0, 6.5, 4]
    x.withUnsafeMutableBufferPointer { if let start = $0.baseAddress { factor.solve(start) } }
    #expect(Fixture.distance(x, [1, 1, -4]) < 1e-14)
  }

  @Test(arguments: methods)
  func `A pivot of rounding and a missing diagonal entry are replaced`(
    method: SparseLDLT.Method
  ) {
    let singular = SparseMatrix(Matrix(rows: [[1, 1], [0, 1]]))
    var factor = SparseLDLT(pattern: singular, signs: [1, 1], method: method)
    #expect(Self.factored(&factor, singular.values))
    #expect(factor.replacedPivots == 1)
    let missing = SparseMatrix(
      rows: 2, columns: 2, triplets: [Triplet(row: 0, column: 0, value: 1)])
    var other = SparseLDLT(pattern: missing, signs: [1, -1], method: method)
    #expect(Self.factored(&other, missing.values))
    #expect(other.replacedPivots == 1)
    #expect(other.inertia == SparseLDLT.Inertia(positive: 1, negative: 1))
  }

  @Test(arguments: methods, [Double.nan, .infinity])
  func `Values that are not finite are refused`(method: SparseLDLT.Method, bad: Double) {
    for k in 0..<3 {
      let matrix = SparseMatrix(Matrix(rows: [[4, 1], [0, -4]]))
      var values = matrix.values
      values[k] = bad
      var factor = SparseLDLT(pattern: matrix, signs: [1, -1], method: method)
      #expect(!Self.factored(&factor, values))
      #expect(Self.factored(&factor, matrix.values))
    }
  }
}

@Suite("Symbolic factorization")
struct SymbolicFactorizationTests {
  /// The entries below the diagonal of L, by elimination on a dense pattern.
  static func denseFill(_ matrix: QuasiDefinite, order: [Int32]) -> Int {
    let n = matrix.size
    let symmetric = matrix.symmetric
    var filled = (0..<n).map { a in
      (0..<n).map { b in symmetric[Int(order[a]), Int(order[b])] != 0 }
    }
    var count = 0
    for k in 0..<n {
      let below = (k + 1..<max(n, k + 1)).filter { filled[$0][k] }
      count += below.count
      for i in below { for j in below { filled[i][j] = true } }
    }
    return count
  }

  @Test(arguments: QuasiDefinite.all.filter { $0.size <= 400 })
  func `The fill is that of an elimination of the dense pattern`(matrix: QuasiDefinite) {
    for ordering in [SymbolicFactorization.Ordering.minimumDegree, .natural] {
      let analysis = SymbolicFactorization(of: matrix.upper, ordering: ordering)
      #expect(analysis.permutation.sorted() == (0..<matrix.size).map(Int32.init))
      #expect(analysis.fill == Self.denseFill(matrix, order: analysis.permutation))
    }
  }

  @Test
  func `A full matrix takes n²/2 entries and n³/3 operations`() {
    let analysis = SymbolicFactorization(of: QuasiDefinite.dense.upper)
    #expect(analysis.fill == 150 * 149 / 2)
    #expect(abs(analysis.operations / (150 * 150 * 150 / 3) - 1) < 0.01)
  }

  @Test
  func `Minimum degree eliminates an arrow without fill`() {
    let arrow = QuasiDefinite.all.first { $0.name == "arrow, head first" }
    #expect(arrow.map { SymbolicFactorization(of: $0.upper).fill } == 59)
    #expect(arrow.map { SymbolicFactorization(of: $0.upper, ordering: .natural).fill } == 59 * 30)
  }

  @Test(arguments: QuasiDefinite.all)
  func `An ordering is a permutation`(matrix: QuasiDefinite) {
    let order = ApproximateMinimumDegree.ordering(of: matrix.upper)
    #expect(order.sorted() == (0..<matrix.size).map(Int32.init))
  }
}
