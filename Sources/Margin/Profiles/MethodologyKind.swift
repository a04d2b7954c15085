import Foundation

/// What kind of rule a file of parameters is of, as its field `methodology` says.
public enum MethodologyKind: String, Sendable, Hashable, Codable, CaseIterable {
  /// ``ScenarioGridProfile``; also meant by a file that says nothing.
  case scenarioGrid = "scenario-grid"
  /// ``StandardOptionProfile``.
  case standardOptions = "standard-options"
  /// ``StrategyMarginProfile``, and `shares` by underlying.
  case strategies
  /// ``LeverageProfile``, and `leverage` by instrument.
  case leverage
  /// ``ShortOptionProfile``.
  case shortOptions = "short-options"
  /// ``SPANParameters``.
  case span
  /// ``DerivePortfolioMarginProfile``, and `interestRate`.
  case derivePortfolioMargin = "derive-portfolio-margin"
  /// ``DeriveStandardMarginProfile``.
  case deriveStandard = "derive-standard"
  /// ``HistoricalMarginProfile``, with `stressedPeriod`, `counterpartyClass`, `paths` and `seed`.
  case historical
  /// ``SIMMProfile``.
  case simm

  /// The fields beside those of the profile that a file of this kind may have.
  var ownFields: Set<String> {
    switch self {
    case .strategies: ["shares"]
    case .leverage: ["leverage"]
    case .derivePortfolioMargin: ["interestRate"]
    case .historical: ["stressedPeriod", "counterpartyClass", "paths", "seed"]
    default: []
    }
  }
}

/// SIMM of listed contracts: where the calibration is, and in which bucket each underlying.
public struct SIMMProfile: MarginProfile, Hashable {
  public var name: String
  public var source: String
  public var effective: String
  public var notes: [String]?
  /// The path of the calibration (XML as of ORE, or JSON), from the folder of this file.
  public var calibration: String
  /// Days of the margin period, 10 or 1.
  public var horizonDays: Int?
  /// Who is asked; the side that posts by default.
  public var side: String?
  public var calculationCurrency: String?
  /// By underlying; none where only files of sensitivities are margined.
  public var assignments: [String: SIMMMargin.Assignment]?

  public var firstFault: (field: String, reason: String)? {
    if calibration.isEmpty { return ("calibration", "is empty") }
    if let horizonDays, horizonDays != 1 && horizonDays != 10 {
      return ("horizonDays", "\(horizonDays) is neither 1 nor 10")
    }
    if let side, SIMM.Side(rawValue: side) == nil {
      return ("side", "'\(side)' is none of \(SIMM.Side.allCases.map(\.rawValue))")
    }
    return nil
  }

  /// - Parameter folder: where the path of the calibration begins.
  /// - Throws: `MarginError.profile` with the field at fault.
  public func methodology(from folder: URL) throws -> SIMMMargin {
    let calibration = try SIMMCalibration(
      contentsOf: URL(filePath: calibration, relativeTo: folder))
    let simm = try SIMM(
      calibration: calibration, horizon: horizonDays == 1 ? .oneDay : .tenDay,
      calculationCurrency: calculationCurrency ?? "USD",
      side: side.flatMap { SIMM.Side(rawValue: $0) } ?? .post)
    do {
      return try SIMMMargin(simm: simm, assignments: assignments ?? [:])
    } catch {
      guard case .profile(_, let field, let reason) = error else { throw error }
      throw MarginError.profile(
        name, field: field, reason: "\(reason) in the calibration \(simm.calibration.name)")
    }
  }
}
