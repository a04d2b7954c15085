extension SIMMKernel {
  /// The tables of sorted sensitivities.
  init(
    _ sensitivities: [SIMMSensitivity], multipliers: [SIMMProductClass: Double], under simm: SIMM
  ) {
    inputCount = sensitivities.count
    let rates = simm.calibration.interestRate
    tenorCorrelations = SIMMTenor.allCases.flatMap { first in
      SIMMTenor.allCases.map { first == $0 ? 1 : rates.tenorCorrelations[first]?[$0] ?? 0 }
    }
    squaredTenorCorrelations = tenorCorrelations.map { $0 * $0 }
    var start = 0
    while start < sensitivities.count {
      let productClass = sensitivities[start].productClass
      var end = start
      while end < sensitivities.count, sensitivities[end].productClass == productClass { end += 1 }
      add(
        productClass, multiplier: multipliers[productClass] ?? 1, of: sensitivities,
        in: start..<end, under: simm)
      start = end
    }
  }

  private mutating func add(
    _ productClass: SIMMProductClass, multiplier: Double, of sensitivities: [SIMMSensitivity],
    in range: Range<Int>, under simm: SIMM
  ) {
    let first = margins.count
    var riskClasses: [SIMMRiskClass] = []
    var riskClassOfMargin: [Int] = []
    var start = range.lowerBound
    for riskClass in SIMMRiskClass.allCases {
      var end = start
      while end < range.upperBound, sensitivities[end].riskType.riskClass == riskClass { end += 1 }
      defer { start = end }
      let count = margins.count
      for type in SIMMMarginType.allCases {
        let inputs = (start..<end).filter {
          sensitivities[$0].riskType.counts(in: type)
            && !(sensitivities[$0].riskType == .foreignExchange
              && sensitivities[$0].qualifier == simm.calculationCurrency)
        }
        if inputs.isEmpty { continue }
        var builder = SIMMMarginBuilder(
          kernel: SIMMKernel(), simm: simm, riskClass: riskClass, type: type,
          sensitivities: sensitivities)
        swap(&self, &builder.kernel)
        builder.build(inputs)
        swap(&self, &builder.kernel)
      }
      if margins.count > count { riskClasses.append(riskClass) }
      riskClassOfMargin += [Int](
        repeating: riskClasses.count - 1, count: margins.count - count)
    }
    let correlations = riskClasses.flatMap { a in
      riskClasses.map { a == $0 ? 1 : simm.calibration.riskClassCorrelations[a]?[$0] ?? 0 }
    }
    productClasses.append(
      ProductClass(
        productClass: productClass, multiplier: multiplier, margins: first..<margins.count,
        riskClasses: riskClasses, riskClassOfMargin: riskClassOfMargin,
        correlations: correlations))
  }
}

extension CRIFRecord.RiskType {
  /// Whether a sensitivity enters a margin of its risk class.
  fileprivate func counts(in type: SIMMMarginType) -> Bool {
    switch type {
    case .delta: !isVolatility && self != .baseCorrelation
    case .vega, .curvature: isVolatility
    case .baseCorrelation: self == .baseCorrelation
    }
  }
}

/// Adds one margin of one risk class to a kernel.
private struct SIMMMarginBuilder {
  var kernel: SIMMKernel
  let simm: SIMM
  let riskClass: SIMMRiskClass
  let type: SIMMMarginType
  let sensitivities: [SIMMSensitivity]
  /// The parameters of the risk class, where it has buckets.
  private let table: SIMMCalibration.Bucketed?

  init(
    kernel: SIMMKernel, simm: SIMM, riskClass: SIMMRiskClass, type: SIMMMarginType,
    sensitivities: [SIMMSensitivity]
  ) {
    (self.kernel, self.simm, self.sensitivities) = (kernel, simm, sensitivities)
    (self.riskClass, self.type) = (riskClass, type)
    table = simm.calibration.bucketed(riskClass)
  }

  private var isSquared: Bool { type == .curvature }
  private var horizon: SIMMHorizon { simm.horizon }
  private func correlation(_ ρ: Double) -> Double { isSquared ? ρ * ρ : ρ }

