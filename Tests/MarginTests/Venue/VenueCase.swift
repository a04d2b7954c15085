import Margin
import Pricing
import TestSupport

/// A rule and a market on which tables are held against the rule itself.
struct VenueCase: Sendable, CustomStringConvertible {
  let description: String
  let methodology: ScenarioGridMargin
  let market: Market

  /// The bundled profiles that the pass computes, and rules that use every part of a profile at once.
  static let all: [VenueCase] = {
    let inverse = SyntheticMarket.market()
    let linear = SyntheticMarket.market(settlement: .linear)
    var cases: [VenueCase] = []
    for bundled in [ScenarioGridProfile.Bundled.deribit, .paradex] {
      if let profile = try? ScenarioGridProfile(bundled: bundled) {
        cases.append(
          VenueCase(
            description: bundled.rawValue, methodology: ScenarioGridMargin(profile: profile),
            market: inverse))
      }
    }
    for (name, offset, dampener) in [
      ("offsets", 0.6, nil), ("dampened offsets", 0.6, 2_500), ("no offsets", nil, 2_500),
    ] as [(String, Double?, Double?)] {
      if let rule = everyPart(offset: offset, dampener: dampener) {
        cases.append(
          VenueCase(
            description: name, methodology: rule, market: merged(inverse, linear)))
      }
    }
    return cases
  }()

  /// The same rule without the venue's rounding, which the sizes of trades do not model.
  var unrounded: ScenarioGridMargin {
    var rule = methodology
    rule.profile.roundingDecimals = nil
    return rule
  }

  /// Roll shock, delta shock, minimum delta, provisions, charges, weights and rounding; inverse and
  /// linear pools.
  private static func everyPart(offset: Double?, dampener: Double?) -> ScenarioGridMargin? {
    guard var profile = try? ScenarioGridProfile(bundled: .deribit),
      let paradex = try? ScenarioGridProfile(bundled: .paradex)
    else { return nil }
    profile.name = "every part"
    // What the venue adds for several underlyings is not known; here the rest of the rule is tested.
    profile.refusals = nil
    for (linear, inverse) in [("BTC_USDC", "BTC"), ("ETH_USDC", "ETH")] {
      profile.underlyings[linear] = profile.underlyings[inverse]
      for name in [linear, inverse] { profile.underlyings[name]?.extendedDampener = dampener }
    }
    profile.underlyings["BTC_USDC"]?.deltaShock = nil
    profile.groupOffsets = offset.map {
      ["USDC": .init(offset: $0, maximumOffset: 40_000)]
    }
    profile.minimumDelta = paradex.minimumDelta
    profile.fundingProvisionHours = 8
    profile.feeProvisionRate = 0.0004
    for i in profile.scenarios.indices where i.isMultiple(of: 3) {
      profile.scenarios[i].weight = 0.9 - 0.01 * Double(i)
    }
    return ScenarioGridMargin(
      profile: profile,
      accountCharges: ["BTC": ["open orders": 0.0123], "USDC": ["fees": 17.5, "spot": 3]])
  }

  private static func merged(_ a: Market, _ b: Market) -> Market {
    Market(time: a.time, indexPrices: a.indexPrices, quotes: a.quotes + b.quotes)
  }

  /// The market with the prices of one coin moved, and with them its volatilities.
  func moving(_ coin: String, by move: Double) -> Market {
    var prices = market.indexPrices
    prices[coin]? *= 1 + move
    return Market(
      time: market.time, indexPrices: prices,
      quotes: market.quotes.map { quote in
        var moved = quote
        if quote.instrument.underlying == coin {
          moved.forward *= 1 + move
          moved.mark *= 1 + move
          moved.volatility = quote.volatility.map { $0 * (1 - move) }
        }
        return moved
      })
  }

  /// Books of 0 to 24 positions, some of them beyond the delta-shock threshold.
  func accounts(_ count: Int, seed: UInt64, size: Double = 10) -> [Portfolio] {
    var random = TestRandom(seed: seed)
    return (0..<count).map { k in
      SyntheticMarket.book(
        of: Int.random(in: 0...24, using: &random), in: market,
        size: k.isMultiple(of: 40) ? 4000 : size, random: &random)
    }
  }
}
