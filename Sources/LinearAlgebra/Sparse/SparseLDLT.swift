/// The factorization P K Pᵀ = L D Lᵀ of a sparse quasi-definite matrix K, with D diagonal.
///
/// K has the form of a regularised KKT matrix: positive definite on some rows, negative definite on
/// the others, so that no pivoting is needed (Vanderbei 1995) and the pattern fixes everything but
/// the numbers. The analysis allocates; factorizations and solutions do not.
package struct SparseLDLT: ~Copyable {
  /// How the numbers are computed; the pattern of the factor is the same.
  package enum Method: Sendable {
    /// Entry by entry, for very sparse factors.
    case simplicial
    /// By dense fronts, at the speed of matrix products.
    case multifrontal
    /// The one that the operations per entry of the factor suggest.
    case automatic
  }

  /// The numbers of rows with positive and negative pivots.
  package struct Inertia: Sendable, Hashable {
    package let positive: Int
    package let negative: Int

    package init(positive: Int, negative: Int) {
      (self.positive, self.negative) = (positive, negative)
    }
  }

  /// The size of the matrix.
  package let size: Int
  /// The entries of L below the diagonal, without those that dense blocks add.
  package let fill: Int
  /// The additions, multiplications and divisions of a factorization.
  package let operations: Double
  /// The row of K that is eliminated k-th.
  package let permutation: [Int32]
  /// The number of pivots that the last factorization replaced.
  package private(set) var replacedPivots = 0
  /// The method taken, never `automatic`.
  package let method: Method

  private let numeric: Numeric
  private let order: RawArray<Int32>
  private let work: RawArray<Double>

  /// The analysis of a matrix given by one of its triangles.
  ///
  /// - Parameters:
  ///   - pattern: The triangle, either of them; its values are not read. A missing diagonal entry
  ///     is a zero.
  ///   - signs: The sign of the pivot of each row, +1 or −1.
  package init(
    pattern: SparseMatrix, signs: [Int8],
    ordering: SymbolicFactorization.Ordering = .automatic, method: Method = .automatic
  ) {
    self.init(SymbolicFactorization(of: pattern, ordering: ordering), signs: signs, method: method)
  }

  /// The work space for factorizations after an analysis.
  package init(_ analysis: SymbolicFactorization, signs: [Int8], method: Method = .automatic) {
    precondition(
      signs.count == analysis.size,
      "Each row needs the sign of its pivot: \(analysis.size), not \(signs.count).")
    precondition(
      signs.allSatisfy { $0 == 1 || $0 == -1 }, "The sign of a pivot is +1 or −1, nothing else.")
    size = analysis.size
    fill = analysis.fill
    operations = analysis.operations
    self.method = method == .automatic ? Self.suggestedMethod(analysis) : method
    switch self.method {
    case .simplicial, .automatic:
      permutation = analysis.permutation
      numeric = .simplicial(
        SimplicialLDLT(analysis, signs: permutation.map { signs[Int($0)] }))
    case .multifrontal:
      let tree = AssemblyTree(analysis)
      var order = analysis.permutation
      for (k, place) in tree.newPlace.enumerated() { order[Int(place)] = analysis.permutation[k] }
      permutation = order
      numeric = .multifrontal(
        MultifrontalLDLT(analysis, tree, signs: order.map { signs[Int($0)] }))
    }
    self.order = RawArray(permutation)
    work = RawArray(size, repeating: 0)
  }

  /// Factors the matrix that has `values` in the places of the pattern, in the pattern's order.
  ///
  /// - Returns: Whether all pivots are finite. Where they are not, the factorization must not be
  ///   used.
  package mutating func factor(
    _ values: UnsafePointer<Double>, safeguard: PivotSafeguard = PivotSafeguard()
  ) -> Bool {
    let result = numeric.factor(values, safeguard: safeguard)
    replacedPivots = result.replaced
    return result.isFinite
  }

  /// Solves K x = b in place.
  package func solve(_ b: UnsafeMutablePointer<Double>) {
    for k in 0..<size { work[k] = b[Int(order[k])] }
    numeric.solve(work.start)
    for k in 0..<size { b[Int(order[k])] = work[k] }
  }

  /// The inertia of the last factorization: that of K unless pivots were replaced.
  package var inertia: Inertia {
    let pivots = numeric.pivotValues
    return Inertia(
      positive: pivots.count { $0 > 0 }, negative: pivots.count { $0 < 0 })
  }
}

extension SparseLDLT {
  /// From so many operations per entry of the factor on, fronts pay for their assembly.
  private static let operationsForFronts = 40.0

  private static func suggestedMethod(_ analysis: SymbolicFactorization) -> Method {
    analysis.operations > operationsForFronts * Double(analysis.fill) ? .multifrontal : .simplicial
  }

  /// The numbers by one of the methods.
  private enum Numeric: ~Copyable {
    case simplicial(SimplicialLDLT)
    case multifrontal(MultifrontalLDLT)

    func factor(
      _ values: UnsafePointer<Double>, safeguard: PivotSafeguard
    ) -> (isFinite: Bool, replaced: Int) {
      switch self {
      case .simplicial(let factor): factor.factor(values, safeguard: safeguard)
      case .multifrontal(let factor): factor.factor(values, safeguard: safeguard)
      }
    }

    func solve(_ x: UnsafeMutablePointer<Double>) {
      switch self {
      case .simplicial(let factor): factor.solve(x)
      case .multifrontal(let factor): factor.solve(x)
      }
    }

    var pivotValues: [Double] {
      switch self {
      case .simplicial(let factor): factor.pivotValues
      case .multifrontal(let factor): factor.pivotValues
      }
    }
  }
}
