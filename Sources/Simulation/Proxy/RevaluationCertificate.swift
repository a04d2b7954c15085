/// How a book was revalued in many scenarios, and how far the result may be from full revaluation.
public struct RevaluationCertificate: Sendable, Hashable, Codable {
  /// The way that was taken.
  public enum Method: String, Sendable, Hashable, Codable {
    /// Every option in every scenario.
    case full
    /// Functions of move and level in place of the options.
    case proxy
    /// Such functions, but for some expiries, which were priced in every scenario.
    case proxyAndFull
  }

  /// The way that was taken.
  public var method: Method
  /// Why something was revalued in full; empty where nothing was.
  public var reasons: [String]
  /// A bound of the error of any one loss, in dollars: twice the largest error seen at points that the
  /// functions were not made from, and 0 for full revaluation.
  public var errorBound: Double
  /// The largest loss of any scenario, in dollars; the largest profit where none loses.
  public var largestLoss: Double
  /// `errorBound` over `largestLoss`.
  public var relativeErrorBound: Double {
    errorBound == 0 ? 0 : largestLoss > 0 ? errorBound / largestLoss : .infinity
  }
  /// Points held back from the functions, at which they were compared with full revaluation.
  public var heldBackPoints: Int
  /// The largest error in scenarios that were revalued in full as well, the worst of all among them.
  public var observedError: Double
  /// How many those were.
  public var observedScenarios: Int
  /// Prices of single options that were computed in all.
  public var optionValuations: Int
  /// Prices that full revaluation of the collapsed book computes.
  public var fullOptionValuations: Int
  /// Scenarios in which some options were priced in full because a function does not reach there, counted
  /// for each underlying; all of them for full revaluation.
  public var scenariosInFull: Int
  /// Options that expire inside the horizon and are their payoff, exactly.
  public var expiringOptions: Int
}

/// Losses with the certificate of their revaluation.
public struct RevaluedLosses: Sendable {
  /// One loss for each scenario, in dollars.
  public let losses: LossDistribution
  /// How they were found, and how exact they are.
  public let certificate: RevaluationCertificate
}
