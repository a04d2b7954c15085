import Foundation
import LinearAlgebra
import Probability
import TestSupport
import Testing

import Simulation

@Suite struct DeltaGammaRiskTests {
  /// The loss Σ λⱼ χ²(dfⱼ, ncⱼ) as a quadratic in independent normals.
  static func chiSquares(
    _ λ: [Double], _ df: [Int], _ nc: [Double]
  ) throws -> DeltaGammaRisk {
    var (diagonal, delta, constant) = ([Double](), [Double](), 0.0)
    for j in λ.indices {
      for k in 0..<df[j] {
        let shift = k == 0 ? nc[j].squareRoot() : 0
        diagonal.append(-2 * λ[j])
        delta.append(-2 * λ[j] * shift)
        constant -= λ[j] * shift * shift
      }
    }
    return try DeltaGammaRisk(
      QuadraticProfitAndLoss(constant: constant, delta: delta, gamma: Matrix(diagonal: diagonal)),
      covariance: .identity(delta.count))
  }

  @Test(.enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func `Probabilities of quadratic forms meet those of Imhof and Davies`() throws {
    let rows = try ReferenceData.rows("vectors/risk/quadform_imhof_davies.csv")
    #expect(rows.count == 15)
    for row in rows {
      func list(_ name: String) throws -> [Double] {
        try #require(row[name]).split(separator: " ").compactMap { Double($0) }
      }
      let risk = try Self.chiSquares(
        try list("lambda"), try list("df").map { Int($0) }, try list("nc"))
      let x = try list("x")[0]
      let p = try risk.complementaryCumulative(x)
      #expect(isClose(p, try list("P_Q_gt_x_computed")[0], absolute: 1e-6))
      #expect(isClose(p, try list("P_printed")[0], absolute: 6e-5))
      #expect(isClose(p + (try risk.cumulative(x)), 1, absolute: 1e-15))
    }
  }

  @Test func `Sums of exponentials have their closed form in both tails`() throws {
    let λ = [0.6, 0.3, 0.1]
    let risk = try Self.chiSquares(λ, [2, 2, 2], [0, 0, 0])
    func exact(_ f: (Double) -> Double) -> Double {
      λ.reduce(0) { sum, a in
        sum + f(a) * λ.filter { $0 != a }.reduce(1) { $0 * a / (a - $1) }
      }
    }
    for x in [0.05, 0.2, 1, 2, 6, 20, 60, 400] {
      #expect(
        isClose(
          try risk.complementaryCumulative(x), exact { exp(-x / (2 * $0)) }, relative: 1e-12),
        "\(x)")
      #expect(
        isClose(
          try risk.expectedExcess(over: x), exact { 2 * $0 * exp(-x / (2 * $0)) },
          relative: 1e-12))
      #expect(
        isClose(try risk.density(x), exact { exp(-x / (2 * $0)) / (2 * $0) }, relative: 1e-11))
    }
    #expect(try risk.complementaryCumulative(-0.1) == 1 && risk.cumulative(-0.1) == 0)
    #expect(isClose(try risk.expectedExcess(over: -1), 3, relative: 1e-14))
  }

  @Test func `Curvatures of both signs have the closed form of their pairs`() throws {
    // For x > 0 only the poles of positive λ count.
    let λ = [1.3, 0.7, 0.2, 0.01, -0.4, -1.1]
    let risk = try Self.chiSquares(λ, [2, 2, 2, 2, 2, 2], [0, 0, 0, 0, 0, 0])
    func exact(_ f: (Double) -> Double) -> Double {
      λ.filter { $0 > 0 }.reduce(0) { sum, a in
        sum + f(a) * λ.filter { $0 != a }.reduce(1) { $0 * a / (a - $1) }
      }
    }
    for x in [1e-3, 0.5, 3, 10, 50] {
      let p = exact { exp(-x / (2 * $0)) }
      #expect(isClose(try risk.complementaryCumulative(x), p, relative: 1e-11))
      let q = try risk.tailRisk(1 - p)
      #expect(isClose(q.valueAtRisk, x, relative: 1e-9))
    }
    let q = try risk.tailRisk(0.99)
    #expect(isClose(exact { exp(-q.valueAtRisk / (2 * $0)) }, 0.01, relative: 1e-11))
    let excess = exact { 2 * $0 * exp(-q.valueAtRisk / (2 * $0)) }
    #expect(isClose(q.expectedShortfall, q.valueAtRisk + excess / 0.01, relative: 1e-12))
  }

  @Test(arguments: [-1.0, 0.02, 3], [0.001, 0.05, 0.5, 0.95, 0.99, 0.999_999])
  func `One factor has the closed form of a quadratic equation`(_ γ: Double, _ α: Double) throws {
    // Loss c + bZ + ½λZ² = c − b²/2λ + ½λ (Z + b/λ)²: beyond VaR Z is outside or inside a ball of
    // radius r about −b/λ.
    let (c, b, λ) = (0.7, -1.1, γ)
    let risk = try DeltaGammaRisk(
      QuadraticProfitAndLoss(constant: -c, delta: [-b], gamma: [[-λ]]), covariance: [[1]])
    let normal = NormalDistribution.standard
    /// Whether r is too small.
    func isSmall(_ r: Double) -> Bool {
      let (low, high) = (-b / λ - r, -b / λ + r)
      if λ > 0 {
        return normal.cumulative(low) + normal.complementaryCumulative(high) > 1 - α
      }
      return low > 0
        ? normal.complementaryCumulative(low) - normal.complementaryCumulative(high) < 1 - α
        : normal.cumulative(high) - normal.cumulative(low) < 1 - α
    }
    var (small, large) = (0.0, 60 + abs(b / λ))
    for _ in 0..<200 {
      let r = 0.5 * (small + large)
      if isSmall(r) { small = r } else { large = r }
    }
    let q = try risk.tailRisk(α)
    #expect(isClose(q.valueAtRisk, c - 0.5 * b * b / λ + 0.5 * λ * large * large, relative: 1e-12))
    // ∫ (c + bz + ½λz²) φ beyond z: ∫_z^∞ zφ = φ(z), ∫_z^∞ z²φ = zφ(z) + Φ(−z).
    func beyond(_ z: Double) -> Double {
      let (density, tail) = (normal.density(z), normal.complementaryCumulative(z))
      return c * tail + b * density + 0.5 * λ * (z * density + tail)
    }
    let within = beyond(-b / λ - large) - beyond(-b / λ + large)
    let mean = (λ > 0 ? c + 0.5 * λ - within : within) / (1 - α)
    #expect(isClose(q.expectedShortfall, mean, relative: 1e-14 / (1 - α) + 1e-12))
  }

  @Test func `Without gamma the measures are those of the normal and of Student's t`() throws {
    let Σ: Matrix = [[0.04, 0.012, -0.01], [0.012, 0.09, 0.02], [-0.01, 0.02, 0.25]]
    let (δ, μ) = ([100.0, -40, 15], [0.01, 0, -0.02])
    for shape in [ParametricRisk.Shape.normal, .studentT(degreesOfFreedom: 5)] {
      let linear = try ParametricRisk(sensitivities: δ, covariance: Σ, mean: μ, shape: shape)
      let risk = try DeltaGammaRisk(
        QuadraticProfitAndLoss(delta: δ, gamma: Matrix(rows: 3, columns: 3)), covariance: Σ,
        mean: μ, shape: shape)
      for α in [0.01, 0.4, 0.9, 0.99, 0.9999] {
        let q = try risk.tailRisk(α)
        #expect(isClose(q.valueAtRisk, linear.valueAtRisk(α), relative: 1e-11), "\(shape) \(α)")
        #expect(isClose(q.expectedShortfall, linear.expectedShortfall(α), relative: 1e-11))
      }
    }
  }
}

