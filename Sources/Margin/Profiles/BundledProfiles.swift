import Foundation

extension ScenarioGridProfile {
  /// The profiles that come with the package, by the short names that commands use.
  ///
  /// They are the data files beside this source, each with its source, its date, and what of it
  /// was verified. Venues change parameters: a current file of the same layout replaces them.
  public enum Bundled: String, Sendable, CaseIterable {
    case deribit
    case paradex
    /// OCC and FINRA portfolio margin of US options (TIMS).
    case tims
    /// What is known of it is not enough to compute it: each book is refused with what is missing.
    case okx
    /// What is known of it is not enough to compute it: each book is refused with what is missing.
    case bybit
    /// What is known of it is not enough to compute it: each book is refused with what is missing.
    case binance

    fileprivate var bytes: [UInt8] {
      switch self {
      case .deribit: PackageResources.deribit_portfolio_margin_json
      case .paradex: PackageResources.paradex_portfolio_margin_json
      case .tims: PackageResources.tims_portfolio_margin_json
      case .okx: PackageResources.okx_portfolio_margin_json
      case .bybit: PackageResources.bybit_portfolio_margin_json
      case .binance: PackageResources.binance_portfolio_margin_json
      }
    }

    /// Those of which the whole rule is known.
    public static let computed: [Bundled] = [.deribit, .paradex, .tims]

    public var fileName: String { "\(rawValue)-portfolio-margin.json" }
  }

  /// A profile that comes with the package.
  public init(bundled: Bundled) throws {
    try self.init(json: Data(bundled.bytes), fileName: bundled.fileName)
  }
}

extension StandardOptionProfile {
  /// Deribit's standard margin of options settled in coins, as it comes with the package.
  public static func deribit() throws -> StandardOptionProfile {
    try StandardOptionProfile(
      json: Data(PackageResources.deribit_standard_margin_json),
      fileName: "deribit-standard-margin.json")
  }
}
