internal import LinearAlgebra

/// A correlation that is given: that of two assets, by their indices from zero.
public struct FixedCorrelation: Sendable, Hashable {
  /// The index of one asset.
  public let first: Int
  /// The index of the other.
  public let second: Int
  /// Their correlation.
  public let value: Double

  /// The correlation of two assets.
  public init(_ first: Int, _ second: Int, _ value: Double) {
    self.first = first
    self.second = second
    self.value = value
  }
}

/// The elements of a symmetric n × n matrix that are given: the diagonal, then pairs (i, j) off it.
///
/// 𝒜(X) = (Xᵢᵢ; Xᵢⱼ), and its adjoint under the inner products xᵀy and tr(XY): 𝒜*(y) has yᵢ on its
/// diagonal and yₖ / 2 at both places of pair k.
struct ElementConstraints {
  let n: Int
  let pairs: [(i: Int, j: Int)]
  /// What the elements are to be: b.
  let values: [Double]

  var count: Int { values.count }

  init(
    size n: Int, diagonal: Double, entries: [FixedCorrelation]
  ) throws(EstimationError) {
    self.n = n
    var seen = Set<Int>()
    for e in entries {
      let inside = (0..<n).contains(e.first) && (0..<n).contains(e.second) && e.first != e.second
      let place = max(e.first, e.second) + n * min(e.first, e.second)
      guard inside && abs(e.value) <= diagonal && seen.insert(place).inserted else {
        throw .invalidFixedEntry(first: e.first, second: e.second, value: e.value)
      }
    }
    pairs = entries.map { ($0.first, $0.second) }
    values = [Double](repeating: diagonal, count: n) + entries.map(\.value)
  }

  /// A ← A + 𝒜*(y).
  func addAdjoint(_ y: [Double], to A: inout Matrix) {
    for i in 0..<n { A.elements[i * (n + 1)] += y[i] }
    for (k, pair) in pairs.enumerated() {
      A.elements[pair.i + pair.j * n] += 0.5 * y[n + k]
      A.elements[pair.j + pair.i * n] += 0.5 * y[n + k]
    }
  }

  /// 𝒜(X) for the symmetric part of X.
  func elements(of X: Matrix) -> [Double] {
    X.diagonal
      + pairs.map { 0.5 * (X.elements[$0.i + $0.j * n] + X.elements[$0.j + $0.i * n]) }
  }

  /// How much a multiplier y proves that every positive semidefinite matrix violates the constraints:
  /// zero or less where it proves nothing.
  ///
  /// tr X is known. So bᵀy = tr(𝒜*(y) X) ≤ λmax(𝒜*(y)) tr X holds for each X that is positive
  /// semidefinite and satisfies them.
  func violation(provedBy y: [Double]) throws(EstimationError) -> Double {
    let length = norm(y)
    guard length > 0, length.isFinite else { return 0 }
    let d = y.map { $0 / length }
    var A = Matrix(rows: n, columns: n)
    addAdjoint(d, to: &A)
    guard let eigen = try? SymmetricEigen(A) else { throw .eigenvaluesNotConverged }
    let trace = values[..<n].reduce(0, +)
    return dot(values, d) - (eigen.values.last ?? 0) * trace
  }
}