extension DeltaGammaRiskTests {
  /// A book of formulas: covariances 0.04 · 0.9^|i−j| (1 + ½ sin i)(1 + ½ sin j), gammas
  /// −0.7 sin(i + j + 1) and −2 cos 3i on the diagonal, deltas cos i².
  static func book(_ n: Int) throws -> DeltaGammaRisk {
    let scale = (0..<n).map { 1 + 0.5 * sin(Double($0)) }
    return try DeltaGammaRisk(
      QuadraticProfitAndLoss(
        delta: (0..<n).map { cos(Double($0 * $0)) },
        gamma: Matrix(rows: n, columns: n) { i, j in
          -0.7 * sin(Double(i + j + 1)) - (i == j ? 2 * cos(3 * Double(i)) : 0)
        }),
      covariance: Matrix(rows: n, columns: n) { i, j in
        0.04 * pow(0.9, Double(abs(i - j))) * scale[i] * scale[j]
      })
  }

  /// Computed with numpy by the formula of Gil-Pelaez on the imaginary axis, 20,000 nodes, shortfall by
  /// quadrature of the tail; two spacings agree in these digits.
  @Test(arguments: [
    (5, 0.05, 0.437056281641161, 0.56966770239228), (5, 0.01, 0.652518886757404, 0.76682691026637),
    (5, 0.001, 0.91194725735276, 1.0121576746739), (100, 0.05, 1.93906059891097, 2.5878823099182),
    (100, 0.01, 2.99332561938217, 3.5305098474329),
  ])
  func `Books of 5 and of 100 factors agree with an inversion on the imaginary axis`(
    _ n: Int, _ p: Double, _ value: Double, _ shortfall: Double
  ) throws {
    let tail = try Self.book(n).tailRisk(1 - p)
    #expect(isClose(tail.valueAtRisk, value, relative: 1e-11))
    #expect(isClose(tail.expectedShortfall, shortfall, relative: 1e-11))
  }
}

