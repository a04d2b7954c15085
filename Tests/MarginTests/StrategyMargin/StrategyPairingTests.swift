import Margin
import Pricing
import TestSupport
import Testing

@Suite("Strategy margin: the optimal pairing")
struct StrategyPairingTests {
  static func margin(shortBox: Bool? = nil) throws -> StrategyMargin {
    var profile = try StrategyMarginProfile.regulationT()
    profile.multiplier = 1
    profile.recognizesShortBox = shortBox
    return StrategyMargin(profile: profile)
  }

  /// Legs of distinct series around a price of 100, some with shares.
  static func legs(
    of count: Int, size: Int, strikes: ClosedRange<Int> = 14...26, expiries: Int = 2,
    random: inout TestRandom
  ) -> [StrategyLeg] {
    var names: Set<String> = []
    var legs: [StrategyLeg] = []
    while legs.count < count {
      var quantity = Int.random(in: 1...size, using: &random)
      if Bool.random(using: &random) { quantity = -quantity }
      if legs.isEmpty && Int.random(in: 0..<3, using: &random) == 0 {
        legs.append(StrategyLeg("shares", .stock, quantity: quantity, price: 100))
        continue
      }
      let strike = 5.0 * Double(Int.random(in: strikes, using: &random))
      let month = Int.random(in: 1...expiries, using: &random)
      let right: Instrument.Right = Bool.random(using: &random) ? .call : .put
      let name = "\(month)-\(strike)-\(right)"
      guard names.insert(name).inserted else { continue }
      let intrinsic = max(0, right.sign * (100 - strike))
      legs.append(
        StrategyLeg(
          name,
          .option(
            right, strike: strike,
            expiry: Timestamp(secondsSince1970: Double(month) * 2_592_000)), quantity: quantity,
          price: intrinsic + Double(Int.random(in: 1...400, using: &random)) / 100))
    }
    return legs
  }

  static func units(of legs: [StrategyLeg]) -> [StrategyBruteForce.Unit] {
    legs.flatMap { leg -> [StrategyBruteForce.Unit] in
      let isLong = leg.quantity > 0
      var unit = StrategyBruteForce.Unit(
        kind: "S", isLong: isLong, strike: 0, expiry: 0, premium: leg.price)
      if case .option(let right, let strike, let expiry) = leg.holding {
        unit.kind = right == .call ? "C" : "P"
        (unit.strike, unit.expiry) = (strike, expiry.secondsSince1970)
      }
      return [StrategyBruteForce.Unit](repeating: unit, count: abs(leg.quantity))
    }
  }

  @Test(
    "the least over all ways to part a small book, for 1,000 random books",
    arguments: MarginLevel.allCases)
  func bruteForce(level: MarginLevel) throws {
    let margin = try Self.margin()
    var random = TestRandom(seed: level == .initial ? 61 : 62)
    let brute = StrategyBruteForce(
      price: 100, level: level, grid: (0...60).map { 5 * Double($0) })
    var (better, kinds) = (0, Set<OptionStrategy>())
    var compared = 0
    while compared < 500 {
      let k = compared
      // Few strikes of one expiry in every other book, so that condors and butterflies form.
      let legs = Self.legs(
        of: 5, size: 2, strikes: k % 2 == 0 ? 14...26 : 18...22, expiries: k % 2 == 0 ? 2 : 1,
        random: &random)
      let units = Self.units(of: legs)
      guard units.count <= 8 else { continue }
      compared += 1
      let pairing = try margin.pairing(level, of: legs, on: "XYZ", price: 100)
      let least = brute.least(units)
      #expect(isClose(pairing.requirement, least, absolute: 1e-9), "\(legs)")
      #expect(pairing.isOptimal)
      #expect(pairing.requirement <= pairing.greedyRequirement + 1e-9)
      #expect(pairing.greedyRequirement <= pairing.unpairedRequirement + 1e-9)
      if pairing.requirement < pairing.greedyRequirement - 1e-6 { better += 1 }
      kinds.formUnion(pairing.parts.map(\.strategy))
    }
    #expect(better > 10, "books in which greedy is not optimal: \(better)")
    #expect(kinds.count >= (level == .initial ? 13 : 16), "\(kinds)")
    print(
      "\(level): greedy was beaten in \(better) of \(compared) books, \(kinds.count) strategies formed"
    )
  }

  @Test("larger books: proven, never worse than greedy, each contract used once")
  func largerBooks() throws {
    let margin = try Self.margin()
    var random = TestRandom(seed: 63)
    var (better, nodes) = (0, 0)
    for k in 0..<300 {
      let legs = Self.legs(of: 6 + k % 25, size: 12, expiries: 3, random: &random)
      for level in MarginLevel.allCases {
        let pairing = try margin.pairing(level, of: legs, on: "XYZ", price: 100)
        #expect(pairing.isOptimal)
        #expect(pairing.lowerBound <= pairing.requirement + 1e-9 * pairing.unpairedRequirement)
        #expect(pairing.requirement <= pairing.greedyRequirement + 1e-9)
        #expect(pairing.greedyRequirement <= pairing.unpairedRequirement + 1e-9)
        if pairing.requirement < pairing.greedyRequirement - 1e-6 { better += 1 }
        nodes = max(nodes, pairing.nodes)
        var used = [Int](repeating: 0, count: legs.count)
        for part in pairing.parts {
          #expect(part.requirement.firstInconsistency() == nil)
          for leg in part.legs { used[leg.index] += leg.count * part.count }
        }
        #expect(used == legs.map { abs($0.quantity) })
      }
    }
    #expect(better > 100)
    print("larger books: greedy was beaten in \(better) of 600, at most \(nodes) nodes")
  }

