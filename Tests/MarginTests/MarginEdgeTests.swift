import LinearAlgebra
import Margin
import Pricing
import Simulation
import TestSupport
import Testing

@Suite("Margins at the edges of their rules")
struct MarginEdgeTests {
  /// Contracts settled in coins and in dollars side by side.
  static func mixedMarket() -> Market {
    let (inverse, linear) = (
      SyntheticMarket.market(), SyntheticMarket.market(settlement: .linear)
    )
    return Market(
      time: inverse.time, indexPrices: inverse.indexPrices,
      quotes: zip(inverse.quotes, linear.quotes).flatMap { [$0, $1] })
  }

  /// Deribit's rule with parameters for both settlements, gains offsetting up to a low cap.
  static func deribit(dampener: Double? = nil) throws -> ScenarioGridProfile {
    var profile = try ScenarioGridProfile(bundled: .deribit)
    profile.underlyings["BTC_USDC"] = .init(
      priceRange: 0.16, extendedDampener: dampener,
      rollShock: profile.underlyings["BTC"]?.rollShock)
    profile.underlyings["ETH_USDC"] = .init(priceRange: 0.18, extendedDampener: dampener)
    profile.groupOffsets?["USDC"] = .init(offset: 0.4, maximumOffset: 9_000)
    // What the venue adds for several underlyings is not known; here the rest of the rule is tested.
    profile.refusals = nil
    return profile
  }

  @Test("both settlements in one book: the faces agree, in pools of coins and of dollars")
  func mixedSettlements() throws {
    for profile in [
      try Self.deribit(), try Self.deribit(dampener: 25_000),
      try ScenarioGridProfile(bundled: .paradex),
    ] {
      let methodology = ScenarioGridMargin(profile: profile)
      let compared = try MethodologyLaws.verifyFaces(
        of: methodology, in: Self.mixedMarket(), books: 60, seed: 41, tolerance: 1e-8,
        positions: 25, trades: 40)
      #expect(compared == 360)
      try MethodologyLaws.verifyInvariants(of: methodology, in: Self.mixedMarket(), seed: 42)
    }
  }