extension DeltaGammaRiskTests {
  @Test func `Quantiles of three hundred random books of few factors are found in both tails`()
    throws
  {
    var random = TestRandom(seed: 31)
    for book in 0..<300 {
      let n = 1 + Int(random.next() % 6)
      func element() -> Double {
        if random.next() % 4 == 0 { return 0 }
        return random.signedUnit() * pow(10, 2 * random.signedUnit() - 2)
      }
      let (delta, gamma) = ((0..<n).map { _ in element() }, (0..<n).map { _ in element() })
      let risk = try DeltaGammaRisk(
        QuadraticProfitAndLoss(delta: delta, gamma: Matrix(diagonal: gamma)),
        covariance: .identity(n))
      if (delta + gamma).allSatisfy({ $0 == 0 }) { continue }
      var last = TailRisk(valueAtRisk: -.infinity, expectedShortfall: -.infinity)
      for α in [0.001, 0.1, 0.5, 0.95, 0.999] {
        let tail = try risk.tailRisk(α)
        let message: Comment = "\(book): \(delta) \(gamma) \(α)"
        #expect(tail.valueAtRisk > last.valueAtRisk, message)
        #expect(tail.expectedShortfall > max(last.expectedShortfall, tail.valueAtRisk), message)
        #expect(
          isClose(
            try risk.complementaryCumulative(tail.valueAtRisk), 1 - α, absolute: 1e-7), message)
        last = tail
      }
    }
  }
}

/// Contributions of positions and factors of a random book of 5 factors.
@Suite struct DeltaGammaContributionTests {
  static let positions: [QuadraticProfitAndLoss] = {
    var random = TestRandom(seed: 12)
    return (0..<4).map { _ in
      let half = Matrix(rows: 5, columns: 5) { _, _ in 2 * random.signedUnit() }
      return QuadraticProfitAndLoss(
        constant: 0.02 * random.signedUnit(), delta: (0..<5).map { _ in random.signedUnit() },
        gamma: half + half.transposed)
    }
  }()
  static let covariance: Matrix = {
    var random = TestRandom(seed: 13)
    let a = Matrix(rows: 5, columns: 5) { _, _ in 0.3 * random.signedUnit() }
    return Matrix.product(a, a, transposing: .right).symmetrized()
  }()

  static func risk(
    _ parts: [QuadraticProfitAndLoss], _ shape: ParametricRisk.Shape
  ) throws -> DeltaGammaRisk {
    try DeltaGammaRisk(
      parts.dropFirst().reduce(parts[0], +), covariance: covariance,
      mean: [0.01, -0.02, 0, 0.03, 0.01], shape: shape)
  }

