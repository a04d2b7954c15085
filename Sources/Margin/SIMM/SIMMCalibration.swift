/// The parameters of one version of ISDA SIMM, which the user supplies.
///
/// ISDA claims rights in the methodology and in its parameters: none come with the package. They are read
/// from JSON of this type's layout, or from the XML of Open Source Risk Engine; either is validated, with
/// errors that name the field. Risk weights are for sensitivities in the units of the format: one basis
/// point for rates and credit, one per cent for equities, commodities and currencies. Thresholds are in
/// millions of dollars for the same units.
public struct SIMMCalibration: Sendable, Hashable, Codable {
  /// What the version is called, as in `2.6`.
  public var name: String
  /// Where the parameters come from, in words.
  public var source: String
  /// The day from which the version is in force, as in `2023-12-02`.
  public var effectiveDate: String

  public var interestRate: InterestRate
  public var creditQualifying: Bucketed
  public var creditNonQualifying: Bucketed
  public var equity: Bucketed
  public var commodity: Bucketed
  public var foreignExchange: ForeignExchange
  /// ψ, the correlation of the margins of two risk classes.
  public var riskClassCorrelations: [SIMMRiskClass: [SIMMRiskClass: Double]]

  /// A parameter for each margin period of risk.
  public struct ByHorizon<Value: Sendable & Hashable & Codable>: Sendable, Hashable, Codable {
    public var tenDay: Value
    public var oneDay: Value

    public init(tenDay: Value, oneDay: Value) {
      self.tenDay = tenDay
      self.oneDay = oneDay
    }

    public subscript(horizon: SIMMHorizon) -> Value { horizon == .tenDay ? tenDay : oneDay }
  }

  /// Currencies by group; the group that lists `Other` has those that no group lists.
  public typealias Groups = [String: [String]]

  /// Interest rates, inflation and cross-currency basis; a bucket is a currency.
  public struct InterestRate: Sendable, Hashable, Codable {
    /// Currencies by volatility, for the risk weights.
    public var volatilityGroups: Groups
    /// RW by group and tenor.
    public var deltaWeights: ByHorizon<[String: [SIMMTenor: Double]]>
    public var inflationWeight: ByHorizon<Double>
    public var crossCurrencyBasisWeight: ByHorizon<Double>
    public var vegaWeight: ByHorizon<Double>
    public var historicalVolatilityRatio: ByHorizon<Double>
    /// ρ between tenors of a curve.
    public var tenorCorrelations: [SIMMTenor: [SIMMTenor: Double]]
    /// φ between sub-curves of a currency.
    public var subCurveCorrelation: Double
    /// Between inflation and any rate of the currency.
    public var inflationCorrelation: Double
    /// Between the cross-currency basis and any rate, or inflation, of the currency.
    public var crossCurrencyBasisCorrelation: Double
    /// γ between currencies.
    public var currencyCorrelation: Double
    /// Currencies by trading volume, for the thresholds.
    public var concentrationGroups: Groups
    public var deltaThresholds: [String: Double]
    public var vegaThresholds: [String: Double]
  }

  /// A risk class whose names lie in buckets: credit, equities, commodities.
  ///
  /// A parameter by bucket holds for the bucket that it names, or for all that it does not name where it
  /// has the key `All`.
  public struct Bucketed: Sendable, Hashable, Codable {
    /// The correlation of two sensitivities in a bucket.
    public struct NameCorrelation: Sendable, Hashable, Codable {
      /// Of the same issuer, or index family.
      public var same: Double
      public var different: Double

      public init(same: Double, different: Double) {
        self.same = same
        self.different = different
      }
    }

    public struct BaseCorrelation: Sendable, Hashable, Codable {
      public var weight: ByHorizon<Double>
      public var correlation: Double
    }

    /// RW by bucket: its keys are the buckets that there are.
    public var deltaWeights: ByHorizon<[String: Double]>
    public var vegaWeights: ByHorizon<[String: Double]>
    /// HVR; nil where the rule has none, which is 1.
    public var historicalVolatilityRatio: ByHorizon<Double>?
    /// ρ by bucket.
    public var nameCorrelations: [String: NameCorrelation]
    /// γ between buckets; the residual bucket has none.
    public var bucketCorrelations: [String: [String: Double]]
    public var deltaThresholds: [String: Double]
    public var vegaThresholds: [String: Double]
    /// Buckets of volatility indices, which have no curvature.
    public var bucketsWithoutCurvature: [String]?
    public var baseCorrelation: BaseCorrelation?
  }

  /// Exchange rates against the calculation currency.
  public struct ForeignExchange: Sendable, Hashable, Codable {
    /// Currencies by volatility, for risk weights and correlations.
    public var volatilityGroups: Groups
    /// RW by the group of the calculation currency and that of the currency; for volatility by those of
    /// the pair.
    public var deltaWeights: ByHorizon<[String: [String: Double]]>
    public var vegaWeight: ByHorizon<Double>
    public var historicalVolatilityRatio: ByHorizon<Double>
    /// ρ by the group of the calculation currency, and those of the two currencies.
    public var correlations: [String: [String: [String: Double]]]
    /// ρ between the volatilities of two pairs.
    public var volatilityCorrelation: Double
    /// Currencies by trading volume, for the thresholds.
    public var concentrationGroups: Groups
    public var deltaThresholds: [String: Double]
    /// By the groups of both currencies of the pair.
    public var vegaThresholds: [String: [String: Double]]
  }

  /// The name of the bucket that stands alone.
  static let residual = "Residual"

  /// The risk classes with buckets.
  func bucketed(_ riskClass: SIMMRiskClass) -> Bucketed? {
    switch riskClass {
    case .creditQualifying: creditQualifying
    case .creditNonQualifying: creditNonQualifying
    case .equity: equity
    case .commodity: commodity
    case .interestRate, .foreignExchange: nil
    }
  }
}

extension Dictionary where Key == String, Value == [String] {
  /// The group of a currency; nil where none lists it, and none has the others.
  func group(of currency: String) -> String? {
    first { $0.value.contains(currency) }?.key ?? first { $0.value.contains("Other") }?.key
  }
}

extension Dictionary where Key == String {
  /// What is stated for a bucket, or for all.
  func of(_ bucket: String) -> Value? { self[bucket] ?? self["All"] }
}