  mutating func build(_ inputs: [Int]) {
    let firstBucket = kernel.buckets.count
    // Sorted by risk type first; buckets have several, so they are gathered here.
    var byBucket: [String: [Int]] = [:]
    for i in inputs { byBucket[bucketName(of: sensitivities[i]), default: []].append(i) }
    let names = byBucket.keys.sorted(by: bucketPrecedes)
    for name in names {
      let inputs = byBucket[name] ?? []
      if riskClass == .interestRate {
        addRates(name, inputs)
      } else {
        addNames(name, inputs)
      }
    }
    let hasResidual = names.last == SIMMCalibration.residual
    let aggregated = hasResidual ? Array(names.dropLast()) : names
    kernel.margins.append(
      SIMMKernel.Margin(
        riskClass: riskClass, type: type,
        buckets: firstBucket..<(firstBucket + aggregated.count), hasResidual: hasResidual,
        correlations: aggregated.flatMap { b in
          aggregated.map { b == $0 ? 1 : correlation(bucketCorrelation(b, $0)) }
        },
        usesRatio: riskClass == .interestRate && type != .curvature,
        scale: scale))
  }

  /// HVR⁻² for the curvature of rates.
  private var scale: Double {
    guard riskClass == .interestRate, type == .curvature else { return 1 }
    let ratio = simm.calibration.interestRate.historicalVolatilityRatio[horizon]
    return 1 / (ratio * ratio)
  }

  private func bucketName(of sensitivity: SIMMSensitivity) -> String {
    switch riskClass {
    case .interestRate: sensitivity.qualifier
    case .foreignExchange: "FX"
    default: sensitivity.bucket.isEmpty ? "all" : sensitivity.bucket
    }
  }

  private func bucketCorrelation(_ b: String, _ c: String) -> Double {
    riskClass == .interestRate
      ? simm.calibration.interestRate.currencyCorrelation
      : table?.bucketCorrelations[b]?[c] ?? 0
  }

  // MARK: Factors, names and risks

  private mutating func addRisk(threshold: Double) -> Int {
    kernel.riskThreshold.append(threshold)
    return kernel.riskThreshold.count - 1
  }

  private mutating func addName(risk: Int) -> Int {
    kernel.nameRisk.append(risk)
    return kernel.nameRisk.count - 1
  }

  private mutating func addFactor(
    name: Int, own: Double = 0, tenor: Int = 0, curve: Int = 0, _ inputs: [Int]
  ) {
    for i in inputs {
      let (weight, exposure) = weights(of: sensitivities[i])
      kernel.termInput.append(i)
      kernel.termWeight.append(weight)
      kernel.termExposure.append(type == .curvature ? 0 : exposure)
    }
    kernel.termStart.append(kernel.termInput.count)
    kernel.factorName.append(name)
    kernel.factorOwn.append(own)
    kernel.factorTenor.append(tenor)
    kernel.factorCurve.append(curve)
  }

  // MARK: Rates

  private mutating func addRates(_ currency: String, _ inputs: [Int]) {
    let table = simm.calibration.interestRate
    let (firstFactor, firstName) = (kernel.factorCount, kernel.nameRisk.count)
    let group = table.concentrationGroups.group(of: currency) ?? ""
    let thresholds = type == .delta ? table.deltaThresholds : table.vegaThresholds
    let risk = addRisk(
      threshold: isSquared ? .infinity : simm.threshold(millions: thresholds[group] ?? .infinity))
    let name = addName(risk: risk)
    var curves: [String] = []
    for i in inputs {
      let sensitivity = sensitivities[i]
      guard
        sensitivity.riskType == .interestRateCurve
          || sensitivity.riskType == .interestRateVolatility
      else { continue }
      let curve = curves.firstIndex(of: sensitivity.label2) ?? curves.count
      if curve == curves.count { curves.append(sensitivity.label2) }
      addFactor(name: name, tenor: sensitivity.tenor?.index ?? 0, curve: curve, [i])
    }
    let curveFactors = firstFactor..<kernel.factorCount
    func chosen(_ types: CRIFRecord.RiskType...) -> [Int] {
      inputs.filter { types.contains(sensitivities[$0].riskType) }
    }
    // Inflation volatilities of all tenors are one risk.
    let inflation = chosen(.inflation, .inflationVolatility)
    let inflationFactor = inflation.isEmpty ? nil : kernel.factorCount
    if !inflation.isEmpty { addFactor(name: name, inflation) }
    let basis = chosen(.crossCurrencyBasis)
    let basisFactor = basis.isEmpty ? nil : kernel.factorCount
    if !basis.isEmpty {
      let unconcentrated = addRisk(threshold: .infinity)
      addFactor(name: addName(risk: unconcentrated), basis)
    }
    kernel.buckets.append(
      SIMMKernel.Bucket(
        name: currency, factors: firstFactor..<kernel.factorCount,
        names: firstName..<kernel.nameRisk.count,
        form: .rates(
          SIMMKernel.Rates(
            curves: curves.count, curveFactors: curveFactors, inflation: inflationFactor,
            basis: basisFactor, subCurveCorrelation: correlation(table.subCurveCorrelation),
            inflationCorrelation: correlation(table.inflationCorrelation),
            basisCorrelation: correlation(table.crossCurrencyBasisCorrelation),
            isSquared: isSquared))))
  }

