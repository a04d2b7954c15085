public import Foundation

extension SIMMCalibration {
  /// A calibration from JSON.
  ///
  /// - Throws: `MarginError.profile` with the field at fault.
  public init(json data: Data, fileName: String = "calibration") throws {
    do {
      self = try JSONDecoder().decode(SIMMCalibration.self, from: data)
    } catch let error as DecodingError {
      let (field, reason) = error.fieldAndReason
      throw MarginError.profile(fileName, field: field, reason: reason)
    }
    try validate()
  }

  /// Refuses a calibration with which a margin could not be computed.
  ///
  /// - Throws: `MarginError.profile` with the first field at fault.
  public func validate() throws(MarginError) {
    var check = CalibrationCheck()
    if name.isEmpty { check.fail("name", "is empty") }
    if source.isEmpty { check.fail("source", "is empty") }
    if (try? Date(effectiveDate, strategy: .iso8601.year().month().day())) == nil {
      check.fail("effectiveDate", "'\(effectiveDate)' is not a date as in 2023-12-02")
    }
    check.interestRate(interestRate)
    for riskClass in SIMMRiskClass.allCases {
      if let bucketed = bucketed(riskClass) { check.bucketed(bucketed, riskClass) }
    }
    if creditQualifying.baseCorrelation == nil {
      check.fail("creditQualifying.baseCorrelation", "is missing")
    }
    check.foreignExchange(foreignExchange)
    for first in SIMMRiskClass.allCases {
      for second in SIMMRiskClass.allCases where first != second {
        check.symmetric(
          riskClassCorrelations[first]?[second], riskClassCorrelations[second]?[first],
          "riskClassCorrelations.\(first.rawValue).\(second.rawValue)")
      }
    }
    if let (field, reason) = check.fault {
      throw .profile(name.isEmpty ? "calibration" : name, field: field, reason: reason)
    }
  }
}

/// The first fault of a calibration.
private struct CalibrationCheck {
  private(set) var fault: (field: String, reason: String)?

  mutating func fail(_ field: String, _ reason: String) {
    if fault == nil { fault = (field, reason) }
  }

  mutating func positive(_ value: Double?, _ field: String) {
    guard let value else { return fail(field, "is missing") }
    if !(value > 0 && value.isFinite) { fail(field, "\(value) is not a positive number") }
  }

  mutating func positive(_ value: SIMMCalibration.ByHorizon<Double>, _ field: String) {
    positive(value.tenDay, "\(field).tenDay")
    positive(value.oneDay, "\(field).oneDay")
  }

  mutating func correlation(_ value: Double?, _ field: String) {
    guard let value else { return fail(field, "is missing") }
    if !(value >= -1 && value <= 1) { fail(field, "\(value) is not in [−1, 1]") }
  }

  mutating func symmetric(_ value: Double?, _ mirrored: Double?, _ field: String) {
    correlation(value, field)
    if value != mirrored, let value {
      fail(field, "\(value) differs from \(mirrored.map { "\($0)" } ?? "what is missing") mirrored")
    }
  }

  mutating func groups(_ groups: SIMMCalibration.Groups, _ field: String) {
    var seen: [String: String] = [:]
    for (group, currencies) in groups.sorted(by: { $0.key < $1.key }) {
      for currency in currencies {
        if let other = seen.updateValue(group, forKey: currency) {
          fail("\(field).\(group)", "\(currency) is in group \(other) too")
        }
      }
    }
    if seen["Other"] == nil { fail(field, "no group has 'Other' currencies") }
  }

  mutating func interestRate(_ rates: SIMMCalibration.InterestRate) {
    let field = "interestRate"
    groups(rates.volatilityGroups, "\(field).volatilityGroups")
    for (weights, horizon) in [
      (rates.deltaWeights.tenDay, "tenDay"), (rates.deltaWeights.oneDay, "oneDay"),
    ] {
      for group in rates.volatilityGroups.keys.sorted() {
        for tenor in SIMMTenor.allCases {
          positive(
            weights[group]?[tenor],
            "\(field).deltaWeights.\(horizon).\(group).\(tenor.rawValue)")
        }
      }
    }
    positive(rates.inflationWeight, "\(field).inflationWeight")
    positive(rates.crossCurrencyBasisWeight, "\(field).crossCurrencyBasisWeight")
    positive(rates.vegaWeight, "\(field).vegaWeight")
    positive(rates.historicalVolatilityRatio, "\(field).historicalVolatilityRatio")
    for first in SIMMTenor.allCases {
      for second in SIMMTenor.allCases where first != second {
        symmetric(
          rates.tenorCorrelations[first]?[second], rates.tenorCorrelations[second]?[first],
          "\(field).tenorCorrelations.\(first.rawValue).\(second.rawValue)")
      }
    }
    correlation(rates.subCurveCorrelation, "\(field).subCurveCorrelation")
    correlation(rates.inflationCorrelation, "\(field).inflationCorrelation")
    correlation(rates.crossCurrencyBasisCorrelation, "\(field).crossCurrencyBasisCorrelation")
    correlation(rates.currencyCorrelation, "\(field).currencyCorrelation")
    groups(rates.concentrationGroups, "\(field).concentrationGroups")
    for group in rates.concentrationGroups.keys.sorted() {
      positive(rates.deltaThresholds[group], "\(field).deltaThresholds.\(group)")
      positive(rates.vegaThresholds[group], "\(field).vegaThresholds.\(group)")
    }
  }

