import LinearAlgebra
import TestSupport
import Testing

@Suite("Singular values", .oneBLASThread)
struct SingularValuesTests {
  @Test("UΣVᵀ reconstructs with orthonormal U and V", arguments: QRTests.shapes)
  func reconstructs(m: Int, n: Int) throws {
    let a = Fixture.random(m, n, seed: 1)
    for svd in [try SingularValues(a), try SingularValues(Fixture.embedded(a))] {
      let (u, vt) = (svd.leftVectors, svd.rightVectorsTransposed)
      let slack = 1e-14 * Double(max(m, n) + 1)
      let product = Fixture.naiveProduct(u, Fixture.naiveProduct(Matrix(diagonal: svd.values), vt))
      #expect(Fixture.distance(product, a) <= 10 * slack)
      #expect(Fixture.distance(u.gram(), .identity(min(m, n))) <= slack)
      #expect(Fixture.distance(vt.transposed.gram(), .identity(min(m, n))) <= slack)
      #expect(svd.values == svd.values.sorted(by: >) && svd.values.allSatisfy { $0 >= 0 })
      #expect(svd.rank() == min(m, n))
    }
  }

  @Test("The condition numbers of Hilbert matrices")
  func hilbert() throws {
    // Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, table 28.1: κ₂(H_n) for
    // n = 2, 3, 4, 5, 6, to the digits printed there.
    for (n, κ) in [(2, 1.928e1), (3, 5.241e2), (4, 1.551e4), (5, 4.766e5), (6, 1.495e7)] {
      #expect(isClose(try SingularValues(Fixture.hilbert(n)).conditionNumber, κ, relative: 5e-4))
    }
  }

  @Test("A 2 by 2 matrix by hand: [[3, 0], [4, 5]] has √45 and √5")
  func small() throws {
    let svd = try SingularValues([[3, 0], [4, 5]] as Matrix)
    let root5 = Double(5).squareRoot()
    #expect(Fixture.distance(svd.values, [3 * root5, root5]) <= 1e-14)
    #expect(isClose(svd.conditionNumber, 3, relative: 1e-14))
  }

  @Test("Ranks of products of thin matrices", arguments: [(6, 5, 2), (40, 30, 11), (30, 40, 29)])
  func rank(m: Int, n: Int, r: Int) throws {
    let a = Fixture.naiveProduct(Fixture.random(m, r, seed: 2), Fixture.random(r, n, seed: 3))
    let svd = try SingularValues(a)
    #expect(svd.rank() == r)
    // The least-norm solution is orthogonal to the null space: it lies in the range of Aᵀ.
    let b = a * Fixture.vector(n, seed: 4)
    let x = svd.solve(b)
    #expect(Fixture.distance(a * x, b) <= 1e-12)
    let v = svd.rightVectorsTransposed[rows: 0..<r, columns: 0..<n]
    #expect(Fixture.distance((v * x) * v, x) <= 1e-12)
  }

  @Test("Zero and empty matrices")
  func zero() throws {
    let svd = try SingularValues(Matrix(rows: 3, columns: 2))
    #expect(svd.rank() == 0 && svd.conditionNumber == .infinity && svd.solve([1, 2, 3]) == [0, 0])
    let empty = try SingularValues(Matrix(rows: 0, columns: 2))
    #expect(empty.rank() == 0 && empty.conditionNumber == 1 && empty.solve([]) == [0, 0])
  }

  @Test("Least squares agrees with QR")
  func leastSquares() throws {
    let a = Fixture.random(30, 12, seed: 5)
    let b = Fixture.vector(30, seed: 6)
    #expect(Fixture.distance(try SingularValues(a).solve(b), try QR(a).solve(b)) <= 1e-13)
  }

  @Test("NaN is named")
  func notFinite() {
    var a = Fixture.random(4, 9, seed: 7)
    a[3, 8] = -.infinity
    #expect(throws: FactorizationError.notFinite(row: 3, column: 8)) { try SingularValues(a) }
  }
}
