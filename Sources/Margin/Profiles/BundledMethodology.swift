/// The methodologies that come with the package, by the short names that commands use.
///
/// Venues change parameters: a current file of the same layout replaces them. Derive's, SPAN's and SIMM's
/// parameters do not come with it (``MethodologyFile``).
public enum BundledMethodology: String, Sendable, CaseIterable {
  case deribit
  case paradex
  case tims
  case okx
  case bybit
  case binance
  /// Deribit's standard margin of options settled in coins.
  case deribitStandard = "deribit-standard"
  /// Deribit's margin of linear perpetuals.
  case deribitPerpetuals = "deribit-perpetuals"
  /// Bybit's cross margin of short options.
  case bybitOptions = "bybit-options"
  /// Regulation T and the strategies of Cboe Rule 10.3, by the pairing of least margin.
  case regulationT = "regt"

  /// Its profile, with name, source and date.
  public func profile() throws -> any MarginProfile {
    switch self {
    case .deribitStandard: try StandardOptionProfile.deribit()
    case .deribitPerpetuals: try LeverageProfile.deribitLinearPerpetuals()
    case .bybitOptions: try ShortOptionProfile.bybit()
    case .regulationT: try StrategyMarginProfile.regulationT()
    case .deribit, .paradex, .tims, .okx, .bybit, .binance: try grid()
    }
  }

  public func methodology() throws -> any ConvexMarginMethodology {
    switch self {
    case .deribitStandard: StandardOptionMargin(profile: try .deribit())
    case .deribitPerpetuals: LeverageMargin(profile: try .deribitLinearPerpetuals())
    case .bybitOptions: ShortOptionMargin(profile: try .bybit())
    case .regulationT: StrategyMargin(profile: try .regulationT())
    case .deribit, .paradex, .tims, .okx, .bybit, .binance:
      ScenarioGridMargin(profile: try grid())
    }
  }

  private func grid() throws -> ScenarioGridProfile {
    try ScenarioGridProfile(bundled: ScenarioGridProfile.Bundled(rawValue: rawValue) ?? .deribit)
  }
}
