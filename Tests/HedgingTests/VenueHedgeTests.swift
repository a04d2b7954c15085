import Foundation
import Hedging
import Margin
import MarginSamples
import Pricing
import TestSupport
import Testing

@Suite("Hedges over several venues")
struct VenueHedgeTests {
  static let market = SyntheticMarket.market(expiryDays: [20, 95])

  static func rule(_ profile: ScenarioGridProfile.Bundled) throws -> ScenarioGridMargin {
    ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: profile))
  }

  static func hedge(
    _ profile: ScenarioGridProfile.Bundled, _ book: Portfolio, with instruments: [Instrument]
  ) throws -> HedgeProblem {
    HedgeProblem(minimizing: try rule(profile), of: book, in: market, hedgingWith: instruments)
  }

  static func book(_ seed: UInt64, _ count: Int = 12) -> Portfolio {
    var random = TestRandom(seed: seed)
    return SyntheticMarket.book(of: count, in: market, size: 8, random: &random)
  }

  @Test("one venue is the hedge at it", arguments: [ScenarioGridProfile.Bundled.paradex, .deribit])
  func oneVenue(_ profile: ScenarioGridProfile.Bundled) throws {
    var alone = try Self.hedge(profile, Self.book(3), with: Self.market.listed)
    var venues = try VenueHedgeProblem([Venue("only", hedging: alone)], in: Self.market)
    try alone.limit(.vega, of: "BTC", atLeast: -500, atMost: 500)
    try venues.limit(.vega, of: "BTC", atLeast: -500, atMost: 500)
    let (one, many) = (
      try #require(try alone.solve().plan), try #require(try venues.solve().plan)
    )
    #expect(isClose(many.objective, one.objective, relative: 1e-8))
    #expect(isClose(many.bound, one.bound, relative: 1e-8))
    #expect(many.gap < 1e-7 && many.limitViolation < 1e-8)
    #expect(
      many.bindingLimits.map(\.name) == one.bindingLimits.map(\.name)
        && zip(many.bindingLimits, one.bindingLimits).allSatisfy {
          isClose($0.price, $1.price, relative: 1e-3)
        })
  }

  @Test("positions that may move for nothing net to the margin of the joint book")
  func netting() throws {
    let (a, b) = (Self.book(5), Self.book(6))
    let opposite = b.adding(a.positions.map { Position(-0.6 * $0.quantity, $0.instrument) })
    var problem = try VenueHedgeProblem(
      [
        Venue("A", hedging: Self.hedge(.paradex, a, with: [])),
        Venue("B", hedging: Self.hedge(.paradex, opposite, with: [])),
      ], in: Self.market)
    problem.positionTransfers = [.init(from: "A", to: "B")]
    let plan = try #require(try problem.solve().plan)
    let joint = try Self.rule(.paradex).margin(
      on: a.adding(opposite.positions), in: Self.market
    ).amount
    #expect(isClose(plan.margin.after, joint, relative: 1e-8))
    #expect(plan.margin.after < plan.margin.before && plan.cost == 0)
    // What is moved is no more than what is held, and nothing is lost.
    for move in plan.moves {
      let held = a.quantity(of: move.instrument)
      #expect(abs(move.quantity) <= abs(held) && move.quantity * held > 0)
    }
    let moved = plan.sides.map { side in
      Dictionary(uniqueKeysWithValues: side.moved.map { ($0.instrument, $0.quantity) })
    }
    for (instrument, quantity) in moved[0] {
      #expect(isClose(moved[1][instrument] ?? 0, -quantity, relative: 1e-12))
    }
  }

  /// Short perpetuals at a venue whose collateral does not carry them, and another with room.
  private func perpetuals(
    collateral: [Double], buffer: Double = 0, cost: Double = 20, share: Double = 1
  ) throws -> VenueHedgeProblem {
    let perpetual = try #require(Self.market["BTC-PERPETUAL"]).instrument
    let book = Portfolio([Position(-10, perpetual)])
    var a = Venue("A", hedging: try Self.hedge(.paradex, book, with: []), collateral: collateral[0])
    var b = Venue(
      "B", hedging: try Self.hedge(.paradex, Portfolio(), with: []), collateral: collateral[1])
    (a.buffer, b.buffer) = (buffer, buffer)
    b.collateralShare = share
    var problem = try VenueHedgeProblem([a, b], in: Self.market)
    problem.positionTransfers = [.init(from: "A", to: "B", costPerCoin: cost)]
    return problem
  }

  @Test("positions move where the collateral is, just as many as must, and the dual is their price")
  func collateral() throws {
    let perpetual = try #require(Self.market["BTC-PERPETUAL"]).instrument
    let unit = try Self.rule(.paradex).margin(
      on: Portfolio([Position(-1, perpetual)]), in: Self.market
    ).amount
    // With a buffer of 25 % collateral for six coins at A.
    let problem = try perpetuals(collateral: [7.5 * unit, 20 * unit], buffer: 0.25)
    let plan = try #require(try problem.solve().plan)
    #expect(isClose(plan.margin.after, 10 * unit, relative: 1e-8))
    // m coins leave: 1.25 (10 − m) unit + 20 m = 7.5 unit.
    let moved = 5 * unit / (1.25 * unit - 20)
    #expect(isClose(try #require(plan.moves.first).quantity, -moved, relative: 1e-7))
    #expect(isClose(plan.cost, 20 * moved, relative: 1e-7))
    #expect(abs(plan.sides[0].headroom ?? 1) < 1e-6 * unit)
    // A dollar more at A carries 1/(1.25 unit − 20) coins, of which each saves 20 dollars.
    let price = try #require(plan.bindingLimits.first { $0.name.hasPrefix("A:") }).price
    #expect(isClose(price, 20 / (1.25 * unit - 20), relative: 1e-4))
    let more = try #require(
      try perpetuals(collateral: [7.5 * unit + 100, 20 * unit], buffer: 0.25).solve().plan)
    #expect(isClose((plan.objective - more.objective) / 100, price, relative: 1e-3))
    #expect(abs(plan.gap) < 1e-8)
  }

  @Test("collateral moves where that is cheaper than positions, within caps and shares")
  func collateralMoves() throws {
    let perpetual = try #require(Self.market["BTC-PERPETUAL"]).instrument
    let unit = try Self.rule(.paradex).margin(
      on: Portfolio([Position(-1, perpetual)]), in: Self.market
    ).amount
    var problem = try perpetuals(collateral: [6 * unit, 20 * unit], cost: 0.02 * unit)
    problem.collateralTransfers = [.init(from: "B", to: "A", costRate: 0.001)]
    let free = try #require(try problem.solve().plan)
    let move = try #require(free.collateralMoves.first)
    #expect(isClose(move.amount, 4 * unit, relative: 1e-6) && free.moves.isEmpty)
    #expect(isClose(free.cost, 0.004 * unit, relative: 1e-6))
    // A cap on A leaves room for two of the four; the others move, at 0.02 units each.
    problem.venues[0].collateralCap = 8 * unit
    let capped = try #require(try problem.solve().plan)
    #expect(isClose(capped.sides[0].collateralAfter ?? 0, 8 * unit, relative: 1e-7))
    #expect(isClose(try #require(capped.moves.first).quantity, -2 / 0.98, relative: 1e-6))
    #expect(capped.bindingLimits.contains { $0.name == "A: collateral" && $0.isUpper })
    // So does a share of 8/26.
    problem.venues[0].collateralCap = .infinity
    problem.venues[0].collateralShare = 8.0 / 26
    let shared = try #require(try problem.solve().plan)
    #expect(isClose(shared.objective, capped.objective, relative: 1e-8))
  }

  @Test("on several ways no more is moved than is held; transfers are paid by where they begin")
  func severalWays() throws {
    let perpetual = try #require(Self.market["BTC-PERPETUAL"]).instrument
    let unit = try Self.rule(.paradex).margin(
      on: Portfolio([Position(-1, perpetual)]), in: Self.market
    ).amount
    // Ten short at A, seven long at each of B and C: fourteen would be moved, ten are there.
    func venue(_ name: String, _ coins: Double, _ collateral: Double) throws -> Venue {
      Venue(
        name,
        hedging: try Self.hedge(.paradex, Portfolio([Position(coins, perpetual)]), with: []),
        collateral: collateral)
    }
    var problem = try VenueHedgeProblem(
      [venue("A", -10, 30 * unit), venue("B", 7, 30 * unit), venue("C", 7, 30 * unit)],
      in: Self.market)
    problem.positionTransfers = [
      .init(from: "A", to: "B", costPerCoin: 1), .init(from: "A", to: "C", costPerCoin: 1),
    ]
    let plan = try #require(try problem.solve().plan)
    let moved = plan.moves.reduce(0) { $0 + $1.quantity }
    #expect(isClose(moved, -10, relative: 1e-7))
    #expect(plan.margin.after < 4.01 * unit)  // longs need a little more
    // Brute force over whole coins.
    var least = Double.infinity
    for toB in 0...10 {
      for toC in 0...(10 - toB) {
        let books = [-10 + toB + toC, 7 - toB, 7 - toC]
        var margin = Double(toB + toC)
        for coins in books {
          margin += try Self.rule(.paradex).margin(
            on: Portfolio([Position(Double(coins), perpetual)]), in: Self.market
          ).amount
        }
        least = min(least, margin)
      }
    }
    #expect(isClose(plan.objective, least, relative: 1e-7))
    #expect(isClose(plan.sides[0].cost, 10, relative: 1e-6))
  }

  @Test(
    "random books at two rules: exact margins and limits by separate code; transfers never cost")
  func random() throws {
    for seed in 1...3 as ClosedRange<UInt64> {
      let (a, b) = (Self.book(seed), Self.book(seed + 50))
      var first = try Self.hedge(.paradex, a, with: Self.market.listed)
      first.tradeSize = .coins(2)
      var second = try Self.hedge(.deribit, b, with: Self.market.listed)
      second.tradeSize = .coins(2)
      try second.limit(.delta, of: "BTC", atLeast: -5, atMost: 5)
      var problem = try VenueHedgeProblem(
        [Venue("A", hedging: first), Venue("B", hedging: second)], in: Self.market)
      problem.positionTransfers = [
        .init(from: "A", to: "B", costPerCoin: 3), .init(from: "B", to: "A", costPerCoin: 3),
      ]
      try problem.limit(.vega, of: "ETH", atLeast: -100, atMost: 100)
      let plan = try #require(try problem.solve().plan)
      #expect(plan.gap < 1e-6 && plan.limitViolation < 1e-8 && plan.isExact)
      var (total, cost) = (0.0, plan.moves.reduce(0) { $0 + 3 * abs($1.quantity) })
      for (side, book) in zip(plan.sides, [a, b]) {
        let after = book.adding(
          side.trades.map { Position($0.quantity, $0.instrument) } + side.moved)
        let profile = side.venue == "A" ? ScenarioGridProfile.Bundled.paradex : .deribit
        total += try Self.rule(profile).margin(on: after, in: Self.market).amount
        cost += side.trades.reduce(0) { $0 + $1.cost }
      }
      #expect(isClose(total + cost, plan.objective, relative: 1e-9))
      // Apart, without transfers, it costs no less.
      problem.positionTransfers = []
      let apart = try #require(try problem.solve().plan)
      #expect(plan.objective <= apart.objective * (1 + 1e-9))
    }
  }

  @Test("a face that is a bound is made again at the books found")
  func successive() throws {
    let listed = SyntheticMarket.market(settlement: .linear)
    let market = Market(
      time: listed.time, indexPrices: listed.indexPrices,
      quotes: listed.quotes.filter(\.instrument.isOption))
    let rule = DeriveStandardMargin(profile: DeriveSamples.standard)
    var random = TestRandom(seed: 5)
    let books = (0..<2).map { _ in
      SyntheticMarket.book(of: 10, in: market, size: 8, random: &random)
    }
    let problem = try VenueHedgeProblem(
      zip(["A", "B"], books).map { name, book in
        var hedge = HedgeProblem(
          minimizing: rule, of: book, in: market, hedgingWith: market.listed)
        hedge.tradeSize = .coins(3)
        return Venue(name, hedging: hedge)
      }, in: market)
    var one = HedgeProblem.Settings()
    one.modelLimit = 1
    let (first, plan) = (
      try #require(try problem.solve(one).plan), try #require(try problem.solve().plan)
    )
    #expect(plan.objective < first.objective && plan.statistics.models > 1)
    #expect(!plan.isExact && plan.gap < 1e-6)
  }

  @Test("limits that conflict are named with their venue; what makes no sense is refused")
  func faults() throws {
    let problem = try perpetuals(collateral: [10, 10])
    guard case .infeasible(let conflict) = try problem.solve() else {
      Issue.record("collateral of 20 dollars carries nothing")
      return
    }
    #expect(conflict.members.contains { $0.name.hasPrefix("A: margin") })
    let hedge = try Self.hedge(.paradex, Self.book(1), with: Self.market.listed)
    #expect(throws: HedgeError.venue("A", reason: "two venues have this name")) {
      try VenueHedgeProblem(
        [Venue("A", hedging: hedge), Venue("A", hedging: hedge)], in: Self.market)
    }
    func refusal(_ change: (inout VenueHedgeProblem) -> Void) -> String {
      do {
        var problem = try VenueHedgeProblem(
          [
            Venue("A", hedging: hedge, collateral: 1e6), Venue("B", hedging: hedge),
          ], in: Self.market)
        change(&problem)
        _ = try problem.solve()
        return ""
      } catch { return "\(error)" }
    }
    #expect(refusal { $0.venues[0].buffer = -1 }.contains("A: the buffer is -1.0"))
    #expect(refusal { $0.venues[0].collateral = .nan }.contains("A: the collateral is nan"))
    #expect(refusal { $0.venues[0].collateralShare = 2 }.contains("share of all collateral"))
    #expect(
      refusal { $0.positionTransfers = [.init(from: "A", to: "C")] }
        .contains("venue 'C': no venue has this name (there are A, B)"))
    #expect(
      refusal { $0.collateralTransfers = [.init(from: "A", to: "B")] }
        .contains("venue 'B': collateral is moved here, but none is stated"))
    #expect(
      refusal { $0.positionTransfers = [.init(from: "A", to: "B"), .init(from: "A", to: "B")] }
        .contains("by two transfers"))
    #expect(
      refusal {
        $0.positionTransfers = [.init(from: "A", to: "B", instruments: Self.market.listed)]
      }.contains("is to be moved, but is not held here"))
    #expect(
      refusal { $0.venues[0].hedge.tradingCost.optionFee = -1 }.contains("the option fee is -1.0"))
    #expect(
      refusal { $0.positionTransfers = [.init(from: "A", to: "B"), .init(from: "A", to: "B")] }
        .contains("by two transfers"))
    #expect(
      refusal {
        $0.positionTransfers = [.init(from: "A", to: "B", instruments: Self.market.listed)]
      }.contains("is to be moved, but is not held here"))
    #expect(
      refusal { $0.venues[0].hedge.tradingCost.optionFee = -1 }.contains("the option fee is -1.0"))
    #expect(refusal { $0.venues[1].hedge.riskAversion = 1 }.contains("a variance term"))
    #expect(refusal { $0.venues[1].hedge.tradeRules.lot = 1 }.contains("lots"))
  }
}
