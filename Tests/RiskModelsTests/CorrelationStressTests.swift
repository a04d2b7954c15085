import LinearAlgebra
import RiskModels
import TestSupport
import Testing

@Suite struct CorrelationStressTests {
  static func correlation(_ n: Int, seed: UInt64) throws -> Matrix {
    let x = WeightedCovarianceTests.returns(2 * n, n, seed: seed)
    return try VolatilityScaling(covariance: SampleCovariance().covariance(of: x)).correlation
  }

  static func expectCorrelation(_ C: Matrix, least: Double = -1e-13) throws {
    #expect(C.isSymmetric())
    #expect(C.diagonal.allSatisfy { $0 == 1 })
    #expect(try SymmetricEigen(C).values[0] > least)
  }

  @Test func `Blends and groups`() throws {
    let C = try Self.correlation(10, seed: 1)
    let one = Matrix(rows: 10, columns: 10, repeating: 1)
    let half = try CorrelationStress.blend(target: one, weight: 0.5).applied(to: C)
    try Self.expectCorrelation(half)
    #expect(isClose(half[3, 1], 0.5 + 0.5 * C[3, 1], relative: 1e-15))
    #expect(try CorrelationStress.blend(target: one, weight: 0).applied(to: C) == C)

    for (common, group) in [(0.95, [0, 2, 5, 9]), (-1 / 3.0, [1, 2, 3, 4]), (1, [7, 8])] {
      for weight in [0.2, 1] {
        let stress = CorrelationStress.towards(common: common, weight: weight, group: group)
        let stressed = try stress.applied(to: C)
        try Self.expectCorrelation(stressed)
        let (a, b) = (group[0], group[1])
        #expect(
          isClose(stressed[a, b], (1 - weight) * C[a, b] + weight * common, absolute: 1e-15))
        #expect(stressed[6, 6] == 1 && stressed[6, 0] == stressed[0, 6])
      }
    }
  }

  @Test func `Single entries are exact and all else moves least`() throws {
    let C = try Self.correlation(12, seed: 2)
    let entries = [FixedCorrelation(0, 1, 0.9), FixedCorrelation(4, 2, -0.3)]
    let stressed = try CorrelationStress.entries(
      entries, NearestCorrelation(smallestEigenvalue: 1e-6)
    ).applied(to: C)
    try Self.expectCorrelation(stressed, least: 0.99e-6)
    #expect(stressed[1, 0] == 0.9 && stressed[2, 4] == -0.3)
    // Where the entries already fit, nothing else moves.
    let same = try CorrelationStress.entries([FixedCorrelation(0, 1, C[0, 1])]).applied(to: C)
    #expect((same - C).norm(.maximum) < 1e-13)
  }

  @Test func `What is no correlation and what is out of range is refused`() throws {
    let C = try Self.correlation(3, seed: 3)
    let indefinite: Matrix = [[1, 0.9, 0.9], [0.9, 1, -0.9], [0.9, -0.9, 1]]
    #expect(throws: EstimationError.self) {
      try CorrelationStress.blend(target: indefinite, weight: 0.5).applied(to: C)
    }
    #expect(throws: EstimationError.invalidVariance(index: 0, value: 2)) {
      try CorrelationStress.blend(target: C, weight: 0.5).applied(to: [[2, 0], [0, 1]])
    }
    #expect(throws: EstimationError.shape(of: "rows of the target", found: 2, needed: 3)) {
      try CorrelationStress.blend(target: .identity(2), weight: 0.5).applied(to: C)
    }
    for weight in [-0.1, 1.1, .nan] {
      #expect(throws: EstimationError.self) {
        try CorrelationStress.blend(target: C, weight: weight).applied(to: C)
      }
    }
    for (common, group) in [(-0.6, [0, 1, 2]), (0.5, [0, 3]), (0.5, [0, 0]), (.nan, [0, 1])] {
      #expect(throws: EstimationError.self) {
        try CorrelationStress.towards(common: common, weight: 0.5, group: group).applied(to: C)
      }
    }
  }
}
