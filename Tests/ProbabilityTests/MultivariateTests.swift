import Foundation
import LinearAlgebra
import Probability
import TestSupport
import Testing

@Suite struct MultivariateTests {
  let stream = RandomStream(seed: 20_240_229, stream: 3)

  static func equicorrelation(_ n: Int, _ ρ: Double) -> Matrix {
    Matrix(rows: n, columns: n) { $0 == $1 ? 1 : ρ }
  }

  /// A covariance of full rank with unequal variances.
  static func covariance(_ n: Int) -> Matrix {
    Matrix(rows: n, columns: n) { i, j in
      0.1 * Double(i + 1) * 0.1 * Double(j + 1) * pow(0.7, Double(abs(i - j)))
    }
  }

  @Test func `A path's draw has the same bits alone, in any range and in any order`() throws {
    let singular = Matrix(rows: 7, columns: 7) { i, j in Double((i + 1) * (j + 1)) }
    for covariance in [Self.covariance(7), singular] {
      let normal = try MultivariateNormal(
        mean: (0..<7).map(Double.init), covariance: covariance)
      let t = try MultivariateStudentT(covariance: covariance, degreesOfFreedom: 3.5)
      for draws in [normal.draws, t.draws] {
        let all = draws(0..<1500, stream)
        for path in [1499, 0, 255, 256, 257, 700] {
          #expect(draws(path..<(path + 1), stream).row(0) == all.row(path))
        }
        for range in [3..<900, 256..<512, 511..<513, 1000..<1500] {
          let part = draws(range, stream)
          #expect(part.rows == range.count)
          #expect(range.allSatisfy { part.row($0 - range.lowerBound) == all.row($0) })
        }
      }
    }
  }

  @Test(arguments: [1, 2, 39, 40, 41, 97, 130])
  func `Draws are LAPACK's Cholesky factor times the normals of the path`(n: Int) throws {
    let covariance = Self.covariance(n)
    let draws = try MultivariateNormal(covariance: covariance).draws(paths: 0..<300, from: stream)
    let factor = try Cholesky(covariance).factor
    for path in [0, 15, 16, 255, 256, 299] {
      let z = stream.normals(path: path, count: n)
      for i in 0..<n {
        let expected = (0...i).reduce(0) { $0 + factor[i, $1] * z[$1] }
        #expect(isClose(draws[path, i], expected, absolute: 1e-14 * Double(n) * 0.1 * Double(n)))
      }
    }
  }

  @Test func `The number of BLAS threads does not matter`() throws {
    let normal = try MultivariateNormal(covariance: Self.covariance(60))
    let outside = BLAS.threadCount
    defer { BLAS.threadCount = outside }
    let draws = [1, 2].map {
      BLAS.threadCount = $0
      return normal.draws(paths: 0..<2000, from: stream)
    }
    #expect(draws[0] == draws[1])
  }

  @Test func `Sample mean and covariance lie within their standard errors`() throws {
    let (n, paths, ν) = (5, 200_000, 6.0)
    let Σ = Self.covariance(n)
    let mean = [0.1, -0.2, 0.3, 0, 1]
    let normal = try MultivariateNormal(mean: mean, covariance: Σ)
    let t = try MultivariateStudentT(mean: mean, covariance: Σ, degreesOfFreedom: ν)
    // Fourth moments of an elliptical law: E[(xi xj)²] = k (Σii Σjj + 2 Σij²), k = (ν − 2)/(ν − 4).
    for (draws, k) in [(normal.draws(paths:from:), 1), (t.draws(paths:from:), (ν - 2) / (ν - 4))] {
      let x = draws(0..<paths, stream)
      let N = Double(paths)
      for i in 0..<n {
        let average = x.column(i).reduce(0, +) / N
        #expect(abs(average - mean[i]) < 4 * (Σ[i, i] / N).squareRoot())
        for j in 0...i {
          let moment =
            zip(x.column(i), x.column(j)).reduce(0) {
              $0 + ($1.0 - mean[i]) * ($1.1 - mean[j])
            } / N
          let variance = k * (Σ[i, i] * Σ[j, j] + 2 * Σ[i, j] * Σ[i, j]) - Σ[i, j] * Σ[i, j]
          #expect(abs(moment - Σ[i, j]) < 4.5 * (variance / N).squareRoot())
        }
      }
    }
  }

