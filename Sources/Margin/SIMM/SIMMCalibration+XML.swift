public import Foundation

extension SIMMCalibration {
  /// A calibration read from a file: XML in the layout of Open Source Risk Engine where the name ends in
  /// `xml`, this type's JSON otherwise.
  ///
  /// - Throws: `MarginError.profile` with the field at fault.
  public init(contentsOf url: URL) throws {
    let name = url.lastPathComponent
    guard let data = try? Data(contentsOf: url) else {
      throw MarginError.profile(name, field: "file", reason: "cannot be read: \(url.path)")
    }
    if url.pathExtension.lowercased() == "xml" {
      try self.init(xml: data, fileName: name)
    } else {
      try self.init(json: data, fileName: name)
    }
  }

  /// A calibration from XML in the layout of Open Source Risk Engine's `SIMMCalibrationData`, of which the
  /// first `SIMMCalibration` is read.
  ///
  /// - Throws: `MarginError.profile` with the field at fault.
  public init(xml data: Data, fileName: String = "calibration") throws {
    let root = try XMLElement.root(of: data, fileName: fileName)
    let file = CalibrationXML(fileName: fileName, path: "", element: root)
    let calibration = root.name == "SIMMCalibration" ? file : try file.child("SIMMCalibration")
    let names = try calibration.child("VersionNames").element.children(named: "Name").map(\.text)
    // Of the names that are no alias, the last is the one that the version is known by.
    name = names.last { $0 != "latest" } ?? fileName
    source = "\(fileName), layout of Open Source Risk Engine"
    effectiveDate = try calibration.child("AdditionalFields").child("SIMM_EffectiveDate").element
      .text
    interestRate = try InterestRate(calibration.child("InterestRate"))
    creditQualifying = try Bucketed(calibration.child("CreditQualifying"), .creditQualifying)
    creditNonQualifying = try Bucketed(
      calibration.child("CreditNonQualifying"), .creditNonQualifying)
    equity = try Bucketed(calibration.child("Equity"), .equity)
    commodity = try Bucketed(calibration.child("Commodity"), .commodity)
    foreignExchange = try ForeignExchange(calibration.child("FX"))
    riskClassCorrelations = [:]
    for (first, row) in try calibration.child("RiskClassCorrelations").pairs() {
      guard let first = SIMMRiskClass(rawValue: first) else {
        throw calibration.error("RiskClassCorrelations", "'\(first)' is no risk class")
      }
      for (second, value) in row {
        guard let second = SIMMRiskClass(rawValue: second) else {
          throw calibration.error("RiskClassCorrelations", "'\(second)' is no risk class")
        }
        riskClassCorrelations[first, default: [:]][second] = value
      }
    }
    try validate()
  }
}

/// An element of a calibration with its path, for errors.
private struct CalibrationXML {
  let fileName: String
  let path: String
  let element: XMLElement

  func error(_ field: String, _ reason: String) -> MarginError {
    .profile(fileName, field: path.isEmpty ? field : "\(path).\(field)", reason: reason)
  }

  func child(_ name: String, horizon: SIMMHorizon? = nil) throws(MarginError) -> CalibrationXML {
    let found = element.children(named: name).first {
      horizon == nil || $0.attributes["mporDays"] == "\(horizon!.rawValue)"
    }
    let label = horizon.map { "\(name)[mporDays=\($0.rawValue)]" } ?? name
    guard let found else { throw error(label, "is missing") }
    return CalibrationXML(
      fileName: fileName, path: path.isEmpty ? label : "\(path).\(label)", element: found)
  }

  func number() throws(MarginError) -> Double {
    try number(of: element, "")
  }

  private func number(of element: XMLElement, _ label: String) throws(MarginError) -> Double {
    guard let value = Double(element.text), value.isFinite else {
      throw .profile(
        fileName, field: label.isEmpty ? path : "\(path).\(label)",
        reason: "'\(element.text)' is not a finite number")
    }
    return value
  }

