public import Pricing

/// A book collapsed to what its profit and loss depends on: for each underlying one linear term and a
/// block of options for each expiry.
///
/// Futures, perpetuals and spot add to the linear term. A put is a call less the forward and plus the
/// strike, under every move and at expiry too, so calls and puts of one strike, expiry, forward and
/// volatility are one term, held as the option that is out of the money, and the rest of them is linear.
/// Terms whose quantities cancel, and positions of zero, are dropped. Profit and loss is in dollars and
/// is that of ``Revaluation``, to the rounding of sums in another order.
public struct CollapsedBook: Sendable {
  /// One option of each kind that is left, with what is held of it.
  struct Term: Sendable, Hashable {
    let forward: Double
    let strike: Double
    let volatility: Double
    let right: Instrument.Right
    let quantity: Double
  }

  /// The options of one expiry, those of one forward next to each other.
  struct Expiry: Sendable, Hashable {
    /// Years to expiry from the market's time.
    let years: Double
    let terms: [Term]
  }

  /// All that is held on one underlying.
  struct Underlying: Sendable, Hashable {
    let name: String
    /// P&L in dollars of the linear part for a relative move of 1.
    let linear: Double
    /// Ascending in time.
    let expiries: [Expiry]
    var termCount: Int { expiries.reduce(0) { $0 + $1.terms.count } }
  }

  /// In the order of their names.
  let underlyings: [Underlying]
  /// The positions of the portfolio that was collapsed.
  public let positionCount: Int
  /// Options that are left to be priced.
  public var optionCount: Int { underlyings.reduce(0) { $0 + $1.termCount } }
  /// Blocks of options, one for each underlying and expiry.
  public var expiryCount: Int { underlyings.reduce(0) { $0 + $1.expiries.count } }

  /// Collapses a portfolio at the market's forwards and mark volatilities.
  ///
  /// - Throws: `MarketError.notQuoted`; `SimulationError` for a quantity that is not finite, an option
  ///   without a volatility, or a forward, strike or volatility out of its domain.
  /// - Complexity: O(n log n) for n positions.
  public init(_ portfolio: Portfolio, in market: Market) throws {
    var parts: [String: Part] = [:]
    for (i, position) in portfolio.positions.enumerated() where position.quantity != 0 {
      let (instrument, quantity) = (position.instrument, position.quantity)
      if !quantity.isFinite {
        throw SimulationError.notFinite(
          "quantity of \(instrument.name) in position", at: i, value: quantity)
      }
      parts[instrument.underlying, default: Part()].add(
        quantity, of: try Exposure(instrument, in: market, numeraire: .dollars))
    }
    positionCount = portfolio.positions.count
    underlyings = parts.sorted { $0.key < $1.key }.map { $0.value.underlying(named: $0.key) }
  }
}

extension CollapsedBook {
  /// What makes two options one term.
  private struct Key: Hashable {
    let years: Double
    let forward: Double
    let strike: Double
    let volatility: Double
  }

  /// The sums of one underlying while positions are added.
  private struct Part {
    var linear: [Double] = []
    var options: [Key: (calls: [Double], puts: [Double])] = [:]

    mutating func add(_ quantity: Double, of exposure: Exposure) {
      guard let option = exposure.option else {
        linear.append(quantity * exposure.forward)
        return
      }
      let key = Key(
        years: option.years, forward: exposure.forward, strike: option.strike,
        volatility: option.volatility)
      switch option.right {
      case .call: options[key, default: ([], [])].calls.append(quantity)
      case .put: options[key, default: ([], [])].puts.append(quantity)
      }
    }

    /// With C − P = F(1 + m) − K, c calls and p puts gain what c + p calls gain less p F m, and what
    /// c + p puts gain plus c F m.
    func underlying(named name: String) -> Underlying {
      var linear = linear
      var terms: [Double: [Term]] = [:]
      let keys = options.keys.sorted {
        ($0.years, $0.forward, $0.strike, $0.volatility)
          < ($1.years, $1.forward, $1.strike, $1.volatility)
      }
      for key in keys {
        guard let held = options[key] else { continue }
        let (calls, puts) = (held.calls.compensatedSum(), held.puts.compensatedSum())
        let right: Instrument.Right = key.strike < key.forward ? .put : .call
        let moved = right == .call ? -puts : calls
        if moved != 0 { linear.append(moved * key.forward) }
        let quantity = (held.calls + held.puts).compensatedSum()
        if quantity == 0 { continue }
        terms[key.years, default: []].append(
          Term(
            forward: key.forward, strike: key.strike, volatility: key.volatility, right: right,
            quantity: quantity))
      }
      return Underlying(
        name: name, linear: linear.compensatedSum(),
        expiries: terms.sorted { $0.key < $1.key }.map { Expiry(years: $0.key, terms: $0.value) })
    }
  }
}
