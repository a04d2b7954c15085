/// Which trade each contract of a market belongs to, and affine functions of the quantities after
/// trades.
struct DeriveSlots {
  let market: DeriveAccount.Market
  /// By option in the order of expiries, then the perpetual: the number of the trade, or nil.
  let slots: [Int?]
  /// The number of trades.
  let count: Int
  /// Where the options of each expiry begin among the slots.
  private let starts: [Int]

  init(of market: DeriveAccount.Market, _ slots: [Int?], count: Int) {
    (self.market, self.slots, self.count) = (market, slots, count)
    starts = market.expiries.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.options.count) }
  }

  /// The trade of an option.
  func slot(_ e: Int, _ option: Int) -> Int? { slots[starts[e] + option] }
  var perpetualSlot: Int? { slots[slots.count - 1] }

  /// Σ over options of an expiry of `value(option)` · (held + traded).
  func linear(
    _ e: Int, _ options: some Sequence<Int>, _ value: (Int) -> Double
  ) -> AffineFunction {
    var dense = [Double](repeating: 0, count: count)
    var constant = 0.0
    for o in options {
      constant += value(o) * market.expiries[e].options[o].quantity
      if let slot = slot(e, o) { dense[slot] += value(o) }
    }
    return AffineFunction(dense, constant: constant)
  }

  /// `value` · (held + traded) of the perpetual.
  func perpetual(_ value: Double) -> AffineFunction {
    let held = value * market.perpetual.quantity
    guard let slot = perpetualSlot else { return AffineFunction(constant: held) }
    return AffineFunction(coefficient: value, of: slot, constant: held)
  }
}
