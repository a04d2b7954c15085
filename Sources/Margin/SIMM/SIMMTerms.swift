/// The product classes, whose margins are added up.
public enum SIMMProductClass: String, Sendable, Hashable, CaseIterable {
  case ratesFX = "RatesFX"
  case credit = "Credit"
  case equity = "Equity"
  case commodity = "Commodity"
}

/// The risk classes, which are correlated within a product class.
public enum SIMMRiskClass: String, Sendable, Hashable, Codable, CaseIterable,
  CodingKeyRepresentable
{
  case interestRate = "InterestRate"
  case creditQualifying = "CreditQualifying"
  case creditNonQualifying = "CreditNonQualifying"
  case equity = "Equity"
  case commodity = "Commodity"
  case foreignExchange = "FX"
}

/// The margins of a risk class, which are added up.
public enum SIMMMarginType: String, Sendable, Hashable, CaseIterable {
  case delta = "Delta"
  case vega = "Vega"
  case curvature = "Curvature"
  case baseCorrelation = "BaseCorr"
}

/// The margin period of risk.
public enum SIMMHorizon: Int, Sendable, Hashable, CaseIterable {
  case tenDay = 10
  case oneDay = 1

  /// Calendar days, fourteen for ten business days.
  var calendarDays: Double { 1.4 * Double(rawValue) }
}

/// The tenors of rates and of options.
public enum SIMMTenor: String, Sendable, Hashable, Codable, CaseIterable, CodingKeyRepresentable {
  case twoWeeks = "2w"
  case oneMonth = "1m"
  case threeMonths = "3m"
  case sixMonths = "6m"
  case oneYear = "1y"
  case twoYears = "2y"
  case threeYears = "3y"
  case fiveYears = "5y"
  case tenYears = "10y"
  case fifteenYears = "15y"
  case twentyYears = "20y"
  case thirtyYears = "30y"

  /// Calendar days, of which a year has 365 and a month a twelfth of that.
  public var days: Double {
    switch self {
    case .twoWeeks: 14
    case .oneMonth: 365.0 / 12
    case .threeMonths: 365.0 / 4
    case .sixMonths: 365.0 / 2
    case .oneYear: 365
    case .twoYears: 2 * 365
    case .threeYears: 3 * 365
    case .fiveYears: 5 * 365
    case .tenYears: 10 * 365
    case .fifteenYears: 15 * 365
    case .twentyYears: 20 * 365
    case .thirtyYears: 30 * 365
    }
  }

  /// Tenors of credit spreads.
  static let creditTenors: Set<SIMMTenor> = [
    .oneYear, .twoYears, .threeYears, .fiveYears, .tenYears,
  ]

  /// The position in ``allCases``.
  var index: Int { Self.positions[self] ?? 0 }
  private static let positions = Dictionary(
    uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })
}
