public import Margin

/// Parameter sets made up for tests, of the size of a venue's but none of a venue's.
public enum DeriveSamples {
  private typealias Parameters = DerivePortfolioMarginProfile.Parameters
  private static let moves: [DerivePortfolioMarginProfile.VolatilityMove] = [
    .up, .unchanged, .down,
  ]

  private static let scenarios = [0.82, 0.88, 0.94, 1, 1.06, 1.12, 1.18].flatMap { spot in
    moves.map { DerivePortfolioMarginProfile.Scenario(spot: spot, volatility: $0) }
  }

  private static func profile(
    _ version: DerivePortfolioMarginProfile.Version, _ parameters: Parameters
  ) -> DerivePortfolioMarginProfile {
    DerivePortfolioMarginProfile(
      name: "\(version.rawValue) sample", source: "made up for tests", effective: "2026-01-01",
      version: version, underlyings: [:], otherUnderlyings: parameters)
  }

  public static let pmrm1 = profile(
    .pmrm1,
    Parameters(
      scenarios: scenarios,
      volatilityShock: .init(
        up: 0.4, down: 0.25, shortPower: 0.25, longPower: 0.15, floorDays: 2),
      positiveDiscount: .init(base: 0.93, rateMultiplier: 3, addend: 0.06),
      forwardContingency: .init(up: 1.06, down: 0.94, addend: 0.3, multiplier: 0.05),
      depeg: .init(threshold: 0.97, factor: 3), confidence: .init(threshold: 0.5, factor: 0.4),
      perpetual: .init(maintenance: 0.025, initial: 0),
      option: .init(maintenance: 0.012, initial: 0), collateral: 0.03, initialFactor: 1.25))

  public static let pmrm2NoSkew = profile(.pmrm2, parameters2)

  public static let pmrm2: DerivePortfolioMarginProfile = {
    var parameters = parameters2
    parameters.scenarios += [
      .init(spot: 1, volatility: .linearSkew),
      .init(spot: 1, volatility: .absoluteSkew, dampening: 0.9),
    ]
    return profile(.pmrm2, parameters)
  }()

  /// PMRM 2 with gains that are discounted less than debts, under few scenarios.
  public static let gainsBeforeDebts: DerivePortfolioMarginProfile = {
    var parameters = parameters2
    parameters.scenarios = [
      .init(spot: 0.85, volatility: .up), .init(spot: 1.15, volatility: .down),
      .init(spot: 1, volatility: .linearSkew), .init(spot: 1, volatility: .absoluteSkew),
    ]
    parameters.positiveDiscount.base = 1.04
    parameters.negativeDiscount = .init(base: 0.97, rateMultiplier: 0.4, addend: 0)
    return profile(.pmrm2, parameters)
  }()

  private static let parameters2 = Parameters(
    scenarios: scenarios + [
      .init(spot: 0.4, volatility: .up, dampening: 0.06),
      .init(spot: 2.5, volatility: .up, dampening: 0.03),
    ],
    volatilityShock: .init(
      up: 0.45, down: 0.3, shortPower: 0.25, longPower: 0.15, floorDays: 2, minimumUp: 0.42),
    skew: .init(
      linear: .init(cap: 0.2, capSlope: -0.04), absolute: .init(cap: 0.17, capSlope: -0.06),
      minimumWidth: 0.02, width: 3.5, volatility: 0.55, volatilitySlope: -0.05),
    positiveDiscount: .init(base: 0.94, rateMultiplier: 1.1, addend: 0.07),
    negativeDiscount: .init(base: 1.03, rateMultiplier: 0.4, addend: 0.07),
    forwardContingency: .init(up: 1.05, down: 0.95, addend: 0.45, multiplier: 1.5),
    depeg: .init(threshold: 0.97, factor: 3), confidence: .init(threshold: 0.5, factor: 0.9),
    perpetual: .init(maintenance: 0.02, initial: 0.01),
    option: .init(maintenance: 0.004, initial: 0.003), initialFactor: 1.05,
    maintenanceFactor: 0.85)

  public static let standard = DeriveStandardMarginProfile(
    name: "Standard Manager sample", source: "made up for tests", effective: "2026-01-01",
    underlyings: [:],
    otherUnderlyings: .init(
      option: .init(
        maximumSpotRate: 0.16, minimumSpotRate: 0.11, maintenanceCallSpotRate: 0.08,
        maintenancePutSpotRate: 0.08, maintenancePutMarkRate: 0.09, initialOverMaintenance: 1.06,
        unpairedInitial: 1.3, unpairedMaintenance: 1.2),
      perpetual: .init(initial: 0.07, maintenance: 0.055),
      confidence: .init(
        perpetualThreshold: 0.45, optionThreshold: 0.45, collateralThreshold: 0.45, factor: 0.35),
      depeg: .init(threshold: 0.97, factor: 1.1),
      collateral: .init(factor: 0.12, initialScale: 0.9)))
}
