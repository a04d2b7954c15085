import Foundation
import LinearAlgebra
import Probability
import TestSupport
import Testing

@Suite struct BrownianBridgeTests {
  static let grids: [[Double]] = [
    [1], [0.25, 1], (1...8).map { Double($0) / 8 }, (1...13).map { Double($0) },
    [0.01, 0.011, 0.5, 0.9, 3, 3.0001, 40],
  ]

  /// The paths are linear in the normals: those of the unit vectors are the columns of B with W = B z,
  /// and BBᵀ must be the covariance min(s, t).
  @Test(arguments: grids)
  func `The covariance is exactly that of Brownian motion`(times: [Double]) throws {
    let n = times.count
    let bridge = try BrownianBridge(times: times)
    let columns = bridge.paths(normals: Matrix.identity(n))
    for i in 0..<n {
      for j in 0..<n {
        let covariance = (0..<n).reduce(0) { $0 + columns[$1, i] * columns[$1, j] }
        let expected = min(times[i], times[j])
        #expect(isClose(covariance, expected, relative: 1e-14))
      }
    }
    // The first normal alone moves the last value.
    #expect(columns[0, n - 1] == times[n - 1].squareRoot())
    for k in 1..<max(n, 2) where k < n { #expect(columns[k, n - 1] == 0) }
  }

  /// Of the total variance Σ tᵢ = (n + 1)/2 on n equal steps up to 1 the first feature takes Σ tᵢ².
  @Test func `The first features carry most of the variance`() throws {
    let n = 64
    let bridge = try BrownianBridge(times: (1...n).map { Double($0) / Double(n) })
    let columns = bridge.paths(normals: Matrix.identity(n))
    let shares = (0..<n).map { k in (0..<n).reduce(0) { $0 + columns[k, $1] * columns[k, $1] } }
    let first = (1...n).reduce(0.0) { $0 + pow(Double($1) / Double(n), 2) }
    #expect(isClose(shares[0], first, relative: 1e-13))
    #expect(isClose(shares.reduce(0, +), Double(n + 1) / 2, relative: 1e-13))
    // After four features there are left four bridges of m = 16 steps over L = 1/4, each with
    // Σ t (L − t) / L = L (m² − 1) / 6m.
    let left = 4 * 0.25 * 255 / (6 * 16)
    #expect(isClose(shares.prefix(4).reduce(0, +), Double(n + 1) / 2 - left, relative: 1e-13))
  }

  @Test func `Factors are independent paths of their own normals`() throws {
    let bridge = try BrownianBridge(times: [0.5, 1, 2])
    let normals = Matrix(rows: 5, columns: 6) { i, j in
      RandomStream(seed: 4).normals(path: i, count: 6)[j]
    }
    let both = bridge.paths(normals: normals, factors: 2)
    for f in 0..<2 {
      let own = Matrix(rows: 5, columns: 3) { normals[$0, $1 * 2 + f] }
      let paths = bridge.paths(normals: own)
      for i in 0..<5 {
        for k in 0..<3 { #expect(both[i, k * 2 + f] == paths[i, k]) }
      }
    }
  }

  /// An arithmetic Asian payoff's control: the mean of the average of 32 values of W² is the mean of t.
  @Test func `Sobol points through the bridge beat increments in order`() throws {
    let n = 32
    let times = (1...n).map { Double($0) / Double(n) }
    let bridge = try BrownianBridge(times: times)
    let exact = times.reduce(0, +) / Double(n)
    func mean(_ paths: Matrix) -> Double {
      paths.elements.reduce(0) { $0 + $1 * $1 } / Double(paths.rows * n)
    }
    var (bridged, ordered) = (0.0, 0.0)
    for seed in 1...16 {
      let sobol = try SobolSequence(dimension: n, stream: RandomStream(seed: UInt64(seed)))
      let z = sobol.normals(0..<1024)
      bridged += pow(mean(bridge.paths(normals: z)) - exact, 2)
      let walk = Matrix(rows: 1024, columns: n) { i, j in
        (0...j).reduce(0) { $0 + z[i, $1] } / Double(n).squareRoot()
      }
      ordered += pow(mean(walk) - exact, 2)
    }
    #expect(bridged < 0.25 * ordered)
  }

  @Test func `No times give no values, bad times are named`() throws {
    let none = try BrownianBridge(times: [])
    #expect(none.paths(normals: Matrix(rows: 3, columns: 0)).columns == 0)
    for (times, index) in [
      ([0.0], 0), ([1, 1], 1), ([1, 2, 1.5], 2), ([1, .infinity], 1), ([.nan], 0),
    ] {
      #expect(throws: DistributionError.timeNotIncreasing(index: index)) {
        try BrownianBridge(times: times)
      }
    }
  }
}