  /// A number for each horizon.
  func byHorizon(_ name: String) throws(MarginError) -> SIMMCalibration.ByHorizon<Double> {
    .init(
      tenDay: try child(name, horizon: .tenDay).number(),
      oneDay: try child(name, horizon: .oneDay).number())
  }

  /// The value of a reader for each horizon.
  func byHorizon<Value: Sendable & Hashable & Codable>(
    _ name: String, _ read: (CalibrationXML) throws -> Value
  ) throws -> SIMMCalibration.ByHorizon<Value> {
    .init(
      tenDay: try read(child(name, horizon: .tenDay)),
      oneDay: try read(child(name, horizon: .oneDay)))
  }

  /// Numbers by the attribute `bucket`, or by `All` where there is none.
  func byBucket() throws(MarginError) -> [String: Double] {
    var values: [String: Double] = [:]
    for child in element.children {
      let bucket = child.attributes["bucket"] ?? "All"
      values[bucket] = try number(of: child, "\(child.name)[\(bucket)]")
    }
    return values
  }

  /// Numbers by two attributes.
  func pairs(
    _ first: String = "label1", _ second: String = "label2"
  ) throws(MarginError) -> [String: [String: Double]] {
    var values: [String: [String: Double]] = [:]
    for child in element.children {
      let (row, column) = (child.attributes[first] ?? "", child.attributes[second] ?? "")
      values[row, default: [:]][column] = try number(of: child, "\(child.name)[\(row), \(column)]")
    }
    return values
  }

  /// Numbers by an attribute and a tenor.
  func tenors(by first: String, _ second: String) throws(MarginError)
    -> [String: [SIMMTenor: Double]]
  {
    var values: [String: [SIMMTenor: Double]] = [:]
    for (row, columns) in try pairs(first, second) {
      for (label, value) in columns {
        guard let tenor = SIMMTenor(rawValue: label) else {
          throw error(second, "'\(label)' is no tenor")
        }
        values[row, default: [:]][tenor] = value
      }
    }
    return values
  }

  /// Currencies by the attribute `bucket`.
  func groups() throws(MarginError) -> SIMMCalibration.Groups {
    var groups: SIMMCalibration.Groups = [:]
    for child in try child("CurrencyLists").element.children {
      groups[child.attributes["bucket"] ?? "", default: []].append(child.text)
    }
    return groups
  }
}

extension SIMMCalibration.InterestRate {
  fileprivate init(_ xml: CalibrationXML) throws {
    let weights = try xml.child("RiskWeights")
    let correlations = try xml.child("Correlations")
    let thresholds = try xml.child("ConcentrationThresholds")
    volatilityGroups = try weights.groups()
    deltaWeights = try weights.byHorizon("Delta") { try $0.tenors(by: "bucket", "label1") }
    inflationWeight = try weights.byHorizon("Inflation")
    crossCurrencyBasisWeight = try weights.byHorizon("XCcyBasis")
    vegaWeight = try weights.byHorizon("Vega") { try $0.child("Weight").number() }
    historicalVolatilityRatio = try weights.byHorizon("HistoricalVolatilityRatio")
    tenorCorrelations = [:]
    for (label, row) in try correlations.child("IntraBucket").tenors(by: "label1", "label2") {
      guard let tenor = SIMMTenor(rawValue: label) else {
        throw correlations.error("IntraBucket.label1", "'\(label)' is no tenor")
      }
      tenorCorrelations[tenor] = row
    }
    subCurveCorrelation = try correlations.child("SubCurves").number()
    inflationCorrelation = try correlations.child("Inflation").number()
    crossCurrencyBasisCorrelation = try correlations.child("XCcyBasis").number()
    currencyCorrelation = try correlations.child("Outer").number()
    concentrationGroups = try thresholds.groups()
    deltaThresholds = try thresholds.child("Delta").byBucket()
    vegaThresholds = try thresholds.child("Vega").byBucket()
  }
}

