public import Pricing

/// ISDA SIMM of a book of listed or bilateral options, futures and perpetuals, from the Greeks of its market.
///
/// Sensitivities are those of the format: the change of value in dollars for a move of one per cent of the
/// price, and for one point (0.01) of implied volatility, the latter between the two tenors nearest to the
/// expiry. No version of SIMM that was verified has a bucket for crypto-assets, so which bucket an underlying
/// is in is the user's to say.
public struct SIMMMargin: ConvexMarginMethodology {
  /// Where an underlying belongs.
  public struct Assignment: Sendable, Hashable, Codable {
    public var productClass: String
    /// `Commodity` or `Equity`.
    public var riskClass: SIMMRiskClass
    public var bucket: String
    /// The name under which it is netted.
    public var qualifier: String

    public init(productClass: String, riskClass: SIMMRiskClass, bucket: String, qualifier: String) {
      self.productClass = productClass
      self.riskClass = riskClass
      self.bucket = bucket
      self.qualifier = qualifier
    }
  }

  public let simm: SIMM
  /// By underlying.
  public let assignments: [String: Assignment]

  /// - Throws: `MarginError.profile` where an assignment is to no bucket of the calibration.
  public init(simm: SIMM, assignments: [String: Assignment]) throws(MarginError) {
    for (underlying, assignment) in assignments.sorted(by: { $0.key < $1.key }) {
      func fault(_ field: String, _ reason: String) -> MarginError {
        .profile(
          simm.calibration.name, field: "assignments.\(underlying).\(field)", reason: reason)
      }
      guard assignment.riskClass == .commodity || assignment.riskClass == .equity,
        let table = simm.calibration.bucketed(assignment.riskClass)
      else {
        throw fault(
          "riskClass", "'\(assignment.riskClass.rawValue)' is neither Commodity nor Equity")
      }
      if SIMMProductClass(rawValue: assignment.productClass) == nil {
        throw fault("productClass", "'\(assignment.productClass)' is not known")
      }
      if table.deltaWeights[simm.horizon][assignment.bucket] == nil {
        throw fault("bucket", "'\(assignment.bucket)' is not known")
      }
      if assignment.qualifier.isEmpty { throw fault("qualifier", "is empty") }
    }
    self.simm = simm
    self.assignments = assignments
  }

  public var name: String { simm.name }

  /// The margin; SIMM has one level only, so both are the same.
  public func margin(
    _ level: MarginLevel, on portfolio: Portfolio, in market: Market
  ) throws -> MarginRequirement {
    try simm.requirement(for: sensitivities(of: portfolio, in: market))
  }

  /// The sensitivities of a book, a row for each position and tenor.
  ///
  /// - Throws: `MarketError` where the market lacks a quote, `MarginError.underlyingNotCovered` where an
  ///   underlying has no assignment.
  public func sensitivities(of portfolio: Portfolio, in market: Market) throws -> CRIF {
    try portfolio.requireFiniteQuantities()
    return CRIF(
      try portfolio.positions.flatMap { position in
        try records(of: position.instrument, in: market).map {
          var record = $0
          record.amount *= position.quantity
          return record
        }
      }, name: "sensitivities of the book")
  }

  public func marginFunction(
    _ level: MarginLevel, trading instruments: [Instrument], on portfolio: Portfolio,
    in market: Market
  ) throws -> MarginFunction {
    let held = try sensitivities(of: portfolio, in: market)
    let traded = try instruments.map { try records(of: $0, in: market) }
    // Netted with the trades at zero, the book has every sensitivity that a trade can have.
    let reachable = traded.flatMap { records in
      records.map { record in
        var record = record
        record.amount = 0
        return record
      }
    }
    let netted = try simm.portfolio(CRIF(held.records + reachable, name: held.name))
    var slopes = [[Double]](
      repeating: [Double](repeating: 0, count: instruments.count),
      count: netted.sensitivities.count)
    let places = Dictionary(
      uniqueKeysWithValues: netted.sensitivities.enumerated().map { ($1, $0) })
    for (j, records) in traded.enumerated() {
      let alone = try simm.portfolio(CRIF(records, name: instruments[j].name))
      for (sensitivity, amount) in zip(alone.sensitivities, alone.amounts) {
        if let i = places[sensitivity] { slopes[i][j] = amount }
      }
    }
    return netted.marginFunction(
      amounts: zip(slopes, netted.amounts).map { AffineFunction($0, constant: $1) })
  }

  /// The sensitivities of one coin of an instrument.
  private func records(of instrument: Instrument, in market: Market) throws -> [CRIFRecord] {
    guard let place = assignments[instrument.underlying] else {
      throw MarginError.underlyingNotCovered(
        instrument.underlying, profile: simm.name, covered: Array(assignments.keys))
    }
    let quote = try market.quote(for: instrument)
    let greeks = try quote.greeks(at: market.time)
    let isEquity = place.riskClass == .equity
    func record(
      _ riskType: CRIFRecord.RiskType, _ amount: Double, tenor: SIMMTenor? = nil
    ) -> CRIFRecord {
      CRIFRecord(
        riskType, productClass: place.productClass, qualifier: place.qualifier,
        bucket: place.bucket, label1: tenor?.rawValue ?? "", amount: amount)
    }
    var records = [record(isEquity ? .equity : .commodity, 0.01 * greeks.delta * quote.forward)]
    if case .option(let expiry, _, _) = instrument.kind {
      let days = 365 * expiry.years(since: market.time)
      for (tenor, weight) in SIMMTenor.weights(days: days) where weight != 0 {
        records.append(
          record(
            isEquity ? .equityVolatility : .commodityVolatility, 0.01 * greeks.vega * weight,
            tenor: tenor))
      }
    }
    return records
  }
}

extension SIMMTenor {
  /// The tenors between which a number of days lies, and its share of each; one at either end.
  static func weights(days: Double) -> [(SIMMTenor, Double)] {
    guard let upper = allCases.firstIndex(where: { $0.days >= days }) else {
      return [(.thirtyYears, 1)]
    }
    if upper == 0 { return [(.twoWeeks, 1)] }
    let (near, far) = (allCases[upper - 1], allCases[upper])
    let share = (days - near.days) / (far.days - near.days)
    return [(near, 1 - share), (far, share)]
  }
}