  @Test("coins and dollars are never added: a pool that would mix them is refused by both faces")
  func mixedPool() throws {
    var profile = try ScenarioGridProfile(bundled: .deribit)
    profile.pool = .underlying
    let methodology = ScenarioGridMargin(profile: profile)
    let market = Self.mixedMarket()
    let inverse = try #require(market["BTC-PERPETUAL"]).instrument
    let linear = try #require(market["BTC_USDC-PERPETUAL"]).instrument
    let error = MarginError.mixedSettlement(pool: "BTC", profile: profile.name)
    #expect(throws: error) {
      try methodology.margin(
        on: Portfolio([Position(1, inverse), Position(-1, linear)]), in: market)
    }
    #expect(throws: error) {
      try methodology.marginFunction(
        .initial, trading: [linear], on: Portfolio([Position(1, inverse)]), in: market)
    }
    // Of one settlement it is the rule as it was.
    let book = Portfolio([Position(1, inverse)])
    let pooled = ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: .deribit))
    #expect(
      try methodology.margin(on: book, in: market).amount
        == pooled.margin(on: book, in: market).amount)
  }

  @Test("charges on a pool are due where the book holds nothing in it, to both faces alike")
  func chargesWithoutPositions() throws {
    let market = SyntheticMarket.market()
    let bitcoin = try #require(market["BTC-PERPETUAL"]).instrument
    let ether = try #require(market["ETH-PERPETUAL"]).instrument
    let book = Portfolio([Position(1, bitcoin)])
    let profile = try ScenarioGridProfile(bundled: .deribit)
    let free = ScenarioGridMargin(profile: profile)
    let charged = ScenarioGridMargin(
      profile: profile, accountCharges: ["ETH": ["open orders": 3, "spot": 0.5], "USDC": ["x": 7]])
    let exact = try charged.margin(on: book, in: market).amount
    #expect(isClose(exact - (try free.margin(on: book, in: market).amount), 7_007, relative: 1e-9))
    for instruments in [[], [ether], [ether, bitcoin]] {
      let face = try charged.marginFunction(.initial, trading: instruments, on: book, in: market)
      #expect(
        isClose(face.function.value(at: instruments.map { _ in 0 }), exact, absolute: 2e-4))
    }
    #expect(
      try charged.margin(.maintenance, on: book, in: market).amount
        == free.margin(.maintenance, on: book, in: market).amount)
    let misspelt = ScenarioGridMargin(profile: profile, accountCharges: ["BTCC": ["spot": 1]])
    #expect(throws: MarketError.noIndexPrice("BTCC")) { try misspelt.margin(on: book, in: market) }
    let wrong = ScenarioGridMargin(profile: profile, accountCharges: ["BTC": ["spot": .nan]])
    #expect(throws: MarginError.self) { try wrong.margin(on: book, in: market) }
    #expect(throws: MarginError.self) {
      try wrong.marginFunction(.initial, trading: [], on: book, in: market)
    }
  }

  @Test(
    "a quantity that is no number is refused, never margined at zero",
    arguments: [
      Double.nan, .infinity, -.infinity,
    ])
  func quantities(value: Double) throws {
    let market = SyntheticMarket.market()
    let instrument = try #require(market["BTC-PERPETUAL"]).instrument
    let book = Portfolio([Position(value, instrument)])
    let scenarios = try ScenarioSet(
      underlyings: ["BTC"], spotReturns: Matrix(rows: 3, columns: 1) { s, _ in Double(s) * 0.1 },
      horizon: 0)
    let methodologies: [any ConvexMarginMethodology] = [
      ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: .deribit)),
      ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: .paradex)),
      ExpectedShortfallMargin(scenarios: scenarios, confidence: 0.9),
    ]
    for methodology in methodologies {
      #expect(throws: MarginError.self) { try methodology.margin(on: book, in: market) }
      #expect(throws: MarginError.self) {
        try methodology.marginFunction(.initial, trading: [instrument], on: book, in: market)
      }
    }
    let parts = [MarginRequirement("a", .nan), MarginRequirement("b", 1)]
    #expect(MarginRequirement("largest", .maximum, of: parts).amount.isNaN)
    #expect(MarginRequirement("largest", .maximum, of: parts.reversed()).amount.isNaN)
  }

  @Test("a profile spoilt after it was read is refused with the field, and nothing crashes")
  func spoiltProfiles() throws {
    let market = SyntheticMarket.market()
    let instrument = try #require(market["BTC-PERPETUAL"]).instrument
    let faults: [(field: String, spoil: (inout ScenarioGridProfile) -> Void)] = [
      (
        "underlyings.BTC.deltaShock.threshold",
        { $0.underlyings["BTC"]?.deltaShock?.threshold = -1 }
      ),
      (
        "underlyings.BTC.rollShock.minimumMove",
        { $0.underlyings["BTC"]?.rollShock?.minimumMove = .nan }
      ),
      ("feeProvisionRate", { $0.feeProvisionRate = -0.001 }),
      ("groupOffsets.BTC.maximumOffset", { $0.groupOffsets?["BTC"]?.maximumOffset = -5 }),
      ("groupOffsets.BTC.offset", { $0.groupOffsets?["BTC"]?.offset = 1.5 }),
      ("maintenanceFactor", { $0.maintenanceFactor = .nan }),
    ]
    for (field, spoil) in faults {
      var profile = try ScenarioGridProfile(bundled: .deribit)
      spoil(&profile)
      let methodology = ScenarioGridMargin(profile: profile)
      #expect("\(field)") {
        try methodology.marginFunction(
          .initial, trading: [instrument], on: Portfolio([Position(1, instrument)]), in: market)
      } throws: { error in
        guard case .profile(_, let named, _)? = error as? MarginError else { return false }
        return named == field
      }
    }
  }

  @Test("margin without rounding is homogeneous: books of a millionth and a million times the size")
  func homogeneity() throws {
    let market = Self.mixedMarket()
    var random = TestRandom(seed: 8)
    let methodology = ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: .paradex))
    for _ in 0..<30 {
      let book = SyntheticMarket.book(of: 9, in: market, random: &random)
      let margin = try methodology.margin(on: book, in: market).amount
      for scale in [1e-6, 1e6] {
        let scaled = Portfolio(
          book.positions.map { Position(scale * $0.quantity, $0.instrument) })
        #expect(
          isClose(
            try methodology.margin(on: scaled, in: market).amount, scale * margin, relative: 1e-11))
      }
    }
  }

  @Test(
    "selling what is held leaves nothing: the face is zero at minus the book",
    arguments: ScenarioGridProfile.Bundled.computed)
  func heldAndTraded(bundled: ScenarioGridProfile.Bundled) throws {
    let market = SyntheticMarket.market()
    var random = TestRandom(seed: 12)
    let methodology = ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: bundled))
    let book = SyntheticMarket.book(of: 30, in: market, random: &random)
    let instruments = book.positions.map(\.instrument)
    let face = try methodology.marginFunction(
      .initial, trading: instruments, on: book, in: market)
    let flat = face.function.value(at: book.positions.map { -$0.quantity })
    #expect(face.function.value(at: instruments.map { _ in 0 }) > 1_000)
    #expect(abs(flat) < 1e-6)
  }

  @Test("a weight of three is three equal scenarios: value, cuts, bounds and margin")
  func weightedShortfall() throws {
    var random = TestRandom(seed: 17)
    let market = SyntheticMarket.market()
    let count = 60
    let multiples = (0..<count).map { _ in Int.random(in: 0...4, using: &random) }
    let returns = Matrix(rows: count, columns: 2) { _, _ in 0.2 * random.signedUnit() }
    let rows = multiples.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
    let weighted = try ScenarioSet(
      underlyings: ["BTC", "ETH"], spotReturns: returns, horizon: 0,
      weights: multiples.map(Double.init))
    let repeated = try ScenarioSet(
      underlyings: ["BTC", "ETH"],
      spotReturns: Matrix(rows: rows.count, columns: 2) { s, j in returns[rows[s], j] }, horizon: 0)
    let book = SyntheticMarket.book(of: 10, in: market, random: &random)
    let instruments = Array(market.listed.prefix(5))
    for confidence in [0.5, 0.913, 0.975, 0.999] {
      let (a, b) = (
        try ExpectedShortfallFunction(
          of: book, trading: instruments, in: weighted, market: market, confidence: confidence),
        try ExpectedShortfallFunction(
          of: book, trading: instruments, in: repeated, market: market, confidence: confidence)
      )
      for _ in 0..<20 {
        let x = instruments.map { _ in 10 * random.signedUnit() }
        let y = instruments.map { _ in 10 * random.signedUnit() }
        #expect(isClose(a.value(at: x), b.value(at: x), relative: 1e-11, absolute: 1e-6))
        let (value, support) = a.cut(at: x)
        #expect(isClose(support.value(at: x), value, relative: 1e-11, absolute: 1e-6))
        #expect(support.value(at: y) <= a.value(at: y) + 1e-6)
        let range = a.range(lower: [-10, -10, -10, -10, -10], upper: [10, 10, 10, 10, 10])
        #expect(range.lowerBound <= value && value <= range.upperBound)
      }
      let losses = try weighted.losses(of: book, in: market)
      let margin = try ExpectedShortfallMargin(scenarios: weighted, confidence: confidence)
        .margin(on: book, in: market).amount
      #expect(isClose(margin, max(0, losses.expectedShortfall(confidence)), relative: 1e-11))
    }
  }
}