  @Test("strategies by their names, each at its rule's figure")
  func named() throws {
    let margin = try Self.margin(shortBox: true)
    let expiry = Timestamp(secondsSince1970: 1e6)
    func leg(_ right: Instrument.Right, _ strike: Double, _ quantity: Int, _ price: Double)
      -> StrategyLeg
    {
      StrategyLeg(
        "\(strike) \(right)", .option(right, strike: strike, expiry: expiry), quantity: quantity,
        price: price)
    }
    let long = StrategyLeg("shares", .stock, quantity: 1, price: 100)
    let short = StrategyLeg("shares", .stock, quantity: -1, price: 100)
    let cases: [(OptionStrategy, MarginLevel, [StrategyLeg], Double)] = [
      (.coveredCall, .initial, [long, leg(.call, 110, -1, 2)], 50),
      (.coveredCall, .maintenance, [long, leg(.call, 90, -1, 12)], 10 + 0.25 * 90),
      (.coveredPut, .maintenance, [short, leg(.put, 105, -1, 7)], 100 + 30 + 5),
      (.protectivePut, .maintenance, [long, leg(.put, 95, 1, 2)], 2 + 9.5 + 5),
      (.protectiveCall, .maintenance, [short, leg(.call, 105, 1, 2)], 100 + 2 + 10.5 + 5),
      (.conversion, .maintenance, [long, leg(.put, 100, 1, 3), leg(.call, 100, -1, 4)], 13),
      (
        .reverseConversion, .maintenance,
        [short, leg(.call, 105, 1, 2), leg(.put, 105, -1, 7)], 100 + 2 + 5 + 10.5
      ),
      (
        .collar, .maintenance, [long, leg(.put, 95, 1, 2), leg(.call, 110, -1, 2)],
        2 + 9.5 + 5
      ),
      (.shortStraddle, .initial, [leg(.call, 100, -1, 4), leg(.put, 100, -1, 3)], 24 + 3),
      (
        .shortBox, .initial,
        [
          leg(.call, 95, -1, 7), leg(.call, 105, 1, 2), leg(.put, 95, 1, 2), leg(.put, 105, -1, 7),
        ], 4 + 10
      ),
      (
        .longBox, .initial,
        [
          leg(.call, 95, 1, 7), leg(.call, 105, -1, 2), leg(.put, 95, -1, 2), leg(.put, 105, 1, 7),
        ], 14
      ),
      (
        .ironCondor, .initial,
        [
          leg(.call, 105, -1, 2), leg(.call, 120, 1, 1), leg(.put, 95, -1, 2), leg(.put, 90, 1, 1),
        ], 2 + 15
      ),
      (
        .butterfly, .initial,
        [
          leg(.call, 95, 1, 7), leg(.call, 100, -2, 4), leg(.call, 110, 1, 1),
        ], 8 + 5
      ),
      (
        .condor, .initial,
        [
          leg(.put, 90, 1, 1), leg(.put, 95, -1, 2), leg(.put, 105, -1, 7), leg(.put, 110, 1, 11),
        ], 12
      ),
    ]
    for (strategy, level, legs, expected) in cases {
      let pairing = try margin.pairing(level, of: legs, on: "XYZ", price: 100)
      #expect(isClose(pairing.requirement, expected, relative: 1e-12), "\(strategy)")
      if strategy != .longBox { #expect(pairing.parts.map(\.strategy) == [strategy]) }
    }
    // Not recognised: twice the width, as its two spreads.
    let box = try Self.margin().pairing(
      .initial, of: cases.first { $0.0 == .shortBox }?.2 ?? [], on: "XYZ", price: 100)
    #expect(isClose(box.requirement, 24, relative: 1e-12))
  }

  @Test("a calendar whose long expires first covers nothing")
  func calendar() throws {
    let margin = try Self.margin()
    func requirement(longDays: Double) throws -> Double {
      try margin.pairing(
        .initial,
        of: [
          StrategyLeg(
            "short", .option(.call, strike: 100, expiry: Timestamp(secondsSince1970: 30)),
            quantity: -1, price: 4),
          StrategyLeg(
            "long", .option(.call, strike: 100, expiry: Timestamp(secondsSince1970: longDays)),
            quantity: 1, price: 5),
        ], on: "XYZ", price: 100
      ).requirement
    }
    #expect(try requirement(longDays: 60) == 5)
    #expect(try requirement(longDays: 20) == 5 + 24)
  }
}