  // MARK: Names

  /// What has a correlation of its own: the issuer, the index family, the volatility group of a currency.
  private func groupKey(of sensitivity: SIMMSensitivity) -> String {
    switch riskClass {
    case .creditNonQualifying: sensitivity.label2
    case .foreignExchange where type == .delta:
      simm.calibration.foreignExchange.volatilityGroups.group(of: sensitivity.qualifier) ?? ""
    default: ""
    }
  }

  /// ρ between two names of a bucket, and between two of one group.
  private func nameCorrelations(
    bucket: String
  ) -> (across: Double, within: (_ group: String) -> Double) {
    if type == .baseCorrelation {
      let ρ = simm.calibration.creditQualifying.baseCorrelation?.correlation ?? 0
      return (ρ, { _ in ρ })
    }
    if riskClass == .foreignExchange {
      let table = simm.calibration.foreignExchange
      if type != .delta {
        let ρ = correlation(table.volatilityCorrelation)
        return (ρ, { _ in ρ })
      }
      let home = table.volatilityGroups.group(of: simm.calculationCurrency) ?? ""
      let correlations = table.correlations[home] ?? [:]
      let groups = table.volatilityGroups.keys.sorted()
      let across = correlations[groups.first ?? ""]?[groups.last ?? ""] ?? 0
      return (across, { correlations[$0]?[$0] ?? 0 })
    }
    let stated = table?.nameCorrelations.of(bucket)
    let (different, same) = (
      correlation(stated?.different ?? 0), correlation(stated?.same ?? 0)
    )
    return (different, { _ in same })
  }

  private mutating func addNames(_ bucket: String, _ inputs: [Int]) {
    let (firstFactor, firstName) = (kernel.factorCount, kernel.nameRisk.count)
    let isCredit =
      (riskClass == .creditQualifying || riskClass == .creditNonQualifying)
      && type != .baseCorrelation
    let hasGroups =
      (riskClass == .creditNonQualifying && type != .baseCorrelation)
      || (riskClass == .foreignExchange && type == .delta)
    let (across, within) = nameCorrelations(bucket: bucket)
    var byGroup: [String: [String: [Int]]] = [:]
    for i in inputs {
      byGroup[groupKey(of: sensitivities[i]), default: [:]][
        sensitivities[i].qualifier, default: []
      ].append(i)
    }
    // A qualifier has one concentration, in however many groups it is.
    var risks: [String: Int] = [:]
    let unconcentrated = isSquared || type == .baseCorrelation ? addRisk(threshold: .infinity) : 0
    var groups: [SIMMKernel.Group] = []
    let excess = riskClass == .creditQualifying && isCredit ? within("") - across : 0
    for group in byGroup.keys.sorted() {
      let start = kernel.nameRisk.count
      let byQualifier = byGroup[group] ?? [:]
      let weight = hasGroups ? within(group) - across : 0
      for qualifier in byQualifier.keys.sorted() {
        let inputs = byQualifier[qualifier] ?? []
        let risk: Int
        if isSquared || type == .baseCorrelation {
          risk = unconcentrated
        } else if let known = risks[qualifier] {
          risk = known
        } else {
          risk = addRisk(
            threshold: simm.threshold(millions: threshold(of: qualifier, bucket: bucket)))
          risks[qualifier] = risk
        }
        let name = addName(risk: risk)
        let own = 1 - across - weight - excess
        // Tenors of credit are factors of their own; those of options are one risk.
        for factor in isCredit ? inputs.map({ [$0] }) : [inputs] {
          addFactor(name: name, own: own, factor)
        }
      }
      if weight != 0 {
        groups.append(SIMMKernel.Group(names: start..<kernel.nameRisk.count, weight: weight))
      }
    }
    kernel.buckets.append(
      SIMMKernel.Bucket(
        name: bucket, factors: firstFactor..<kernel.factorCount,
        names: firstName..<kernel.nameRisk.count,
        form: .names(within: excess, groups: groups, across: across)))
  }

