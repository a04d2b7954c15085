import Foundation
import MarginOptimization
import Workloads

extension RatioSuite {
  /// ISDA SIMM of a book of equities and their options, under a made-up calibration, against the double sums
  /// by which the rule is stated, and its gradient against three evaluations.
  static var simm: RatioSuite {
    RatioSuite(section: "simm") {
      let simm = try SIMM(calibration: SIMMCalibration(json: madeUpCalibration()))
      return try [false, true].flatMap { try evaluations(of: simm, isConcentrated: $0) }
    }
  }
}

private let names = 1_600
private let buckets = 10
private let tenors = ["1m", "1y", "5y"]

private func evaluations(of simm: SIMM, isConcentrated: Bool) throws -> [Comparison] {
  let crif = book(scale: isConcentrated ? 3e8 : 1e3)
  let portfolio = try simm.portfolio(crif)
  let amounts = portfolio.amounts
  var (evaluator, thrice, differentiator) = (
    portfolio.evaluator(), portfolio.evaluator(), portfolio.evaluator()
  )
  var gradient = [Double](repeating: 0, count: amounts.count)
  let deltas = crif.records.filter { $0.riskType == .equity }.map(\.amount)
  let kind = isConcentrated ? ", concentrated" : ""
  return [
    Comparison(
      name: "SIMM of \(amounts.count) sensitivities\(kind)",
      peerName: "double sums of its delta",
      ours: { keep(evaluator.margin(of: amounts)) }, peer: { keep(doubleSums(deltas)) }),
    Comparison(
      name: "SIMM with gradient\(kind)", peerName: "three evaluations",
      ours: { keep(differentiator.margin(of: amounts, gradient: &gradient)) },
      peer: { for _ in 0..<3 { keep(thrice.margin(of: amounts)) } }),
    Comparison(
      name: "netting of \(crif.records.count) rows and SIMM\(kind)",
      peerName: "double sums of its delta",
      ours: { if let portfolio = try? simm.portfolio(crif) { keep(portfolio.margin()) } },
      peer: { keep(doubleSums(deltas)) }),
  ]
}

/// Delta margin as the rule states it: a sum over pairs of names of each bucket.
private func doubleSums(_ deltas: [Double]) -> Double {
  let perBucket = deltas.count / buckets
  var total = 0.0
  for b in 0..<buckets {
    let s = Array(deltas[(b * perBucket)..<((b + 1) * perBucket)])
    let ratios = s.map { max(1, (abs($0) / 1e8).squareRoot()) }
    let weighted = zip(s, ratios).map { 30 * $0 * $1 }
    for k in s.indices {
      for l in s.indices {
        let f = min(ratios[k], ratios[l]) / max(ratios[k], ratios[l])
        total += (k == l ? 1 : 0.3 * f) * weighted[k] * weighted[l]
      }
    }
  }
  return total.squareRoot()
}

private func book(scale: Double) -> CRIF {
  var state: UInt64 = 7
  func random() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return 2 * Double(state >> 11) / 9_007_199_254_740_992 - 1
  }
  var records: [CRIFRecord] = []
  for bucket in 1...buckets {
    for name in 0..<(names / buckets) {
      let qualifier = "E\(bucket) \(name)"
      func record(_ type: CRIFRecord.RiskType, _ tenor: String, _ scale: Double) -> CRIFRecord {
        CRIFRecord(
          type, productClass: "Equity", qualifier: qualifier, bucket: "\(bucket)", label1: tenor,
          amount: scale * random())
      }
      records.append(record(.equity, "", scale))
      for tenor in tenors { records.append(record(.equityVolatility, tenor, scale / 100)) }
    }
  }
  return CRIF(records)
}

/// Numbers of the size of a calibration's, which are nobody's.
private func madeUpCalibration() throws -> Data {
  func horizons(_ value: Any) -> [String: Any] { ["tenDay": value, "oneDay": value] }
  func by(_ keys: [String], _ value: Any) -> [String: Any] {
    Dictionary(uniqueKeysWithValues: keys.map { ($0, value) })
  }
  let tenors = SIMMTenor.allCases.map(\.rawValue)
  let others = ["1": ["Other"]]
  func bucketed(_ buckets: [String]) -> [String: Any] {
    [
      "deltaWeights": horizons(by(buckets, 30)), "vegaWeights": horizons(["All": 0.4]),
      "nameCorrelations": ["All": ["same": 0.9, "different": 0.3]],
      "bucketCorrelations": by(buckets, by(buckets, 0.2)), "deltaThresholds": ["All": 100],
      "vegaThresholds": ["All": 100], "historicalVolatilityRatio": horizons(0.6),
    ]
  }
  let numbered = (1...buckets).map { "\($0)" }
  var credit = bucketed(numbered)
  credit["baseCorrelation"] = ["weight": horizons(10), "correlation": 0.3]
  let classes = SIMMRiskClass.allCases.map(\.rawValue)
  return try JSONSerialization.data(withJSONObject: [
    "name": "made up", "source": "nobody", "effectiveDate": "2026-01-01",
    "interestRate": [
      "volatilityGroups": others, "deltaWeights": horizons(["1": by(tenors, 60)]),
      "inflationWeight": horizons(60), "crossCurrencyBasisWeight": horizons(20),
      "vegaWeight": horizons(0.2), "historicalVolatilityRatio": horizons(0.6),
      "tenorCorrelations": by(tenors, by(tenors, 0.6)), "subCurveCorrelation": 0.99,
      "inflationCorrelation": 0.3, "crossCurrencyBasisCorrelation": 0.05,
      "currencyCorrelation": 0.3, "concentrationGroups": others, "deltaThresholds": ["1": 100],
      "vegaThresholds": ["1": 100],
    ] as [String: Any],
    "creditQualifying": credit, "creditNonQualifying": bucketed(["1", "2"]),
    "equity": bucketed(numbered), "commodity": bucketed(numbered),
    "foreignExchange": [
      "volatilityGroups": others, "deltaWeights": horizons(["1": ["1": 8]]),
      "vegaWeight": horizons(0.4), "historicalVolatilityRatio": horizons(0.6),
      "correlations": ["1": ["1": ["1": 0.5]]], "volatilityCorrelation": 0.5,
      "concentrationGroups": others, "deltaThresholds": ["1": 1_000],
      "vegaThresholds": ["1": ["1": 1_000]],
    ] as [String: Any],
    "riskClassCorrelations": by(classes, by(classes, 0.2)),
  ])
}
