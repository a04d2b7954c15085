public import Pricing
public import Simulation

/// Margin as the expected shortfall of the book over simulated or historical scenarios, never
/// below zero.
///
/// The tail mean is that of Acerbi and Tasche (2002), with a fractional weight on the scenario at
/// the quantile; P&L is by full revaluation. Convex in the positions, so the convex face is exact.
public struct ExpectedShortfallMargin: ConvexMarginMethodology {
  public let scenarios: ScenarioSet
  /// The confidence of initial margin, as in 0.975 or 0.99.
  public var confidence: Double
  /// Maintenance as a fraction of initial margin.
  public var maintenanceFactor: Double

  /// - Precondition: 0 < confidence < 1 and 0 < maintenanceFactor ≤ 1.
  public init(scenarios: ScenarioSet, confidence: Double = 0.99, maintenanceFactor: Double = 0.8) {
    precondition(confidence > 0 && confidence < 1, "A confidence lies between 0 and 1.")
    precondition(
      maintenanceFactor > 0 && maintenanceFactor <= 1,
      "Maintenance margin is a share of initial margin.")
    self.scenarios = scenarios
    self.confidence = confidence
    self.maintenanceFactor = maintenanceFactor
  }

  public var name: String { "Expected shortfall \(confidence)" }

  private func factor(_ level: MarginLevel) -> Double {
    level == .initial ? 1 : maintenanceFactor
  }

  public func margin(
    _ level: MarginLevel, on portfolio: Portfolio, in market: Market
  ) throws -> MarginRequirement {
    let function = try shortfall(trading: [], on: portfolio, in: market)
    let risk = MarginRequirement(
      "expected shortfall over \(scenarios.count) scenarios", function.value(at: []))
    let floored = MarginRequirement(
      "expected shortfall, at least zero", .maximum, of: [risk, MarginRequirement("no loss", 0)])
    return MarginRequirement(
      "\(name): \(level.rawValue) margin", .scaled(by: factor(level)), of: [floored])
  }

  public func marginFunction(
    _ level: MarginLevel, trading instruments: [Instrument], on portfolio: Portfolio,
    in market: Market
  ) throws -> MarginFunction {
    let function = try shortfall(trading: instruments, on: portfolio, in: market)
    return MarginFunction(
      .scaled(factor(level), .positivePart(.expectedShortfall(function))))
  }

  private func shortfall(
    trading instruments: [Instrument], on portfolio: Portfolio, in market: Market
  ) throws -> ExpectedShortfallFunction {
    try ExpectedShortfallFunction(
      of: portfolio, trading: instruments, in: scenarios, market: market, confidence: confidence)
  }
}

extension ExpectedShortfallFunction {
  /// The expected shortfall of a book as a function of trades in instruments, by full revaluation
  /// in every scenario, with the weights of the scenarios.
  ///
  /// - Throws: `MarginError.noScenarios` when the scenarios do not move an underlying,
  ///   `MarginError.notFinite` for a quantity that is no number.
  public init(
    of portfolio: Portfolio, trading instruments: [Instrument], in scenarios: ScenarioSet,
    market: Market, confidence: Double
  ) throws {
    try portfolio.requireFiniteQuantities()
    for instrument in instruments + portfolio.positions.map(\.instrument)
    where !scenarios.underlyings.contains(instrument.underlying) {
      throw MarginError.noScenarios(underlying: instrument.underlying)
    }
    let held = portfolio.positions
    let heldValues = try Revaluation.profitAndLoss(
      of: held.map(\.instrument), in: scenarios, market: market)
    self.init(
      profitAndLoss: try Revaluation.profitAndLoss(
        of: instruments, in: scenarios, market: market),
      baseLosses: Simulation.losses(heldValues, quantities: held.map(\.quantity)),
      confidence: confidence, weights: scenarios.weights)
  }
}