  @Test(
    arguments: [ParametricRisk.Shape.normal, .studentT(degreesOfFreedom: 6)], [0.2, 0.9, 0.99])
  func `Contributions sum to the measures and are their slopes`(
    _ shape: ParametricRisk.Shape, _ α: Double
  ) throws {
    let risk = try Self.risk(Self.positions, shape)
    let whole = try risk.tailRisk(α)
    for (contribution, factors, total, measure) in [
      (
        try risk.valueAtRiskContributions(α, of: Self.positions),
        try risk.valueAtRiskContributions(α), whole.valueAtRisk, \TailRisk.valueAtRisk
      ),
      (
        try risk.expectedShortfallContributions(α, of: Self.positions),
        try risk.expectedShortfallContributions(α), whole.expectedShortfall,
        \TailRisk.expectedShortfall
      ),
    ] {
      let scale = abs(whole.expectedShortfall) + abs(total)
      #expect(isClose(contribution.total, total, absolute: 1e-13 * scale))
      #expect(isClose(contribution.components.reduce(0, +), total, absolute: 1e-10 * scale))
      #expect(isClose(factors.components.reduce(0, +), total, absolute: 1e-10 * scale))
      for j in Self.positions.indices {
        func moved(_ step: Double) throws -> Double {
          var parts = Self.positions
          parts[j] = (1 + step) * parts[j]
          return try Self.risk(parts, shape).tailRisk(α)[keyPath: measure]
        }
        let h = 1e-4
        let slope = (try moved(h) - moved(-h)) / (2 * h)
        #expect(
          isClose(contribution.components[j], slope, absolute: 3e-8 * scale), "\(j) \(α)")
      }
    }
  }

  @Test func `An increment is the difference of two books`() throws {
    let part = Self.positions[3]
    let without = try Self.risk(Array(Self.positions.dropLast()), .normal)
    let with = try Self.risk(Self.positions, .normal)
    let increment = try without.incrementalRisk(0.99, adding: part)
    #expect(
      isClose(
        increment.valueAtRisk, try with.valueAtRisk(0.99) - without.valueAtRisk(0.99),
        absolute: 1e-11))
    #expect(
      isClose(
        increment.expectedShortfall,
        try with.expectedShortfall(0.99) - without.expectedShortfall(0.99), absolute: 1e-11))
  }

  @Test func `Singular covariances serve and indefinite ones are refused`() throws {
    // Two factors that are one: X₂ = 2X₁.
    let both = try DeltaGammaRisk(
      QuadraticProfitAndLoss(delta: [1, 1], gamma: [[0, 0.5], [0.5, 1]]),
      covariance: [[1, 2], [2, 4]])
    let one = try DeltaGammaRisk(
      QuadraticProfitAndLoss(delta: [3], gamma: [[2 * 0.5 * 2 + 4]]), covariance: [[1]])
    #expect(isClose(try both.valueAtRisk(0.99), try one.valueAtRisk(0.99), relative: 1e-11))
    let flat = try DeltaGammaRisk(
      QuadraticProfitAndLoss(constant: -3, delta: [0], gamma: [[0]]), covariance: [[1]])
    #expect(try flat.tailRisk(0.99).valueAtRisk == 3 && flat.tailRisk(0.99).expectedShortfall == 3)
    let book = QuadraticProfitAndLoss(delta: [1, 1], gamma: [[0, 0], [0, 0]])
    #expect(throws: SimulationError.self) {
      try DeltaGammaRisk(book, covariance: [[1, 2], [2, 1]])
    }
    #expect(throws: SimulationError.self) { try DeltaGammaRisk(book, covariance: [[1]]) }
    #expect(throws: SimulationError.self) {
      try DeltaGammaRisk(book, covariance: [[1, 0], [0, .nan]])
    }
    #expect(throws: SimulationError.self) {
      try DeltaGammaRisk(
        QuadraticProfitAndLoss(delta: [1, 1], gamma: [[0, 1], [0, 0]]), covariance: .identity(2))
    }
    #expect(throws: SimulationError.self) {
      try DeltaGammaRisk(book, covariance: .identity(2), shape: .studentT(degreesOfFreedom: 2))
    }
  }
}
