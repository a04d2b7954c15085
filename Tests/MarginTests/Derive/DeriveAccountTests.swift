import Margin
import MarginSamples
import Pricing
import TestSupport
import Testing

@Suite("Derive accounts")
struct DeriveAccountTests {
  /// An account with feeds of every confidence, two expiries of which one is being settled,
  /// collateral.
  static func account(
    _ random: inout TestRandom, confidence: ClosedRange<Double> = 0.3...1
  ) -> DeriveAccount {
    func feed(_ value: Double) -> DeriveAccount.Feed {
      .init(value, confidence: Double.random(in: confidence, using: &random))
    }
    let expiries = [900.0, 5 * 86_400, 60 * 86_400].map { seconds in
      DeriveAccount.Expiry(
        seconds: seconds, forward: feed(2_000 * (1 + seconds * 1e-9)), rate: feed(0.05),
        options: (0..<5).map { k in
          .init(
            k % 2 == 0 ? .call : .put, strike: [1_600, 2_000, 2_000, 2_300, 2_300][k],
            quantity: k == 4 ? 0 : 5 * random.signedUnit(), volatility: feed(0.6 + 0.05 * Double(k))
          )
        })
    }
    return DeriveAccount(
      cash: 1_000, stablePrice: 0.95,
      markets: [
        .init(
          "ETH", spot: feed(2_000),
          perpetual: .init(
            quantity: 3 * random.signedUnit(), price: feed(2_001), unrealizedProfit: 12,
            unrealizedFunding: -3),
          expiries: expiries,
          collaterals: [
            .init(
              "ETH", quantity: 2, price: feed(2_000), cancelsRisk: true, maintenanceHaircut: 0.02,
              initialHaircut: 0.01)
          ])
      ])
  }

  @Test(
    "the convex face of an account against the exact margin after trades",
    arguments: [DeriveSamples.pmrm1, DeriveSamples.pmrm2, DeriveSamples.pmrm2NoSkew])
  func faces(profile: DerivePortfolioMarginProfile) throws {
    var random = TestRandom(seed: 41)
    let rule = DerivePortfolioMargin(profile: profile)
    var (exact, bounded) = (0, 0)
    for round in 0..<120 {
      // Every other account has sure oracles.
      let account = Self.account(&random, confidence: round % 2 == 0 ? 0.3...1 : 0.9...1)
      for level in MarginLevel.allCases {
        let face = try rule.marginFunction(level, of: account)
        for scale in [0.0, 1, 8] {
          let x = account.contracts.map { _ in scale * random.signedUnit() }
          let margin = try rule.margin(level, on: account.adding(x))
          #expect(margin.firstInconsistency() == nil)
          let (value, allowed) = (face.function.value(at: x), 1e-9 * max(1, margin.amount))
          switch face.relation {
          case .exact:
            exact += 1
            #expect(abs(value - margin.amount) <= allowed)
          case .upperBound:
            bounded += 1
            #expect(value >= margin.amount - allowed)
          }
        }
      }
    }
    #expect(exact + bounded == 720)
    #expect(exact > 0 || profile == DeriveSamples.pmrm2)
  }

