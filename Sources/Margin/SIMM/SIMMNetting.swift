/// Nets the rows of a CRIF, and refuses those that SIMM does not have.
struct SIMMNetting {
  private let crif: CRIF
  private let simm: SIMM
  private var amounts: [SIMMSensitivity: Double] = [:]
  /// What a bucket of a risk class may be.
  private let buckets: [SIMMRiskClass: Set<String>]
  private var multiplierRecords: [CRIFRecord] = []
  private var factorRecords: [CRIFRecord] = []
  private var fixedRecords: [CRIFRecord] = []
  private var notionals: [String: Double] = [:]

  init(_ crif: CRIF, under simm: SIMM) {
    self.crif = crif
    self.simm = simm
    buckets = Dictionary(
      uniqueKeysWithValues: SIMMRiskClass.allCases.map {
        ($0, Set(simm.calibration.bucketed($0)?.deltaWeights[simm.horizon].keys.map(\.self) ?? []))
      })
  }

  mutating func net() throws(CRIFError) {
    amounts.reserveCapacity(crif.records.count)
    for record in crif.records where record.model != "Schedule" {
      if !record.amount.isFinite {
        throw crif.error(record, "AmountUSD", "\(record.amount) is not a finite number")
      }
      switch record.riskType {
      case .productClassMultiplier: multiplierRecords.append(record)
      case .addOnNotionalFactor: factorRecords.append(record)
      case .addOnFixedAmount: fixedRecords.append(record)
      case .notional: notionals[record.qualifier, default: 0] += record.amount
      case .presentValue: continue
      default: amounts[try sensitivity(of: record), default: 0] += record.amount
      }
    }
  }

  /// The sensitivity that a row belongs to.
  private func sensitivity(of record: CRIFRecord) throws(CRIFError) -> SIMMSensitivity {
    guard let productClass = SIMMProductClass(rawValue: record.productClass) else {
      throw crif.error(
        record, "ProductClass",
        "'\(record.productClass)' is not known (known are "
          + SIMMProductClass.allCases.map(\.rawValue).joined(separator: ", ") + ")")
    }
    var result = SIMMSensitivity(
      productClass: productClass, riskType: record.riskType, qualifier: record.qualifier,
      bucket: "", tenor: nil, label2: "")
    if record.qualifier.isEmpty { throw crif.error(record, "Qualifier", "is empty") }
    let riskType = record.riskType
    switch riskType.riskClass {
    case .interestRate: try requireCurrency(record)
    case .foreignExchange:
      if riskType == .foreignExchangeVolatility {
        result.qualifier = try pair(of: record)
      } else {
        try requireCurrency(record)
      }
    default: if riskType != .baseCorrelation { result.bucket = try bucket(of: record) }
    }
    if riskType.hasTenor { result.tenor = try tenor(of: record) }
    switch riskType {
    case .interestRateCurve:
      guard Self.subCurves.contains(record.label2) else {
        throw crif.error(
          record, "Label2",
          "'\(record.label2)' is no sub-curve (known are "
            + Self.subCurves.joined(separator: ", ") + ")")
      }
      result.label2 = record.label2
    case .creditQualifying, .creditVolatility, .creditNonQualifying,
      .creditNonQualifyingVolatility:
      result.label2 = record.label2
    default: break
    }
    return result
  }

  static let subCurves = [
    "OIS", "Libor1m", "Libor3m", "Libor6m", "Libor12m", "Prime", "Municipal",
  ]

  private func requireCurrency(_ record: CRIFRecord) throws(CRIFError) {
    if !record.qualifier.isCurrencyCode {
      throw crif.error(record, "Qualifier", "'\(record.qualifier)' is not a currency code")
    }
    // The currency decides the group; a bucket that names none at all is a slip.
    let groups = simm.calibration.interestRate.volatilityGroups
    if record.riskType == .interestRateCurve, !record.bucket.isEmpty, groups[record.bucket] == nil {
      throw crif.error(
        record, "Bucket",
        "'\(record.bucket)' is not known (known are "
          + groups.keys.sorted().joined(separator: ", ") + ")")
    }
  }

  /// Both orders of a pair are one.
  private func pair(of record: CRIFRecord) throws(CRIFError) -> String {
    let first = String(record.qualifier.prefix(3))
    let second = String(record.qualifier.dropFirst(3))
    guard first.isCurrencyCode, second.isCurrencyCode, first != second else {
      throw crif.error(
        record, "Qualifier", "'\(record.qualifier)' is not a pair of currencies as in EURUSD")
    }
    return first < second ? first + second : second + first
  }

  private func bucket(of record: CRIFRecord) throws(CRIFError) -> String {
    guard let known = record.riskType.riskClass.flatMap({ buckets[$0] }) else { return "" }
    if known.contains(record.bucket) { return record.bucket }
    // "residual" in any case is the one.
    let residual = SIMMCalibration.residual
    if record.bucket.lowercased() == residual.lowercased(), known.contains(residual) {
      return residual
    }
    throw crif.error(
      record, "Bucket",
      "'\(record.bucket)' is not known for \(record.riskType.rawValue) (known are "
        + known.sorted(by: bucketPrecedes).joined(separator: ", ") + ")")
  }

  private func tenor(of record: CRIFRecord) throws(CRIFError) -> SIMMTenor {
    let isCredit =
      record.riskType.riskClass == .creditQualifying
      || record.riskType.riskClass == .creditNonQualifying
    guard let tenor = SIMMTenor(rawValue: record.label1.lowercased()),
      !isCredit || SIMMTenor.creditTenors.contains(tenor)
    else {
      let known = SIMMTenor.allCases.filter { !isCredit || SIMMTenor.creditTenors.contains($0) }
      throw crif.error(
        record, "Label1",
        "'\(record.label1)' is no tenor of \(record.riskType.rawValue) (known are "
          + known.map(\.rawValue).joined(separator: ", ") + ")")
    }
    return tenor
  }

