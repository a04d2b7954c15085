/// A position: a signed quantity of one instrument, in coins of its underlying (long > 0).
public struct Position: Sendable, Hashable {
  public var instrument: Instrument
  public var quantity: Double

  public init(_ quantity: Double, _ instrument: Instrument) {
    self.instrument = instrument
    self.quantity = quantity
  }
}

/// A book: positions, at most one for each instrument, in the order in which they came.
public struct Portfolio: Sendable, Hashable {
  public private(set) var positions: [Position] = []
  private var index: [String: Int] = [:]

  public init() {}

  /// A book of the given positions; quantities of one instrument are added up.
  public init(_ positions: some Sequence<Position>) {
    for position in positions { add(position.quantity, of: position.instrument) }
  }

  public var isEmpty: Bool { positions.isEmpty }

  /// The quantity held, 0 where nothing is.
  public func quantity(of instrument: Instrument) -> Double {
    index[instrument.name].map { positions[$0].quantity } ?? 0
  }

  /// Adds a trade to the book.
  public mutating func add(_ quantity: Double, of instrument: Instrument) {
    if let i = index[instrument.name] {
      positions[i].quantity += quantity
    } else {
      index[instrument.name] = positions.count
      positions.append(Position(quantity, instrument))
    }
  }

  /// The book after trades.
  public func adding(_ trades: some Sequence<Position>) -> Portfolio {
    var sum = self
    for trade in trades { sum.add(trade.quantity, of: trade.instrument) }
    return sum
  }
}
