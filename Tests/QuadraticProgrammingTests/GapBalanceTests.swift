import Foundation
import LinearAlgebra
import QuadraticProgramming
import TestSupport
import Testing

/// Objectives of 1e7 and more, of which the last digit is more than the tolerance: the gap of 1e-9 is
/// then a matter of how the last digits of the point and the multipliers are chosen.
@Suite("The last digits of the gap")
struct GapBalanceTests {
  @Test("plain and exact sums find the same gap below 1e-9", arguments: 0..<40)
  func large(seed: Int) throws {
    let program = Self.program(seed: UInt64(seed))
    var settings = InteriorPointSolver.Settings(method: .interiorPoint)
    settings.presolve = false
    let solution = try program.solve(settings)
    #expect(solution.status == .optimal)
    #expect(abs(solution.objective) > 1e7)
    #expect(solution.residuals.largest <= 1e-9, "\(solution.residuals)")
    #expect(abs(Self.plainGap(program, solution)) <= 1e-9)
    #expect(abs(solution.objective - solution.dualObjective) <= 1e-8)
  }

  @Test(
    "problems of the field whose objectives are 1e7 and more",
    .enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"),
    arguments: ["QSCAGR7", "QSCFXM1", "QSTAIR", "HUES-MOD"])
  func field(name: String) throws {
    let problem = try QuadraticProgram(qps: ReferenceData.marosMeszaros(name))
    let solution = try problem.solve()
    #expect(solution.status == .optimal)
    #expect(solution.residuals.largest <= 1e-9, "\(solution.residuals)")
    #expect(abs(Self.plainGap(problem, solution)) <= 1e-9)
  }

  /// A program that can only meet the tolerance relatively still does so after its gap was closed.
  @Test("a smaller gap is not bought with a relative residual", arguments: [1e10, 1e12])
  func huge(scale: Double) throws {
    let small = Self.program(seed: 3)
    var program = QuadraticProgram(
      quadraticCost: small.quadraticCost, linearCost: small.linearCost.map { $0 * scale })
    program.constrain(
      small.inequalityMatrix, atLeast: small.inequalityLower.map { $0 * scale },
      atMost: small.inequalityUpper.map { $0 * scale })
    program.bound(
      atLeast: small.lowerBounds.map { $0 * scale }, atMost: small.upperBounds.map { $0 * scale })
    let solution = try program.solve(.init(method: .interiorPoint))
    #expect(solution.status == .optimal)
    #expect(solution.residuals.largestRelative <= 1e-9)
  }

  /// Sparse, with sums in Px that round, and a solution of size 1e3.
  private static func program(seed: UInt64) -> QuadraticProgram {
    var random = TestRandom(seed: seed)
    let (n, m) = (40, 25)
    var cost: [Triplet] = []
    for j in 0..<n {
      cost.append(Triplet(row: j, column: j, value: 20 + 10 * abs(random.signedUnit())))
      for i in [j + 1, j + 7] where i < n {
        let value = random.signedUnit()
        cost.append(Triplet(row: i, column: j, value: value))
        cost.append(Triplet(row: j, column: i, value: value))
      }
    }
    var rows: [Triplet] = []
    for i in 0..<m {
      for j in 0..<n where (i + j) % 5 == 0 {
        rows.append(Triplet(row: i, column: j, value: random.signedUnit()))
      }
    }
    let matrix = SparseMatrix(rows: m, columns: n, triplets: rows)
    let inside = (0..<n).map { _ in 1000 * random.signedUnit() }
    let values = matrix * inside
    var program = QuadraticProgram(
      quadraticCost: SparseMatrix(rows: n, columns: n, triplets: cost),
      linearCost: (0..<n).map { _ in 20000 * random.signedUnit() })
    program.constrain(
      matrix, atLeast: values.map { $0 - 10 * abs(random.signedUnit()) },
      atMost: values.map { $0 + 10 * abs(random.signedUnit()) })
    program.bound(
      atLeast: inside.map { $0 - 500 - 100 * abs(random.signedUnit()) },
      atMost: inside.map { $0 + 500 + 100 * abs(random.signedUnit()) })
    return program
  }

  /// The duality gap as one finds it who computes Px by columns in doubles, and the rest exactly.
  private static func plainGap(_ program: QuadraticProgram, _ solution: Solution) -> Double {
    var Px = [Double](repeating: 0, count: program.variableCount)
    if case .sparse(let P) = program.quadraticCost {
      for j in Px.indices {
        for k in P.entries(ofColumn: j) { Px[Int(P.rowIndices[k])] += P.values[k] * solution.x[j] }
      }
    }
    var sum = ExactSum()
    for (x, (g, c)) in zip(solution.x, zip(Px, program.linearCost)) {
      sum.add(x, times: g)
      sum.add(x, times: c)
    }
    for (y, b) in zip(solution.duals.equality, program.equalityValues) { sum.add(y, times: b) }
    for (w, (l, u)) in zip(
      solution.duals.inequality, zip(program.inequalityLower, program.inequalityUpper))
    where w != 0 { sum.add(w, times: w > 0 ? u : l) }
    for (z, (l, u)) in zip(
      solution.duals.bounds, zip(program.lowerBounds, program.upperBounds))
    where z != 0 { sum.add(z, times: z > 0 ? u : l) }
    return sum.value
  }

  /// All products and their roundings, summed from the smallest.
  private struct ExactSum {
    private var terms: [Double] = []

    mutating func add(_ a: Double, times b: Double) {
      let product = a * b
      terms += [product, (-product).addingProduct(a, b)]
    }

    var value: Double {
      var terms = terms
      // Adding two terms by sum and rounding until nothing changes leaves the sum exact.
      for _ in 0..<8 {
        for k in 1..<max(terms.count, 1) {
          let (a, b) = (terms[k - 1], terms[k])
          let sum = a + b
          let part = sum - a
          terms[k - 1] = (a - (sum - part)) + (b - part)
          terms[k] = sum
        }
      }
      return terms.reduce(0, +)
    }
  }
}