  /// The sensitivities in a fixed order.
  func sorted() -> (sensitivities: [SIMMSensitivity], amounts: [Double]) {
    let sorted = amounts.map {
      // The number of a bucket is read once, not at each comparison.
      (key: $0.key, order: $0.key.order, bucket: Int($0.key.bucket) ?? .max, amount: $0.value)
    }.sorted {
      let (a, b) = ($0, $1)
      if a.order != b.order { return a.order < b.order }
      if a.bucket != b.bucket { return a.bucket < b.bucket }
      if a.key.bucket != b.key.bucket { return a.key.bucket < b.key.bucket }
      if a.key.qualifier != b.key.qualifier { return a.key.qualifier < b.key.qualifier }
      let (i, j) = (a.key.tenor?.index ?? -1, b.key.tenor?.index ?? -1)
      return i != j ? i < j : a.key.label2 < b.key.label2
    }
    return (sorted.map(\.key), sorted.map(\.amount))
  }

  /// The factor of each product class that has one.
  ///
  /// - Throws: ``CRIFError`` where it is below one, or stated twice with different values.
  func multipliers() throws(CRIFError) -> [SIMMProductClass: Double] {
    var result: [SIMMProductClass: Double] = [:]
    for record in multiplierRecords {
      let name = record.qualifier.isEmpty ? record.productClass : record.qualifier
      guard let productClass = SIMMProductClass(rawValue: name) else {
        throw crif.error(record, "Qualifier", "'\(name)' is no product class")
      }
      if record.amount < 1 {
        throw crif.error(record, "Amount", "\(record.amount) is below 1, which no multiplier is")
      }
      if let other = result.updateValue(record.amount, forKey: productClass),
        other != record.amount
      {
        throw crif.error(
          record, "Amount",
          "the multiplier of \(name) is \(other) in another row: keep the one of your regulation")
      }
    }
    return result
  }

  /// Fixed amounts, and notionals times their factors.
  ///
  /// - Throws: ``CRIFError`` where a factor is negative, or stated twice with different values.
  func addOns() throws(CRIFError) -> [MarginRequirement] {
    var parts: [MarginRequirement] = []
    if !fixedRecords.isEmpty {
      parts.append(
        MarginRequirement(
          "fixed add-on", .sum,
          of: fixedRecords.map {
            MarginRequirement($0.qualifier.isEmpty ? "amount" : $0.qualifier, $0.amount)
          }))
    }
    var factors: [String: Double] = [:]
    for record in factorRecords {
      if record.amount < 0 { throw crif.error(record, "Amount", "\(record.amount) is negative") }
      if let other = factors.updateValue(record.amount, forKey: record.qualifier) {
        if other == record.amount { continue }
        throw crif.error(
          record, "Amount", "the factor of \(record.qualifier) is \(other) in another row")
      }
      guard let notional = notionals[record.qualifier] else { continue }
      parts.append(
        MarginRequirement(
          "\(record.amount) % of the notional of \(record.qualifier)",
          .scaled(by: record.amount / 100),
          of: [MarginRequirement("notional of \(record.qualifier)", notional)]))
    }
    return parts
  }
}

/// Buckets by their numbers; those that are none come last.
func bucketPrecedes(_ a: String, _ b: String) -> Bool {
  switch (Int(a), Int(b)) {
  case (let i?, let j?): i < j
  case (nil, nil): a < b
  case (let i, _): i != nil
  }
}

extension CRIFRecord.RiskType {
  /// The risk class of a sensitivity; nil for what is none.
  var riskClass: SIMMRiskClass? {
    switch self {
    case .interestRateCurve, .inflation, .crossCurrencyBasis, .interestRateVolatility,
      .inflationVolatility:
      .interestRate
    case .creditQualifying, .creditVolatility, .baseCorrelation: .creditQualifying
    case .creditNonQualifying, .creditNonQualifyingVolatility: .creditNonQualifying
    case .equity, .equityVolatility: .equity
    case .commodity, .commodityVolatility: .commodity
    case .foreignExchange, .foreignExchangeVolatility: .foreignExchange
    case .productClassMultiplier, .addOnNotionalFactor, .addOnFixedAmount, .notional,
      .presentValue:
      nil
    }
  }

  var isVolatility: Bool {
    switch self {
    case .interestRateVolatility, .inflationVolatility, .creditVolatility,
      .creditNonQualifyingVolatility, .equityVolatility, .commodityVolatility,
      .foreignExchangeVolatility:
      true
    default: false
    }
  }

  var hasTenor: Bool {
    isVolatility || self == .interestRateCurve || self == .creditQualifying
      || self == .creditNonQualifying
  }
}

extension SIMMSensitivity {
  /// Product class, risk class and risk type as one number, by which sensitivities are sorted first.
  var order: Int {
    let product = Self.productOrder[productClass] ?? 0
    let risk = riskType.riskClass.flatMap { Self.riskOrder[$0] } ?? 0
    return (product * 16 + risk) * 64 + (Self.typeOrder[riskType] ?? 0)
  }

  private static let productOrder = positions(SIMMProductClass.allCases)
  private static let riskOrder = positions(SIMMRiskClass.allCases)
  private static let typeOrder = positions(CRIFRecord.RiskType.allCases)

  private static func positions<Key: Hashable>(_ keys: [Key]) -> [Key: Int] {
    Dictionary(uniqueKeysWithValues: keys.enumerated().map { ($1, $0) })
  }
}