  @Test func `Marginals of t draws follow the univariate distribution`() throws {
    let t = try MultivariateStudentT(covariance: [[4, 1], [1, 9]], degreesOfFreedom: 3)
    let marginal = StudentT(degreesOfFreedom: 3)
    let n = 100_000
    let x = t.draws(paths: 0..<n, from: stream)
    let scales = [4.0, 9].map { ($0 / 3).squareRoot() }
    for j in 0..<2 {
      var counts = [Double](repeating: 0, count: 100)
      for v in x.column(j) { counts[Int(marginal.cumulative(v / scales[j]) * 100)] += 1 }
      // Chi-square with 99 degrees of freedom: 0.9999 quantile 161.3 (R: qchisq).
      #expect(counts.reduce(0) { $0 + ($1 - 1000) * ($1 - 1000) / 1000 } < 161.3)
    }
  }

  @Test(arguments: 2...8)
  func `Orthant probability at correlation one half is 1 / (n + 1)`(n: Int) throws {
    let normal = try MultivariateNormal(covariance: Self.equicorrelation(n, 0.5))
    let paths = 100_000
    let x = normal.draws(paths: 0..<paths, from: stream)
    let hits = (0..<paths).count { path in (0..<n).allSatisfy { x[path, $0] < 0 } }
    let p = 1 / Double(n + 1)
    #expect(
      abs(Double(hits) / Double(paths) - p) < 4 * (p * (1 - p) / Double(paths)).squareRoot())
  }

  @Test func `Singular covariances give draws in their range`() throws {
    // x₂ = x₀ + x₁, x₃ = 0.
    let loadings: Matrix = [[1, 0], [0.3, 2], [1.3, 2], [0, 0]]
    let Σ = Matrix.product(loadings, loadings, transposing: .right)
    let x = try MultivariateNormal(covariance: Σ).draws(paths: 0..<1000, from: stream)
    for path in 0..<1000 {
      #expect(isClose(x[path, 2], x[path, 0] + x[path, 1], absolute: 1e-7))
      #expect(abs(x[path, 3]) < 1e-7)
    }
    let zero = try MultivariateNormal(mean: [1, 2], covariance: [[0, 0], [0, 0]])
    #expect(zero.draws(paths: 5..<7, from: stream) == [[1, 2], [1, 2]])
  }

  @Test func `Empty ranges and dimensions give empty matrices`() throws {
    let normal = try MultivariateNormal(covariance: [[1]])
    #expect(normal.draws(paths: 4..<4, from: stream).rows == 0)
    let none = try MultivariateNormal(covariance: Matrix(rows: 0, columns: 0))
    #expect(none.draws(paths: 0..<3, from: stream) == Matrix(rows: 3, columns: 0))
  }

  @Test func `Bad parameters are named`() {
    #expect(throws: DistributionError.notSquare(rows: 1, columns: 2)) {
      try MultivariateNormal(covariance: [[1, 2]])
    }
    #expect(throws: DistributionError.notFinite(row: 1, column: 0)) {
      try MultivariateNormal(covariance: [[1, 0], [.nan, 1]])
    }
    #expect(throws: DistributionError.notSymmetric) {
      try MultivariateNormal(covariance: [[1, 0.5], [0.4, 1]])
    }
    #expect(throws: DistributionError.indefinite(rank: 1)) {
      try MultivariateNormal(covariance: [[1, 1.1], [1.1, 1]])
    }
    #expect(throws: DistributionError.self) { try MultivariateNormal(covariance: [[-1]]) }
    #expect(throws: DistributionError.meanSize(mean: 1, covariance: 2)) {
      try MultivariateNormal(mean: [0], covariance: [[1, 0], [0, 1]])
    }
    #expect(throws: DistributionError.meanNotFinite(index: 1)) {
      try MultivariateNormal(mean: [0, .infinity], covariance: [[1, 0], [0, 1]])
    }
    for ν in [2.0, -1, .nan, .infinity] {
      #expect(throws: DistributionError.self) {
        try MultivariateStudentT(covariance: [[1]], degreesOfFreedom: ν)
      }
    }
  }
}
