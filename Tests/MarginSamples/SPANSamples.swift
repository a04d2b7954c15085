public import Margin

/// SPAN parameters made up for tests of the synthetic market: no exchange's.
public enum SPANSamples {
  /// Scans, short option minimum and outright spot charges: nothing that depends on spreads.
  public static func convex(futuresStyle: Bool = false, separately: Bool = false) -> SPANParameters
  {
    var parameters = SPANParameters(
      name: "SPAN of tests", source: "made up", effective: "2026-01-01", initialFactor: 1.1,
      commodities: [
        "BTC": .init(
          priceScanRange: 6_500, volatilityScanRange: 0.08, shortOptionMinimum: 120,
          futuresStyleOptions: futuresStyle),
        "ETH": .init(
          priceScanRange: 260, volatilityScanRange: 0.1, shortOptionMinimum: 5,
          shortOptionCount: .largerSide),
      ])
    for name in ["BTC", "ETH"] {
      parameters.commodities[name]?.tiers = tiers
      parameters.commodities[name]?.scansTiersSeparately = separately
      parameters.commodities[name]?.spotMonth = .init(
        tier: "near", spreadRate: 10, outrightRate: 30)
    }
    return parameters
  }

  /// With calendar spreads, and with credits between the commodities.
  public static func spreading() -> SPANParameters {
    var parameters = convex()
    for name in ["BTC", "ETH"] {
      parameters.commodities[name]?.spreads = [
        .init([.init("near", .a), .init("far", .b)], rate: 40),
        .init([.init("near", .a), .init("near", .b)], rate: 25),
        .init([.init("far", .a), .init("far", .b)], rate: 15),
      ]
    }
    parameters.interCommoditySpreads = [
      .init([.init("BTC", .a, deltaRatio: 1), .init("ETH", .b, deltaRatio: 20)], creditRate: 0.6)
    ]
    return parameters
  }

  public static let tiers = [
    SPANParameters.Tier("near", through: "2026-03"), SPANParameters.Tier("far", from: "2026-04"),
  ]
}
