import LinearAlgebra
public import RiskModels
public import Simulation

extension HistoricalMargin {
  /// Margin from one history of returns: today's scenarios filtered, stressed and long look-back ones as
  /// they were.
  ///
  /// Each scenario spans the liquidation period, rounded to whole returns, or one return where the
  /// profile scales losses by the square root of time.
  ///
  /// - Parameters:
  ///   - history: returns of the underlyings, oldest first.
  ///   - filter: how the volatility of each underlying is estimated.
  ///   - stressedPeriod: the rows of the history that are the stressed period; nil for none.
  ///   - paths: how many filtered paths are drawn where a scenario spans several returns.
  ///   - daysPerReturn: days between two rows.
  /// - Throws: `SimulationError` where volatility cannot be estimated or the periods are too short,
  ///   `MarginError` for a period outside the history.
  public init(
    profile: HistoricalMarginProfile, history: ReturnHistory,
    filter: FilteredHistoricalSimulation.Filter = .exponentiallyWeighted(EWMAVolatility()),
    stressedPeriod: Range<Int>? = nil, paths: Int = 10_000, seed: UInt64 = 1,
    daysPerReturn: Double = 1, counterpartyClass: String? = nil
  ) throws {
    let horizon =
      profile.scaling == .squareRootOfTime
      ? 1 : max(1, Int((profile.liquidationDays / daysPerReturn).rounded()))
    let filtered = try FilteredHistoricalSimulation(
      history: history, filter: filter, horizon: horizon, daysPerReturn: daysPerReturn)
    func plain(_ history: ReturnHistory) throws -> ScenarioSet {
      try HistoricalSimulation(
        history: history, horizon: horizon, daysPerReturn: daysPerReturn
      ).scenarios()
    }
    self.init(
      profile: profile,
      current: horizon == 1
        ? try filtered.scenarios() : try filtered.scenarios(count: paths, seed: seed),
      stressed: try stressedPeriod.map { try plain(history.rows($0)) },
      lookback: profile.antiProcyclicality?.floor == true ? try plain(history) : nil,
      counterpartyClass: counterpartyClass)
  }
}

extension ReturnHistory {
  /// The rows of a range.
  ///
  /// - Throws: `MarginError.outOfRange`.
  fileprivate func rows(_ range: Range<Int>) throws -> ReturnHistory {
    guard !range.isEmpty, range.lowerBound >= 0, range.upperBound <= count else {
      let outside = range.upperBound > count ? range.upperBound : range.lowerBound
      throw MarginError.outOfRange(
        "the end of the stressed period", value: Double(outside), allowed: 0...Double(count))
    }
    return try ReturnHistory(
      returns: Matrix(rows: range.count, columns: factors.count) { i, j in
        returns[range.lowerBound + i, j]
      }, dates: Array(dates[range]), factors: factors, kind: kind)
  }
}
