import Pricing

/// The variables of a margin function: what is traded, and what the book holds beside it.
///
/// Trade x[k] adds to what is held of the k-th traded instrument; instruments that are held only enter
/// as constants.
struct TradeVariables {
  let traded: [Instrument]
  /// Held and not traded, in the order of the book.
  let heldOnly: [Instrument]
  private let portfolio: Portfolio
  private let slots: [String: Int]

  /// - Precondition: `instruments` holds each instrument once.
  init(trading instruments: [Instrument], on portfolio: Portfolio) {
    traded = instruments
    self.portfolio = portfolio
    let slots = Dictionary(
      uniqueKeysWithValues: instruments.enumerated().map { ($1.name, $0) })
    heldOnly = portfolio.positions.map(\.instrument).filter { slots[$0.name] == nil }
    self.slots = slots
  }

  /// What is traded or held, each once, trades first.
  var all: [Instrument] { traded + heldOnly }

  /// The index of the trade in an instrument of this name; nil where it is not traded.
  func slot(of name: String) -> Int? { slots[name] }

  /// Units after the trades: held + x[k].
  func units(of instrument: Instrument) -> AffineFunction {
    linear([(instrument, 1)])
  }

  /// Σ value · (held + traded) over instruments.
  func linear(
    _ terms: some Sequence<(instrument: Instrument, value: Double)>
  ) -> AffineFunction {
    var dense = [Double](repeating: 0, count: traded.count)
    var constant = 0.0
    for (instrument, value) in terms {
      constant += value * portfolio.quantity(of: instrument)
      if let slot = slots[instrument.name] { dense[slot] += value }
    }
    return AffineFunction(dense, constant: constant)
  }
}
