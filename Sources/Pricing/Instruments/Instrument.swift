/// A derivative listed on an exchange: a perpetual, a dated future or a European option on one
/// underlying.
///
/// One unit of any instrument is one coin of its underlying. An *inverse* contract is settled in
/// that coin; a *linear* one in dollars (or a stable coin taken as dollars).
public struct Instrument: Sendable, Hashable {
  /// What is delivered at settlement.
  public enum Settlement: String, Sendable, Hashable, Codable {
    /// Settled in the underlying coin: the payoff in dollars is divided by the settlement price.
    case inverse
    /// Settled in dollars.
    case linear
  }

  public enum Right: String, Sendable, Hashable, Codable {
    case call, put

    /// +1 for a call, −1 for a put.
    public var sign: Double { self == .call ? 1 : -1 }
  }

  public enum Kind: Sendable, Hashable {
    case perpetual
    case future(expiry: Timestamp)
    case option(expiry: Timestamp, strike: Double, right: Right)
  }

  /// The exchange's name, as in `BTC-27MAR26-100000-C`.
  public let name: String
  /// The coin, as in `BTC`.
  public let underlying: String
  public let settlement: Settlement
  public let kind: Kind

  public init(name: String, underlying: String, settlement: Settlement, kind: Kind) {
    self.name = name
    self.underlying = underlying
    self.settlement = settlement
    self.kind = kind
  }

  /// When the contract expires; nil for a perpetual.
  public var expiry: Timestamp? {
    switch kind {
    case .perpetual: nil
    case .future(let expiry), .option(let expiry, _, _): expiry
    }
  }

  public var isOption: Bool {
    if case .option = kind { true } else { false }
  }

  /// Instruments are equal when their names are: a name identifies a contract on its exchange.
  public static func == (a: Instrument, b: Instrument) -> Bool { a.name == b.name }
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
