/// One row of a Common Risk Interchange Format file: a sensitivity, an add-on, or the value or notional
/// of a trade under the regulatory schedule.
public struct CRIFRecord: Sendable, Hashable {
  /// What a row states, by the names of the format.
  public enum RiskType: String, Sendable, Hashable, CaseIterable {
    case interestRateCurve = "Risk_IRCurve"
    case inflation = "Risk_Inflation"
    case crossCurrencyBasis = "Risk_XCcyBasis"
    case interestRateVolatility = "Risk_IRVol"
    case inflationVolatility = "Risk_InflationVol"
    case creditQualifying = "Risk_CreditQ"
    case creditVolatility = "Risk_CreditVol"
    case baseCorrelation = "Risk_BaseCorr"
    case creditNonQualifying = "Risk_CreditNonQ"
    case creditNonQualifyingVolatility = "Risk_CreditVolNonQ"
    case equity = "Risk_Equity"
    case equityVolatility = "Risk_EquityVol"
    case commodity = "Risk_Commodity"
    case commodityVolatility = "Risk_CommodityVol"
    case foreignExchange = "Risk_FX"
    case foreignExchangeVolatility = "Risk_FXVol"
    case productClassMultiplier = "Param_ProductClassMultiplier"
    case addOnNotionalFactor = "Param_AddOnNotionalFactor"
    case addOnFixedAmount = "Param_AddOnFixedAmount"
    case notional = "Notional"
    case presentValue = "PV"
  }

  public var riskType: RiskType
  /// `RatesFX`, `Credit`, `Equity` or `Commodity` for SIMM; `Rates`, `FX`, `Credit`, `Equity`,
  /// `Commodity` or `Other` for the schedule; empty for add-ons.
  public var productClass: String
  /// A currency, a pair of currencies, an issuer, an underlying; for an add-on, what it is for.
  public var qualifier: String
  public var bucket: String
  /// The tenor.
  public var label1: String
  /// The sub-curve, or the payment currency or index family of a credit sensitivity.
  public var label2: String
  /// US dollars; for a multiplier a plain factor, for a notional factor per cent.
  public var amount: Double
  public var tradeID: String
  public var portfolioID: String
  /// As the file writes it, for the schedule.
  public var endDate: String
  /// `SIMM`, `Schedule`, or empty.
  public var model: String
  /// The line of the file, from 1; nil where the record comes from no file.
  public var line: Int?

  public init(
    _ riskType: RiskType, productClass: String = "", qualifier: String = "", bucket: String = "",
    label1: String = "", label2: String = "", amount: Double, tradeID: String = "",
    portfolioID: String = "", endDate: String = "", model: String = "", line: Int? = nil
  ) {
    self.riskType = riskType
    self.productClass = productClass
    self.qualifier = qualifier
    self.bucket = bucket
    self.label1 = label1
    self.label2 = label2
    self.amount = amount
    self.tradeID = tradeID
    self.portfolioID = portfolioID
    self.endDate = endDate
    self.model = model
    self.line = line
  }
}

/// The rows of a Common Risk Interchange Format file.
public struct CRIF: Sendable, Hashable {
  /// The name of the file, for errors.
  public var name: String
  public var records: [CRIFRecord]

  public init(_ records: [CRIFRecord] = [], name: String = "CRIF") {
    self.name = name
    self.records = records
  }

  /// The error of a field of one of the records.
  func error(_ record: CRIFRecord, _ field: String, _ problem: String) -> CRIFError {
    CRIFError(file: name, line: record.line, field: field, problem: problem)
  }
}

/// Why a CRIF cannot be used: the file, the line, the field, and what is wrong there.
public struct CRIFError: Error, Sendable, Hashable, CustomStringConvertible {
  public var file: String
  public var line: Int?
  public var field: String?
  public var problem: String

  public init(file: String, line: Int? = nil, field: String? = nil, problem: String) {
    self.file = file
    self.line = line
    self.field = field
    self.problem = problem
  }

  public var description: String {
    "\(file)\(line.map { ", line \($0)" } ?? ""): \(field.map { "\($0): " } ?? "")\(problem)"
  }
}
