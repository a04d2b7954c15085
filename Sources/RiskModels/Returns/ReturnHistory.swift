internal import Foundation
public import LinearAlgebra

/// The returns of risk factors over consecutive dates: one row for each date, one column for each
/// factor.
public struct ReturnHistory: Sendable, Hashable {
  /// How a return is formed from two prices.
  public enum Kind: Sendable, Hashable, CaseIterable {
    /// log(p₁ / p₀): adds up over time.
    case logarithmic
    /// p₁ / p₀ − 1: adds up over a portfolio.
    case simple
  }

  /// What to do where a price is missing (NaN in memory; empty, NA or NaN in a file).
  public enum MissingPrices: Sendable, Hashable, CaseIterable {
    /// Throws, naming the place.
    case error
    /// Leaves out each date on which any price is missing; the next return spans the gap.
    case dropDate
    /// Repeats the last price, so that the return is zero; throws where there is none before.
    case carryForward
  }

  /// The date on which each return ends, oldest first.
  public let dates: [String]
  /// The name of each factor.
  public let factors: [String]
  /// The returns: `dates.count` by `factors.count`.
  public let returns: Matrix
  /// How the returns were formed.
  public let kind: Kind
  /// The price of each factor on the last date; nil where the history was made of returns.
  public let lastPrices: [Double]?

  /// The number of returns of each factor.
  public var count: Int { dates.count }

  /// The returns between consecutive prices.
  ///
  /// - Parameters:
  ///   - prices: One row for each date, one column for each factor; NaN where missing.
  ///   - dates: The dates of the rows, increasing, year first (2024-02-29), so that they order as
  ///     text.
  /// - Throws: ``HistoryError`` that names the row and the factor or date: a price not positive, not
  ///   finite or missing, a date repeated or out of order, fewer than two dates.
  public init(
    prices: Matrix, dates: [String], factors: [String], kind: Kind = .logarithmic,
    missing: MissingPrices = .error
  ) throws(HistoryError) {
    let table = PriceTable(
      file: nil, lines: Array(1...max(dates.count, 1)), dates: dates, factors: factors,
      prices: prices)
    try self.init(table, kind, missing)
  }

  /// Returns that are already formed.
  ///
  /// - Throws: ``HistoryError`` where sizes differ, a return is NaN or infinite, or a date is
  ///   repeated or out of order.
  public init(
    returns: Matrix, dates: [String], factors: [String], kind: Kind = .logarithmic
  ) throws(HistoryError) {
    let table = PriceTable(
      file: nil, lines: Array(1...max(dates.count, 1)), dates: dates, factors: factors,
      prices: returns)
    try table.checkNames()
    if let place = returns.firstNonFinite() {
      throw HistoryError(
        line: place.row + 1, field: factors[place.column],
        problem: .notFinite(returns[place.row, place.column]))
    }
    (self.dates, self.factors, self.returns, self.kind) = (dates, factors, returns, kind)
    lastPrices = nil
  }

  init(_ table: PriceTable, _ kind: Kind, _ missing: MissingPrices) throws(HistoryError) {
    try table.checkNames()
    let complete = try table.complete(missing)
    let (T, prices) = (complete.dates.count, complete.prices)
    guard T >= 2 else {
      throw HistoryError(file: table.file, problem: .tooFewDates(found: T))
    }
    dates = Array(complete.dates.dropFirst())
    factors = table.factors
    self.kind = kind
    lastPrices = factors.indices.map { prices[T - 1, $0] }
    returns = Matrix(rows: T - 1, columns: factors.count) { t, j in
      let (before, after) = (prices[t, j], prices[t + 1, j])
      return switch kind {
      case .logarithmic: log(after / before)
      case .simple: (after - before) / before
      }
    }
  }

  /// The history of the last `count` returns, or all where there are fewer.
  public func last(_ count: Int) -> ReturnHistory {
    let kept = min(max(count, 0), self.count)
    return ReturnHistory(
      dates: Array(dates.suffix(kept)), factors: factors,
      returns: Matrix(returns[rows: (self.count - kept)..., columns: 0...]), kind: kind,
      lastPrices: lastPrices)
  }

  /// The history of some factors, in the order given; nil where one is not there.
  public func of(_ names: [String]) -> ReturnHistory? {
    let columns = names.compactMap { factors.firstIndex(of: $0) }
    guard columns.count == names.count else { return nil }
    return ReturnHistory(
      dates: dates, factors: names,
      returns: Matrix(rows: count, columns: columns.count) { returns[$0, columns[$1]] }, kind: kind,
      lastPrices: lastPrices.map { prices in columns.map { prices[$0] } })
  }

  private init(
    dates: [String], factors: [String], returns: Matrix, kind: Kind, lastPrices: [Double]?
  ) {
    (self.dates, self.factors, self.returns, self.kind) = (dates, factors, returns, kind)
    self.lastPrices = lastPrices
  }
}
