import Hedging
import Margin
import Pricing
import TestSupport

extension HedgeProblem {
  /// The hedge, with all that a market lists, of a random book under a bundled profile.
  static func random(
    _ profile: ScenarioGridProfile.Bundled, seed: UInt64, positions: Int = 20, in market: Market
  ) throws -> HedgeProblem {
    var random = TestRandom(seed: seed)
    return HedgeProblem(
      minimizing: ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: profile)),
      of: SyntheticMarket.book(of: positions, in: market, size: 8, random: &random), in: market,
      hedgingWith: market.listed)
  }
}
