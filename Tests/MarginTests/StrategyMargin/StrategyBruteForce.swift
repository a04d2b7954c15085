import Margin
import Pricing

/// The least strategy margin of a small book by trying every way to part its contracts into groups
/// of at most four, each priced from the words of the rule: losses at expiry are looked for on a
/// grid of prices, patterns are recognised by sorting. Shares no code with the methodology.
struct StrategyBruteForce {
  struct Unit: Hashable {
    /// `S`, `C` or `P`.
    var kind: Character
    var isLong: Bool
    var strike: Double
    var expiry: Double
    var premium: Double
  }

  var price: Double
  var level: MarginLevel
  /// Prices of the underlying that include every strike.
  var grid: [Double]

  func least(_ units: [Unit]) -> Double {
    guard let first = units.first else { return 0 }
    let others = Array(units.dropFirst())
    var best = Double.infinity
    for mask in 0..<(1 << others.count) where mask.nonzeroBitCount <= 3 {
      let group = [first] + others.indices.filter { mask >> $0 & 1 == 1 }.map { others[$0] }
      guard let cost = cost(of: group), cost < best else { continue }
      best = min(
        best, cost + least(others.indices.filter { mask >> $0 & 1 == 0 }.map { others[$0] }))
    }
    return best
  }

  /// nil where the group is no strategy.
  func cost(of group: [Unit]) -> Double? {
    if group.count == 1 { return alone(group[0]) }
    if group.contains(where: { $0.kind == "S" }) { return withStock(group) }
    let longs = group.filter(\.isLong)
    let shorts = group.filter { !$0.isLong }
    if group.count == 2 {
      if shorts.count == 2 && shorts[0].kind != shorts[1].kind {
        let sides = shorts.map(alone)
        return sides[0] >= sides[1] ? sides[0] + shorts[1].premium : sides[1] + shorts[0].premium
      }
      guard longs.count == 1, longs[0].kind == shorts[0].kind, longs[0].expiry >= shorts[0].expiry
      else { return nil }
      return longs[0].premium + loss(group)
    }
    guard group.count == 4, longs.count == 2, Set(group.map(\.expiry)).count == 1 else {
      return nil
    }
    let inner = shorts.map(\.strike).sorted()
    let outer = longs.map(\.strike).sorted()
    let isNested = outer[0] < inner[0] && inner[1] < outer[1]
    if Set(group.map(\.kind)).count == 1 {
      return isNested ? longs[0].premium + longs[1].premium + loss(group) : nil
    }
    let byStrike = group.sorted {
      ($0.strike, $0.kind == "P" ? 0 : 1) < ($1.strike, $1.kind == "P" ? 0 : 1)
    }
    guard isNested, byStrike.map(\.kind) == ["P", "P", "C", "C"] else { return nil }
    return longs[0].premium + longs[1].premium + loss(group)
  }

  private func alone(_ unit: Unit) -> Double {
    switch (unit.kind, unit.isLong) {
    case ("S", true): price * (level == .initial ? 0.5 : 0.25)
    case ("S", false): price * (level == .initial ? 1.5 : 1.3)
    case (_, true): unit.premium
    case ("C", _):
      unit.premium + max(0.2 * price - max(unit.strike - price, 0), 0.1 * price)
    default: unit.premium + max(0.2 * price - max(price - unit.strike, 0), 0.1 * unit.strike)
    }
  }

  private func payoff(_ unit: Unit, _ at: Double) -> Double {
    (unit.isLong ? 1 : -1)
      * (unit.kind == "C" ? max(at - unit.strike, 0) : max(unit.strike - at, 0))
  }

  private func loss(_ group: [Unit]) -> Double {
    grid.reduce(0) { worst, at in max(worst, -group.reduce(0) { $0 + payoff($1, at) }) }
  }

  private func withStock(_ group: [Unit]) -> Double? {
    guard group.count <= 3, group.filter({ $0.kind == "S" }).count == 1,
      let stock = group.first(where: { $0.kind == "S" })
    else { return nil }
    let options = group.filter { $0.kind != "S" }
    let protection = options.filter { $0.isLong && $0.kind == (stock.isLong ? "P" : "C") }
    let cover = options.filter { !$0.isLong && $0.kind == (stock.isLong ? "C" : "P") }
    guard protection.count + cover.count == options.count, protection.count <= 1, cover.count <= 1
    else { return nil }
    func inTheMoney(_ unit: Unit) -> Double {
      max(0, unit.isLong ? payoff(unit, price) : -payoff(unit, price))
    }
    let base = stock.isLong ? 0 : price
    guard let long = protection.first else {
      let short = cover[0]
      let share = level == .initial ? 0.5 : stock.isLong ? 0.25 : 0.3
      return base + inTheMoney(short) + share * (stock.isLong ? min(price, short.strike) : price)
    }
    if level == .initial { return nil }
    let distance = abs(price - long.strike)
    let outOfTheMoney = inTheMoney(long) > 0 ? 0 : distance
    let tenth = 0.1 * long.strike
    guard let short = cover.first else {
      return base + long.premium + min(tenth + outOfTheMoney, (stock.isLong ? 0.25 : 0.3) * price)
    }
    guard short.expiry == long.expiry else { return nil }
    if short.strike == long.strike { return base + long.premium + inTheMoney(short) + tenth }
    guard stock.isLong, long.strike < short.strike else { return nil }
    return long.premium + inTheMoney(short) + min(tenth + outOfTheMoney, 0.25 * short.strike)
  }
}