  // MARK: Parameters

  /// Millions of dollars.
  private func threshold(of qualifier: String, bucket: String) -> Double {
    if riskClass == .foreignExchange {
      let table = simm.calibration.foreignExchange
      func group(_ currency: Substring) -> String {
        table.concentrationGroups.group(of: String(currency)) ?? ""
      }
      return type == .delta
        ? table.deltaThresholds[group(qualifier[...])] ?? .infinity
        : table.vegaThresholds[group(qualifier.prefix(3))]?[group(qualifier.suffix(3))]
          ?? .infinity
    }
    guard let table else { return .infinity }
    return (type == .delta ? table.deltaThresholds : table.vegaThresholds).of(bucket) ?? .infinity
  }

  /// What an amount is multiplied by for the weighted sensitivity, and for the concentration.
  private func weights(of sensitivity: SIMMSensitivity) -> (weight: Double, exposure: Double) {
    switch type {
    case .baseCorrelation:
      return (simm.calibration.creditQualifying.baseCorrelation?.weight[horizon] ?? 0, 0)
    case .delta: return (deltaWeight(of: sensitivity), 1)
    case .vega:
      let exposure = ratio * volatility(of: sensitivity)
      return (vegaWeight(of: sensitivity) * exposure, exposure)
    case .curvature:
      let excluded = table?.bucketsWithoutCurvature ?? []
      if excluded.contains(sensitivity.bucket) { return (0, 0) }
      let tenor = sensitivity.tenor ?? .twoWeeks
      return (simm.curvatureWeight(tenor) * volatility(of: sensitivity), 0)
    }
  }

  private func deltaWeight(of sensitivity: SIMMSensitivity) -> Double {
    let rates = simm.calibration.interestRate
    switch sensitivity.riskType {
    case .interestRateCurve:
      let group = rates.volatilityGroups.group(of: sensitivity.qualifier) ?? ""
      return rates.deltaWeights[horizon][group]?[sensitivity.tenor ?? .oneYear] ?? 0
    case .inflation: return rates.inflationWeight[horizon]
    case .crossCurrencyBasis: return rates.crossCurrencyBasisWeight[horizon]
    case .foreignExchange:
      return pairWeight(simm.calculationCurrency[...], sensitivity.qualifier[...])
    default:
      return table?.deltaWeights[horizon][sensitivity.bucket] ?? 0
    }
  }

  private func pairWeight(_ first: Substring, _ second: Substring) -> Double {
    let table = simm.calibration.foreignExchange
    func group(_ currency: Substring) -> String {
      table.volatilityGroups.group(of: String(currency)) ?? ""
    }
    return table.deltaWeights[horizon][group(first)]?[group(second)] ?? 0
  }

  private func vegaWeight(of sensitivity: SIMMSensitivity) -> Double {
    switch riskClass {
    case .interestRate: simm.calibration.interestRate.vegaWeight[horizon]
    case .foreignExchange: simm.calibration.foreignExchange.vegaWeight[horizon]
    default:
      table?.vegaWeights[horizon].of(sensitivity.bucket) ?? 0
    }
  }

  /// σ where the amount is by volatility; 1 for rates and credit, whose amounts have it in them.
  private func volatility(of sensitivity: SIMMSensitivity) -> Double {
    switch riskClass {
    case .interestRate, .creditQualifying, .creditNonQualifying: 1
    case .foreignExchange:
      simm.volatilityScale
        * pairWeight(sensitivity.qualifier.prefix(3), sensitivity.qualifier.suffix(3))
    case .equity, .commodity:
      simm.volatilityScale
        * (table?.deltaWeights[horizon][sensitivity.bucket] ?? 0)
    }
  }

  /// HVR for vega; 1 for rates and credit.
  private var ratio: Double {
    switch riskClass {
    case .interestRate: 1
    case .foreignExchange: simm.calibration.foreignExchange.historicalVolatilityRatio[horizon]
    default: table?.historicalVolatilityRatio?[horizon] ?? 1
    }
  }
}
