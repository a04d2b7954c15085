import LinearAlgebra
import TestSupport
import Testing

/// A quasi-definite matrix: its upper triangle and the signs of its pivots.
struct QuasiDefinite: Sendable, CustomTestStringConvertible {
  let name: String
  let upper: SparseMatrix
  let signs: [Int8]

  var testDescription: String { name }
  var size: Int { signs.count }

  /// The matrix with both triangles.
  var symmetric: SparseMatrix {
    var triplets: [Triplet] = []
    for j in 0..<size {
      for k in upper.entries(ofColumn: j) {
        let i = Int(upper.rowIndices[k])
        triplets.append(Triplet(row: i, column: j, value: upper.values[k]))
        if i != j { triplets.append(Triplet(row: j, column: i, value: upper.values[k])) }
      }
    }
    return SparseMatrix(rows: size, columns: size, triplets: triplets)
  }

  /// A matrix from places above the diagonal. Entries are random; each diagonal block of one sign
  /// dominates its rows, entries between the signs are free, so the matrix is quasi-definite.
  init(_ name: String, signs: [Int8], places: [(Int, Int)], seed: UInt64 = 1) {
    var random = TestRandom(seed: seed)
    var weights = [Double](repeating: 0.1, count: signs.count)
    var triplets: [Triplet] = []
    var seen: Set<[Int]> = []
    for (a, b) in places where a != b && seen.insert([min(a, b), max(a, b)]).inserted {
      let value = random.signedUnit()
      triplets.append(Triplet(row: min(a, b), column: max(a, b), value: value))
      guard signs[a] == signs[b] else { continue }
      weights[a] += abs(value)
      weights[b] += abs(value)
    }
    for (i, sign) in signs.enumerated() {
      triplets.append(
        Triplet(row: i, column: i, value: Double(sign) * (weights[i] + abs(random.signedUnit()))))
    }
    self.name = name
    self.signs = signs
    upper = SparseMatrix(rows: signs.count, columns: signs.count, triplets: triplets)
  }

  /// One of every shape that a factorization treats in its own way.
  static let all: [QuasiDefinite] = [
    QuasiDefinite("no rows", signs: [], places: []),
    QuasiDefinite("one row", signs: [-1], places: []),
    QuasiDefinite("diagonal", signs: alternating(40), places: []),
    QuasiDefinite("two rows", signs: [1, -1], places: [(0, 1)]),
    QuasiDefinite("arrow", signs: alternating(60), places: (0..<59).map { ($0, 59) }),
    QuasiDefinite("arrow, head first", signs: alternating(60), places: (1..<60).map { (0, $0) }),
    banded, grid, random, dense, star, stars, pairedStar, halfEmpty, blockKKT, wideBlocks,
  ]

  static func alternating(_ n: Int) -> [Int8] { (0..<n).map { $0 % 3 == 0 ? -1 : 1 } }

  static let banded = QuasiDefinite(
    "band of 7", signs: alternating(200),
    places: (0..<200).flatMap { j in (max(0, j - 7)..<max(0, j)).map { ($0, j) } })

  static let grid = QuasiDefinite(
    "Laplacian of a 23 by 31 grid", signs: [Int8](repeating: 1, count: 23 * 31),
    places: (0..<23 * 31).flatMap { k in
      [(k, k + 1), (k, k + 31)].filter { $0.1 < 23 * 31 && ($0.1 != k + 1 || k % 31 != 30) }
    })

  static let random: QuasiDefinite = {
    var random = TestRandom(seed: 7)
    return QuasiDefinite(
      "random, five a row", signs: alternating(300),
      places: (0..<300).flatMap { j in
        (0..<5).map { _ in (j, Int.random(in: 0..<300, using: &random)) }
      })
  }()

  static let dense = QuasiDefinite(
    "full", signs: alternating(150),
    places: (0..<150).flatMap { j in (0..<j).map { ($0, j) } })

  /// Diagonal variables that share the same rows: one batch of leaves.
  static let star = QuasiDefinite(
    "star of 900 leaves on 12 rows",
    signs: [Int8](repeating: 1, count: 900) + [Int8](repeating: -1, count: 12),
    places: (0..<900).flatMap { j in (900..<912).map { (j, $0) } })

  /// Three batches whose rows overlap.
  static let stars: QuasiDefinite = {
    var places: [(Int, Int)] = []
    for j in 0..<600 {
      let first = 600 + 5 * (j % 3)
      for row in first..<first + 15 { places.append((j, row)) }
    }
    return QuasiDefinite(
      "three stars", signs: [Int8](repeating: 1, count: 600) + [Int8](repeating: -1, count: 25),
      places: places)
  }()

  /// Scenario rows with a variable of their own each: a batch that is not of leaves.
  static let pairedStar: QuasiDefinite = {
    var places: [(Int, Int)] = []
    for row in 415..<815 {
      places.append((row - 415, row))
      for column in 400..<415 { places.append((column, row)) }
    }
    return QuasiDefinite(
      "rows with a slack, coupled to 15 columns",
      signs: [Int8](repeating: 1, count: 415) + [Int8](repeating: -1, count: 400), places: places)
  }()

  static let halfEmpty = QuasiDefinite(
    "every other row empty", signs: alternating(80),
    places: (0..<38).map { (2 * $0, 2 * $0 + 2) } + (0..<30).map { (2 * $0, 2 * $0 + 6) })

  static let blockKKT: QuasiDefinite = {
    var random = TestRandom(seed: 11)
    let (n, m) = (250, 120)
    return QuasiDefinite(
      "KKT of 250 variables and 120 rows",
      signs: [Int8](repeating: 1, count: n) + [Int8](repeating: -1, count: m),
      places: (0..<n).map { ($0, ($0 * 7 + 3) % n) }
        + (0..<m).flatMap { i in
          (0..<4).map { _ in (Int.random(in: 0..<n, using: &random), n + i) }
        })
  }()

  /// Dense blocks in a chain, wide enough for every level of the dense kernels.
  static let wideBlocks = QuasiDefinite(
    "chain of dense blocks of 90", signs: alternating(360),
    places: (0..<360).flatMap { j in (max(0, j - 90 - j % 45)..<j).map { ($0, j) } })
}
