import Foundation

extension ScenarioGridProfile {
  /// The profiles that come with the package, by the short names that commands use.
  ///
  /// They are the data files beside this source, each with its source, its date, and what of it
  /// was verified. Venues change parameters: a current file of the same layout replaces them.
  public enum Bundled: String, Sendable, CaseIterable {
    case deribit
    case paradex

    fileprivate var bytes: [UInt8] {
      switch self {
      case .deribit: PackageResources.deribit_portfolio_margin_json
      case .paradex: PackageResources.paradex_portfolio_margin_json
      }
    }

    public var fileName: String { "\(rawValue)-portfolio-margin.json" }
  }

  /// A profile that comes with the package.
  public init(bundled: Bundled) throws {
    try self.init(json: Data(bundled.bytes), fileName: bundled.fileName)
  }
}