extension SIMMCalibration.Bucketed {
  fileprivate init(_ xml: CalibrationXML, _ riskClass: SIMMRiskClass) throws {
    let weights = try xml.child("RiskWeights")
    let correlations = try xml.child("Correlations")
    let thresholds = try xml.child("ConcentrationThresholds")
    deltaWeights = try weights.byHorizon("Delta") { try $0.byBucket() }
    vegaWeights = try weights.byHorizon("Vega") { try $0.byBucket() }
    let within = try correlations.child("IntraBucket")
    nameCorrelations = [:]
    switch riskClass {
    case .creditQualifying, .creditNonQualifying:
      let table = try within.pairs()
      for (label, bucket) in [("aggregate", "All"), ("residual", SIMMCalibration.residual)] {
        guard let same = table[label]?["same"], let different = table[label]?["different"] else {
          throw correlations.error("IntraBucket[\(label)]", "needs label2 same and different")
        }
        nameCorrelations[bucket] = NameCorrelation(same: same, different: different)
      }
    default:
      nameCorrelations = try within.byBucket().mapValues { .init(same: 1, different: $0) }
      historicalVolatilityRatio = try weights.byHorizon("HistoricalVolatilityRatio")
    }
    bucketCorrelations = try correlations.child("InterBucket").pairs()
    deltaThresholds = try thresholds.child("Delta").byBucket()
    vegaThresholds = try thresholds.child("Vega").byBucket()
    if riskClass == .creditQualifying {
      baseCorrelation = BaseCorrelation(
        weight: try weights.byHorizon("BaseCorrelation"),
        correlation: try correlations.child("BaseCorrelation").number())
    }
    // ISDA SIMM 2.2 and later: no curvature of volatility indices. The layout does not say so.
    if riskClass == .equity { bucketsWithoutCurvature = ["12"] }
  }
}

extension SIMMCalibration.ForeignExchange {
  fileprivate init(_ xml: CalibrationXML) throws {
    let weights = try xml.child("RiskWeights")
    let correlations = try xml.child("Correlations")
    let thresholds = try xml.child("ConcentrationThresholds")
    volatilityGroups = try weights.groups()
    deltaWeights = try weights.byHorizon("Delta") { try $0.pairs() }
    vegaWeight = try weights.byHorizon("Vega") { try $0.child("Weight").number() }
    historicalVolatilityRatio = try weights.byHorizon("HistoricalVolatilityRatio")
    self.correlations = [:]
    let within = try correlations.child("IntraBucket")
    for child in within.element.children {
      let labels = ["bucket", "label1", "label2"].map { child.attributes[$0] ?? "" }
      guard let value = Double(child.text) else {
        throw within.error(
          "Correlation[\(labels.joined(separator: ", "))]", "'\(child.text)' is not a number")
      }
      self.correlations[labels[0], default: [:]][labels[1], default: [:]][labels[2]] = value
    }
    volatilityCorrelation = try correlations.child("Volatility").number()
    concentrationGroups = try thresholds.groups()
    deltaThresholds = try thresholds.child("Delta").byBucket()
    // Pairs of the groups 1, 2, 3 are numbered 11, 12, 13, 22, 23, 33.
    let vega = try thresholds.child("Vega").byBucket()
    vegaThresholds = [:]
    for (i, pair) in [("1", "1"), ("1", "2"), ("1", "3"), ("2", "2"), ("2", "3"), ("3", "3")]
      .enumerated()
    {
      guard let value = vega["\(i + 1)"] else {
        throw thresholds.error("Vega.Threshold[\(i + 1)]", "is missing")
      }
      vegaThresholds[pair.0, default: [:]][pair.1] = value
      vegaThresholds[pair.1, default: [:]][pair.0] = value
    }
  }
}
