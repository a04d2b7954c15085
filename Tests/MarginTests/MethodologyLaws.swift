import LinearAlgebra
import Margin
import Pricing
import TestSupport
import Testing

/// What every methodology must obey, run on random books. A new methodology is held to the same
/// laws by calling these.
enum MethodologyLaws {
  /// The convex face at x against the exact margin of the book after x.
  ///
  /// - Returns: the number of pairs compared.
  static func verifyFaces(
    of methodology: some ConvexMarginMethodology, in market: Market, books: Int, seed: UInt64,
    tolerance: Double, positions: Int = 12, trades: Int = 15, size: Double = 10,
    lot: Double = 0
  ) throws -> Int {
    var random = TestRandom(seed: seed)
    var compared = 0
    for _ in 0..<books {
      let book = SyntheticMarket.book(of: positions, in: market, size: size, random: &random)
        .inLots(of: lot)
      let instruments = Array(Set(market.listed.shuffled(using: &random).prefix(trades))).sorted {
        $0.name < $1.name
      }
      for level in MarginLevel.allCases {
        let face = try methodology.marginFunction(
          level, trading: instruments, on: book, in: market)
        for scale in [0.0, 1, -1] {
          let x = instruments.map { _ in inLots(of: lot, scale * size * random.signedUnit()) }
          let after = book.adding(zip(x, instruments).map { Position($0, $1) })
          let exact = try methodology.margin(level, on: after, in: market)
          let value = face.function.value(at: x)
          #expect(exact.firstInconsistency() == nil)
          let allowed = tolerance * max(1, abs(exact.amount))
          switch face.relation {
          case .exact: #expect(abs(value - exact.amount) <= allowed, "\(methodology.name)")
          case .upperBound: #expect(value >= exact.amount - allowed, "\(methodology.name)")
          }
          if let floor = face.floor {
            try verify(floor, at: x, size: size, exact: exact.amount, allowed: allowed, &random)
          }
          compared += 1
        }
      }
    }
    return compared
  }

  /// A floor with no choice decided is not above the rule, nor above what it is when more are decided; the
  /// least over all decisions is the rule's where it says so, and never above it.
  private static func verify(
    _ floor: MarginFloor, at x: [Double], size: Double, exact: Double, allowed: Double,
    _ random: inout TestRandom
  ) throws {
    let (lower, upper) = (x.map { min($0, -size) }, x.map { max($0, size) })
    func value(_ decisions: MarginFloor.Decisions) -> Double {
      floor.function(deciding: decisions, lower: lower, upper: upper).value(at: x)
    }
    var decisions = floor.open
    var last = value(decisions)
    #expect(last <= exact + allowed)
    for c in floor.choices.indices.shuffled(using: &random) {
      decisions[c] = Int.random(in: 0..<floor.choices[c].count, using: &random)
      let next = value(decisions)
      #expect(next >= last - allowed, "\(floor.choices[c].name)")
      last = next
    }
    if floor.closes { #expect(last >= exact - allowed) }
    // All ways in which a few choices can fall.
    let ways = floor.choices.reduce(1) { $0 > 64 ? $0 : $0 * $1.count }
    guard ways <= 64 else { return }
    let least =
      (0..<ways).map { way in
        var rest = way
        return value(
          floor.choices.map { choice in
            defer { rest /= choice.count }
            return rest % choice.count
          })
      }.min() ?? last
    #expect(least <= exact + allowed)
    if floor.closes { #expect(abs(least - exact) <= allowed) }
  }

  /// The convex face lies on or below its chords, and inside its stated range.
  static func verifyConvexity(
    of methodology: some ConvexMarginMethodology, in market: Market, books: Int, seed: UInt64,
    lot: Double = 0
  ) throws {
    var random = TestRandom(seed: seed)
    for _ in 0..<books {
      let book = SyntheticMarket.book(of: 8, in: market, random: &random).inLots(of: lot)
      let instruments = Array(market.listed.prefix(20))
      let face = try methodology.marginFunction(
        .initial, trading: instruments, on: book, in: market
      ).function
      let (a, b) = (
        instruments.map { _ in 10 * random.signedUnit() },
        instruments.map { _ in 10 * random.signedUnit() }
      )
      let middle = zip(a, b).map { ($0 + $1) / 2 }
      let chord = (face.value(at: a) + face.value(at: b)) / 2
      #expect(face.value(at: middle) <= chord + 1e-9 * max(1, abs(chord)))
      let box = [Double](repeating: 10, count: instruments.count)
      let range = face.range(lower: box.map { -$0 }, upper: box)
      for x in [a, b, middle] {
        #expect(range.lowerBound <= face.value(at: x) && face.value(at: x) <= range.upperBound)
      }
    }
  }

  /// An empty book needs nothing; order does not matter; a position and its opposite need nothing.
  static func verifyInvariants(
    of methodology: some MarginMethodology, in market: Market, seed: UInt64, lot: Double = 0
  ) throws {
    var random = TestRandom(seed: seed)
    #expect(try methodology.margin(on: Portfolio(), in: market).amount == 0)
    for _ in 0..<10 {
      let book = SyntheticMarket.book(of: 10, in: market, random: &random).inLots(of: lot)
      let margin = try methodology.margin(on: book, in: market)
      #expect(margin.amount >= 0)
      let shuffled = Portfolio(book.positions.shuffled(using: &random))
      let again = try methodology.margin(on: shuffled, in: market)
      #expect(isClose(again.amount, margin.amount, relative: 1e-9, absolute: 1e-3))
      let flat = book.adding(book.positions.map { Position(-$0.quantity, $0.instrument) })
      #expect(abs(try methodology.margin(on: flat, in: market).amount) < 1e-6)
    }
  }
}

/// A quantity in whole lots, as rules want that margin contracts; any where the lot is 0.
private func inLots(of lot: Double, _ quantity: Double) -> Double {
  lot == 0 ? quantity : (quantity / lot).rounded() * lot
}

extension Portfolio {
  fileprivate func inLots(of lot: Double) -> Portfolio {
    Portfolio(
      positions.map { Position(MarginTests.inLots(of: lot, $0.quantity), $0.instrument) })
  }
}
