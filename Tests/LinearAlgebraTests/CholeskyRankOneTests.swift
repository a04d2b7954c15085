import Foundation
import LinearAlgebra
import TestSupport
import Testing

@Suite struct CholeskyRankOneTests {
  static func definite(_ n: Int, seed: UInt64) -> Matrix {
    var random = TestRandom(seed: seed)
    let B = Matrix(rows: n + 3, columns: n) { _, _ in random.signedUnit() }
    return B.gram() + 0.1 * Matrix.identity(n)
  }

  static func outer(_ x: [Double]) -> Matrix {
    Matrix(rows: x.count, columns: x.count) { x[$0] * x[$1] }
  }

  @Test(arguments: [1, 2, 5, 64, 201])
  func `Update and downdate are the factors of the changed matrix`(n: Int) throws {
    var random = TestRandom(seed: UInt64(n))
    let A = Self.definite(n, seed: 3)
    let x = (0..<n).map { _ in random.signedUnit() }
    var updated = try Cholesky(A)
    try updated.update(adding: x)
    let direct = try Cholesky(A + Self.outer(x))
    #expect((updated.factor - direct.factor).norm(.maximum) < 1e-12)
    try updated.downdate(removing: x)
    #expect((updated.factor - (try Cholesky(A).factor)).norm(.maximum) < 1e-11)
    #expect(updated.factor.diagonal.allSatisfy { $0 > 0 })
  }

  @Test func `A window that rolls over a thousand dates keeps its factor`() throws {
    var random = TestRandom(seed: 5)
    let (n, window) = (12, 60)
    let rows = (0..<1060).map { _ in (0..<n).map { _ in random.signedUnit() } }
    var factor = try Cholesky(Matrix(rows: Array(rows[..<window])).gram())
    for t in window..<rows.count {
      try factor.update(adding: rows[t])
      try factor.downdate(removing: rows[t - window])
    }
    let direct = try Cholesky(Matrix(rows: Array(rows.suffix(window))).gram())
    #expect((factor.factor - direct.factor).norm(.maximum) < 1e-11)
  }

  @Test func `A downdate that loses definiteness throws and changes nothing`() throws {
    let A: Matrix = [[4, 2], [2, 3]]
    var factor = try Cholesky(A)
    let before = factor.factor
    // xᵀA⁻¹x of (2, 0) is 3 / 2, of L's first column (2, 1) exactly 1.
    #expect(throws: FactorizationError.self) { try factor.downdate(removing: [2, 0]) }
    do { try factor.downdate(removing: [2, 0]) } catch {
      guard case .downdateIndefinite(let remaining) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(isClose(remaining, -0.5, relative: 1e-14))
    }
    #expect(throws: FactorizationError.self) { try factor.downdate(removing: [2, 1]) }
    #expect(throws: FactorizationError.notFinite(row: 1, column: 0)) {
      try factor.downdate(removing: [1, .nan])
    }
    #expect(throws: FactorizationError.notFinite(row: 0, column: 0)) {
      try factor.update(adding: [.infinity, 1])
    }
    #expect(factor.factor == before)
    // Just inside: 1 − xᵀA⁻¹x = 2e-10.
    let x = [2, 1].map { $0 * (1 - 1e-10) }
    try factor.downdate(removing: x)
    let product = Matrix.product(factor.factor, factor.factor, transposing: .right)
    #expect((product - (A - Self.outer(x))).norm(.maximum) < 1e-14)
  }

  @Test func `Extreme magnitudes neither overflow nor vanish`() throws {
    var large = try Cholesky(Matrix(diagonal: [1e300]))
    try large.update(adding: [1e150])
    #expect(isClose(large.factor[0, 0], 2.0.squareRoot() * 1e150, relative: 1e-15))
    var small = try Cholesky(Matrix(diagonal: [1e-300]))
    try small.update(adding: [1e-150])
    #expect(isClose(small.factor[0, 0], 2.0.squareRoot() * 1e-150, relative: 1e-15))
    var empty = try Cholesky(Matrix(rows: 0, columns: 0))
    try empty.update(adding: [])
    try empty.downdate(removing: [])
    #expect(empty.size == 0)
  }
}
