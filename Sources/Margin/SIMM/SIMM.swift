import Foundation

/// The ISDA Standard Initial Margin Model: margin of uncleared derivatives from their sensitivities.
///
/// Sensitivities are weighted, raised where they are concentrated, and aggregated by correlations: within a
/// bucket to K, over the buckets of a risk class to delta, vega, curvature and base correlation margin, over
/// the risk classes of a product class by ψ; product classes and add-ons are added up (ISDA SIMM Methodology,
/// versions 2.2 to 2.8). The parameters are the user's (``SIMMCalibration``). Sensitivities that are nothing
/// but mirrored in sign have the same delta and vega, but not the same curvature: `side` says who is asked.
public struct SIMM: Sendable {
  /// Whose loss the margin covers.
  public enum Side: String, Sendable, Hashable, CaseIterable {
    /// Margin that the owner of the sensitivities calls for.
    case call = "Call"
    /// Margin that the owner posts, against the counterparty's loss: sensitivities change sign.
    case post = "Post"
  }

  public let calibration: SIMMCalibration
  public let horizon: SIMMHorizon
  /// The currency whose own exchange rate is no risk.
  public let calculationCurrency: String
  public let side: Side

  /// - Throws: `MarginError.profile` with the field of the calibration at fault.
  public init(
    calibration: SIMMCalibration, horizon: SIMMHorizon = .tenDay,
    calculationCurrency: String = "USD", side: Side = .call
  ) throws(MarginError) {
    try calibration.validate()
    if !calculationCurrency.isCurrencyCode {
      throw .profile(
        calibration.name, field: "calculationCurrency",
        reason: "'\(calculationCurrency)' is not a currency code")
    }
    self.calibration = calibration
    self.horizon = horizon
    self.calculationCurrency = calculationCurrency
    self.side = side
  }

  public var name: String { "ISDA SIMM \(calibration.name), \(horizon.rawValue)-day" }

  /// The sensitivities of a CRIF, netted and laid out for evaluation; rows of the schedule are left out.
  ///
  /// - Throws: ``CRIFError`` with the line and the field at fault.
  /// - Complexity: O(n log n) for n rows.
  public func portfolio(_ crif: CRIF) throws(CRIFError) -> SIMMPortfolio {
    try SIMMPortfolio(crif, under: self)
  }

  /// The margin of a CRIF, in dollars, as an explained tree.
  ///
  /// - Throws: ``CRIFError`` with the line and the field at fault.
  public func requirement(for crif: CRIF) throws(CRIFError) -> MarginRequirement {
    try portfolio(crif).requirement()
  }

  /// √(365/days)/Φ⁻¹(99 %), by which a risk weight becomes a volatility.
  var volatilityScale: Double {
    (365 / horizon.calendarDays).squareRoot() / 2.3263478740408408
  }

  /// SF, the curvature of an option by its tenor.
  func curvatureWeight(_ tenor: SIMMTenor) -> Double {
    0.5 * min(1, horizon.calendarDays / tenor.days)
  }

  /// Dollars of a threshold stated in millions. One day has none (ISDA SIMM Technical Paper, Version 10,
  /// Section I).
  func threshold(millions: Double) -> Double {
    horizon == .tenDay ? millions * 1e6 : .infinity
  }
}

/// A netted sensitivity.
public struct SIMMSensitivity: Sendable, Hashable {
  public var productClass: SIMMProductClass
  public var riskType: CRIFRecord.RiskType
  /// A pair of currencies is in the order of the alphabet.
  public var qualifier: String
  /// Empty where the rule has no buckets, or makes them from the qualifier.
  public var bucket: String
  public var tenor: SIMMTenor?
  public var label2: String
}

/// The netted sensitivities of a book, and what SIMM makes of them.
public struct SIMMPortfolio: Sendable {
  /// What the margin depends on, in a fixed order: by product class, risk class, bucket, name and tenor.
  public let sensitivities: [SIMMSensitivity]
  /// Dollars of each.
  public let amounts: [Double]
  /// Dollars added to what the sensitivities need: fixed amounts, and notionals times their factors.
  public var addOn: Double { addOns.reduce(0) { $0 + $1.amount } }

  let simm: SIMM
  let kernel: SIMMKernel
  let addOns: [MarginRequirement]

  init(_ crif: CRIF, under simm: SIMM) throws(CRIFError) {
    var netting = SIMMNetting(crif, under: simm)
    try netting.net()
    self.simm = simm
    addOns = try netting.addOns()
    let multipliers = try netting.multipliers()
    (sensitivities, amounts) = netting.sorted()
    kernel = SIMMKernel(sensitivities, multipliers: multipliers, under: simm)
  }

  /// The margin in dollars, add-ons included.
  public func margin() -> Double {
    var evaluator = evaluator()
    return evaluator.margin(of: amounts)
  }

  /// The margin, and its derivative by each sensitivity: dollars for a dollar.
  public func marginAndGradient() -> (margin: Double, gradient: [Double]) {
    var evaluator = evaluator()
    return evaluator.marginAndGradient(of: amounts)
  }

  /// What evaluates the margin over and over.
  public func evaluator() -> SIMMEvaluator { SIMMEvaluator(self) }
}

/// SIMM of sensitivities that are always the same ones, at changing amounts, without allocation.
public struct SIMMEvaluator: Sendable {
  private let kernel: SIMMKernel
  private let addOn: Double
  private let sign: Double
  private(set) var workspace: SIMMWorkspace
  private var signed: [Double]

  init(_ portfolio: SIMMPortfolio) {
    kernel = portfolio.kernel
    addOn = portfolio.addOn
    sign = portfolio.simm.side == .call ? 1 : -1
    workspace = SIMMWorkspace(portfolio.kernel)
    signed = portfolio.amounts
  }

  /// The margin in dollars at amounts of the portfolio's sensitivities.
  ///
  /// - Precondition: an amount for each sensitivity.
  public mutating func margin(of amounts: [Double]) -> Double {
    precondition(
      amounts.count == kernel.inputCount, "SIMM needs an amount for each of its sensitivities.")
    if sign == 1 { return kernel.evaluate(amounts, &workspace) + addOn }
    for i in amounts.indices { signed[i] = -amounts[i] }
    return kernel.evaluate(signed, &workspace) + addOn
  }

  /// The margin, and its derivatives in the place of `gradient`.
  ///
  /// - Complexity: two to three times that of the margin alone; one-sided where the margin has a kink.
  public mutating func margin(of amounts: [Double], gradient: inout [Double]) -> Double {
    precondition(
      gradient.count == kernel.inputCount, "SIMM has a derivative by each of its sensitivities.")
    let margin = margin(of: amounts)
    for i in gradient.indices { gradient[i] = 0 }
    kernel.addGradient(&workspace, to: &gradient)
    if sign != 1 { for i in gradient.indices { gradient[i] = -gradient[i] } }
    return margin
  }

  public mutating func marginAndGradient(
    of amounts: [Double]
  ) -> (margin: Double, gradient: [Double]) {
    var gradient = [Double](repeating: 0, count: kernel.inputCount)
    let margin = margin(of: amounts, gradient: &gradient)
    return (margin, gradient)
  }
}

extension String {
  /// Three capital letters.
  var isCurrencyCode: Bool {
    utf8.count == 3 && utf8.allSatisfy { (65...90).contains($0) }
  }
}
