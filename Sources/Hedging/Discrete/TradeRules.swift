/// What venues and desks ask of single trades: whole lots, a least size, few trades.
///
/// With such rules a plan is found by branch and bound over the trades, and its bound is the least
/// of the certified bounds of the open nodes: proven, though seldom met as closely as without.
public struct TradeRules: Sendable, Hashable {
  /// The largest number of instruments that may be traded; nil where there is no limit.
  public var maximumTrades: Int?
  /// The lot, in coins, of which trades are whole multiples; 0 for any quantity.
  public var lot: Double
  /// The least size of a trade that is made, in coins; 0 for any.
  public var minimumSize: Double
  /// Lots of single instruments, by name, instead of ``lot``.
  public var lots: [String: Double] = [:]
  /// Least sizes of single instruments, by name, instead of ``minimumSize``.
  public var minimumSizes: [String: Double] = [:]

  /// Rules for all instruments alike; none unless given.
  public init(maximumTrades: Int? = nil, lot: Double = 0, minimumSize: Double = 0) {
    self.maximumTrades = maximumTrades
    self.lot = lot
    self.minimumSize = minimumSize
  }

  /// Whether any trades are allowed.
  public var isEmpty: Bool {
    maximumTrades == nil && lot == 0 && minimumSize == 0 && lots.values.allSatisfy { $0 == 0 }
      && minimumSizes.values.allSatisfy { $0 == 0 }
  }
}
