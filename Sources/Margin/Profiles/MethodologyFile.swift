public import Foundation
public import RiskModels

/// A methodology in a file of parameters, whatever its kind: how users bring their own.
///
/// The file is the JSON of the kind's profile. Its field `methodology` names the kind
/// (``MethodologyKind``); without one it is a scenario grid. A field that the kind does not know is refused,
/// so that none is passed over for a slip of the pen.
public struct MethodologyFile: Sendable {
  public let kind: MethodologyKind
  private let json: Data
  private let fileName: String
  /// Where paths in the file begin.
  private let folder: URL

  private struct Header: Codable {
    var methodology: MethodologyKind?
  }

  /// - Throws: `MarginError.profile` where the file cannot be read, or names no kind that is known.
  public init(contentsOf url: URL) throws {
    guard let json = try? Data(contentsOf: url) else {
      throw MarginError.profile(
        url.lastPathComponent, field: "file", reason: "cannot be read: \(url.path)")
    }
    try self.init(
      json: json, fileName: url.lastPathComponent, folder: url.deletingLastPathComponent())
  }

  /// - Parameter folder: where paths in the file begin; the current folder by default.
  /// - Throws: `MarginError.profile`.
  public init(
    json: Data, fileName: String = "methodology", folder: URL = URL(filePath: ".")
  ) throws {
    try JSONText.requireValid(json, fileName: fileName)
    do {
      kind = try JSONDecoder().decode(Header.self, from: json).methodology ?? .scenarioGrid
    } catch let error as DecodingError {
      let (field, reason) = error.fieldAndReason
      let kinds = MethodologyKind.allCases.map(\.rawValue).joined(separator: ", ")
      throw MarginError.profile(
        fileName, field: field,
        reason: field == "methodology" ? "is none of \(kinds)" : reason)
    }
    (self.json, self.fileName, self.folder) = (json, fileName, folder)
  }

  /// Whether ``methodology(history:)`` asks for returns.
  public var needsHistory: Bool { kind == .historical }

  /// The methodology with the file's parameters.
  ///
  /// - Parameter history: gives the returns of the market's underlyings; asked for historical margin only.
  /// - Throws: `MarginError.profile` with the field at fault, and what `history` throws.
  public func methodology(
    history: () throws -> ReturnHistory
  ) throws -> any ConvexMarginMethodology {
    switch kind {
    case .scenarioGrid: return ScenarioGridMargin(profile: try profile())
    case .standardOptions: return StandardOptionMargin(profile: try profile())
    case .strategies:
      return StrategyMargin(profile: try profile(), shares: try own().shares ?? [:])
    case .leverage:
      return LeverageMargin(profile: try profile(), leverage: try own().leverage ?? [:])
    case .shortOptions: return ShortOptionMargin(profile: try profile())
    case .span: return SPANMargin(parameters: try profile())
    case .derivePortfolioMargin:
      return DerivePortfolioMargin(
        profile: try profile(), interestRate: try own().interestRate ?? 0)
    case .deriveStandard: return DeriveStandardMargin(profile: try profile())
    case .historical: return try historicalMargin(over: history())
    case .simm: return try simm()
    }
  }

  /// SIMM with the file's calibration, for files of sensitivities too.
  ///
  /// - Throws: `MarginError.profile` where the file is of another kind.
  public func simm() throws -> SIMMMargin {
    guard kind == .simm else {
      throw MarginError.profile(
        fileName, field: "methodology", reason: "is '\(kind.rawValue)' where 'simm' is needed")
    }
    return try (profile() as SIMMProfile).methodology(from: folder)
  }

  private func profile<Profile: MarginProfile>() throws -> Profile {
    let profile = try Profile(json: json, fileName: fileName)
    let known = kind.ownFields.union(["methodology"])
    if let field = try UnknownField.first(in: json, decodedAs: profile, besides: known) {
      throw MarginError.profile(fileName, field: field, reason: "is no field of '\(kind.rawValue)'")
    }
    return profile
  }

  // MARK: Fields beside the profile's

  private struct Own: Codable {
    struct Period: Codable {
      var from: String
      var through: String
    }

    var shares: [String: Double]?
    var leverage: [String: Double]?
    var interestRate: Double?
    var stressedPeriod: Period?
    var counterpartyClass: String?
    var paths: Int?
    var seed: UInt64?
  }

  private func own() throws -> Own {
    do {
      let own = try JSONDecoder().decode(Own.self, from: json)
      if let paths = own.paths, paths < 1 {
        throw MarginError.profile(fileName, field: "paths", reason: "\(paths) is not positive")
      }
      return own
    } catch let error as DecodingError {
      let (field, reason) = error.fieldAndReason
      throw MarginError.profile(fileName, field: field, reason: reason)
    }
  }

  private func historicalMargin(over history: ReturnHistory) throws -> HistoricalMargin {
    let own = try own()
    let stressed = try own.stressedPeriod.map { period in
      let rows = history.dates.indices.filter {
        (period.from...max(period.from, period.through)).contains(history.dates[$0])
      }
      guard let first = rows.first, let last = rows.last else {
        throw MarginError.profile(
          fileName, field: "stressedPeriod",
          reason: "no return from \(period.from) through \(period.through): the prices run from "
            + "\(history.dates.first ?? "none") through \(history.dates.last ?? "none")")
      }
      return first..<(last + 1)
    }
    return try HistoricalMargin(
      profile: profile(), history: history, stressedPeriod: stressed, paths: own.paths ?? 10_000,
      seed: own.seed ?? 1, counterpartyClass: own.counterpartyClass)
  }
}