  @Test("net margin is what the account is worth less the requirement, and its tree recomputes")
  func netMargin() throws {
    var random = TestRandom(seed: 43)
    let account = Self.account(&random)
    for level in MarginLevel.allCases {
      for profile in [DeriveSamples.pmrm1, DeriveSamples.pmrm2] {
        let rule = DerivePortfolioMargin(profile: profile)
        let net = try rule.netMargin(level, of: account)
        #expect(net.firstInconsistency() == nil)
        var richer = account
        richer.cash += 250
        #expect(
          isClose(try rule.netMargin(level, of: richer).amount, net.amount + 250, relative: 1e-12))
      }
      let standard = DeriveStandardMargin(profile: DeriveSamples.standard)
      let net = try standard.netMargin(level, of: account)
      #expect(net.firstInconsistency() == nil)
      let requirement = try standard.margin(level, on: account).amount
      #expect(isClose(net.amount, 1_000 + 12 - 3 - requirement, relative: 1e-12))
    }
  }

  @Test("the forward of an expiry is fixed as the settlement average goes on")
  func settlement() {
    let hour = DeriveAccount.Expiry(seconds: 3_600, forward: DeriveAccount.Feed(2_000))
    #expect(hour.fixedForward == 0 && hour.forward(spotTimes: 1.1) == 2_200)
    let quarter = DeriveAccount.Expiry(seconds: 450, forward: .init(2_000))
    #expect(quarter.fixedForward == 1_500 && quarter.forward(spotTimes: 1.1) == 2_050)
    let past = DeriveAccount.Expiry(seconds: -5, forward: .init(2_000))
    #expect(past.years == 0 && past.forward(spotTimes: 1.1) == 2_000)
  }

  @Test("a perpetual alone: worst move, contingency and the factor, by hand")
  func perpetualByHand() throws {
    // Worst of ±18 %: 2 · 0.18 · 100; contingency 2 · 0.025 · 100; initial factor 1.25 + 3 (0.97 − 0.95).
    let account = DeriveAccount(
      stablePrice: 0.95,
      markets: [.init("X", spot: .init(100), perpetual: .init(quantity: -2, price: .init(100)))])
    let rule = DerivePortfolioMargin(profile: DeriveSamples.pmrm1)
    #expect(isClose(try rule.margin(.maintenance, on: account).amount, 41, relative: 1e-13))
    #expect(isClose(try rule.margin(.initial, on: account).amount, 41 * 1.31, relative: 1e-13))
    // PMRM 2 charges the contingency outside the factor: 1.05 + 0.06 on 36, and 3 % of 200.
    let second = DerivePortfolioMargin(profile: DeriveSamples.pmrm2)
    #expect(
      isClose(try second.margin(.initial, on: account).amount, 36 * 1.11 + 6, relative: 1e-13))
    #expect(
      isClose(try second.margin(.maintenance, on: account).amount, 36 * 0.85 + 4, relative: 1e-13))
  }

  @Test("the Standard Manager asks a spread for its greatest loss, not for its short")
  func spread() throws {
    func account(_ long: Double) -> DeriveAccount {
      DeriveAccount(markets: [
        .init(
          "X", spot: .init(100),
          expiries: [
            .init(
              seconds: 86_400 * 30, forward: .init(100),
              options: [
                .init(.call, strike: 100, quantity: -1, volatility: .init(0.5)),
                .init(.call, strike: 104, quantity: long, volatility: .init(0.5)),
              ])
          ])
      ])
    }
    let rule = DeriveStandardMargin(profile: DeriveSamples.standard)
    #expect(isClose(try rule.margin(.initial, on: account(1)).amount, 4, relative: 1e-13))
    let mark = Black76.value(
      of: .call, forward: 100, strike: 100, volatility: 0.5, time: 30.0 / 365)
    #expect(isClose(try rule.margin(.initial, on: account(0)).amount, 16 + mark, relative: 1e-13))
  }

  @Test("figures by which no margin can be computed are refused by name")
  func faults() throws {
    var random = TestRandom(seed: 47)
    let good = Self.account(&random)
    let faults: [(String, (inout DeriveAccount) -> Void)] = [
      ("the cash", { $0.cash = .nan }), ("the price of the stable coin", { $0.stablePrice = 0 }),
      ("the spot price of ETH", { $0.markets[0].spot.value = -1 }),
      ("the confidence of the spot price of ETH", { $0.markets[0].spot.confidence = 1.5 }),
      ("the strike of", { $0.markets[0].expiries[0].options[0].strike = 0 }),
      ("the volatility of", { $0.markets[0].expiries[1].options[0].volatility.value = -0.1 }),
      ("the quantity of the ETH perpetual", { $0.markets[0].perpetual.quantity = .infinity }),
      ("the quantity of the collateral ETH", { $0.markets[0].collaterals[0].quantity = -1 }),
      ("the rate of", { $0.markets[0].expiries[2].rate.value = .nan }),
    ]
    for (what, spoil) in faults {
      var account = good
      spoil(&account)
      for attempt in [
        {
          _ = try DerivePortfolioMargin(profile: DeriveSamples.pmrm1).margin(.initial, on: account)
        },
        {
          _ = try DeriveStandardMargin(profile: DeriveSamples.standard).margin(
            .initial, on: account)
        },
      ] {
        #expect {
          try attempt()
        } throws: { error in
          "\(error)".contains(what)
        }
      }
    }
    var foreign = good
    foreign.markets[0].collaterals[0].cancelsRisk = false
    #expect(throws: MarginError.self) {
      try DerivePortfolioMargin(profile: DeriveSamples.pmrm1).margin(.initial, on: foreign)
    }
    var profile = DeriveSamples.pmrm1
    profile.underlyings = ["BTC": try #require(profile.otherUnderlyings)]
    profile.otherUnderlyings = nil
    #expect(
      throws: MarginError.underlyingNotCovered("ETH", profile: "PMRM 1 sample", covered: ["BTC"])
    ) {
      try DerivePortfolioMargin(profile: profile).margin(.initial, on: good)
    }
  }
}