  mutating func bucketed(_ table: SIMMCalibration.Bucketed, _ riskClass: SIMMRiskClass) {
    let name = riskClass.rawValue
    let field = name.prefix(1).lowercased() + name.dropFirst()
    let buckets = table.deltaWeights.tenDay.keys.sorted()
    if buckets.isEmpty { fail("\(field).deltaWeights.tenDay", "has no bucket") }
    for bucket in buckets {
      positive(table.deltaWeights.tenDay[bucket], "\(field).deltaWeights.tenDay.\(bucket)")
      positive(table.deltaWeights.oneDay[bucket], "\(field).deltaWeights.oneDay.\(bucket)")
      positive(table.vegaWeights.tenDay.of(bucket), "\(field).vegaWeights.tenDay.\(bucket)")
      positive(table.vegaWeights.oneDay.of(bucket), "\(field).vegaWeights.oneDay.\(bucket)")
      let correlations = table.nameCorrelations.of(bucket)
      correlation(correlations?.same, "\(field).nameCorrelations.\(bucket).same")
      correlation(correlations?.different, "\(field).nameCorrelations.\(bucket).different")
      positive(table.deltaThresholds.of(bucket), "\(field).deltaThresholds.\(bucket)")
      positive(table.vegaThresholds.of(bucket), "\(field).vegaThresholds.\(bucket)")
      for other in buckets
      where other != bucket && bucket != SIMMCalibration.residual
        && other != SIMMCalibration.residual
      {
        symmetric(
          table.bucketCorrelations[bucket]?[other], table.bucketCorrelations[other]?[bucket],
          "\(field).bucketCorrelations.\(bucket).\(other)")
      }
    }
    if let ratio = table.historicalVolatilityRatio {
      positive(ratio, "\(field).historicalVolatilityRatio")
    }
    if let base = table.baseCorrelation {
      positive(base.weight, "\(field).baseCorrelation.weight")
      correlation(base.correlation, "\(field).baseCorrelation.correlation")
    }
  }

  mutating func foreignExchange(_ table: SIMMCalibration.ForeignExchange) {
    let field = "foreignExchange"
    groups(table.volatilityGroups, "\(field).volatilityGroups")
    let groupNames = table.volatilityGroups.keys.sorted()
    if groupNames.count > 2 {
      fail("\(field).volatilityGroups", "has more than the two groups of SIMM 2.2 and later")
    }
    for first in groupNames {
      for second in groupNames {
        positive(
          table.deltaWeights.tenDay[first]?[second],
          "\(field).deltaWeights.tenDay.\(first).\(second)")
        positive(
          table.deltaWeights.oneDay[first]?[second],
          "\(field).deltaWeights.oneDay.\(first).\(second)")
        for third in groupNames {
          symmetric(
            table.correlations[first]?[second]?[third], table.correlations[first]?[third]?[second],
            "\(field).correlations.\(first).\(second).\(third)")
        }
      }
    }
    positive(table.vegaWeight, "\(field).vegaWeight")
    positive(table.historicalVolatilityRatio, "\(field).historicalVolatilityRatio")
    correlation(table.volatilityCorrelation, "\(field).volatilityCorrelation")
    groups(table.concentrationGroups, "\(field).concentrationGroups")
    for first in table.concentrationGroups.keys.sorted() {
      positive(table.deltaThresholds[first], "\(field).deltaThresholds.\(first)")
      for second in table.concentrationGroups.keys.sorted() {
        positive(table.vegaThresholds[first]?[second], "\(field).vegaThresholds.\(first).\(second)")
      }
    }
  }
}
