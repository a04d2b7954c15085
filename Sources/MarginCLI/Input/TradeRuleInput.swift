import ArgumentParser
import MarginOptimization

/// Coins for all instruments, for those of an underlying, or for one: `0.1`, `ETH=1`,
/// `BTC-PERPETUAL=0.001`.
struct CoinsInput {
  /// The underlying or the instrument; nil for all.
  var name: String?
  var coins: Double

  init(_ text: String) throws {
    let words = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard let word = words.last, let coins = Double(word), coins >= 0, coins <= 1e9 else {
      throw ValidationError(
        "'\(text)' is not an amount of coins from 0 to 1e9; write COINS or NAME=COINS, as in 0.1 or "
          + "ETH=1")
    }
    name = words.count == 2 ? words[0].uppercased() : nil
    self.coins = coins
  }

  /// The coins of each instrument: its own, else those of its underlying, else those of all; the
  /// last that was written counts.
  static func table(
    _ inputs: [CoinsInput], for instruments: [Instrument], option: String
  ) throws -> [String: Double] {
    let known = Set(instruments.flatMap { [$0.name, $0.underlying] })
    if let stranger = inputs.compactMap(\.name).first(where: { !known.contains($0) }) {
      throw InputError("\(option): \(stranger) is no underlying or instrument of this hedge")
    }
    return Dictionary(
      uniqueKeysWithValues: instruments.map { instrument in
        let names = [instrument.name, instrument.underlying, nil]
        let found = names.compactMap { name in inputs.last { $0.name == name }?.coins }
        return (instrument.name, found.first ?? 0)
      })
  }
}

/// What is asked of single trades.
struct TradeRuleInput: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Trade at most so many instruments.", valueName: "count"))
  var maxTrades: Int?

  @Option(
    name: .customLong("lots"),
    help: ArgumentHelp(
      "Trade whole lots of so many coins: 0.1, or for an underlying or instrument ETH=1; may be "
        + "repeated.", valueName: "coins"),
    transform: CoinsInput.init)
  var lots: [CoinsInput] = []

  @Option(
    name: .customLong("min-trade"),
    help: ArgumentHelp(
      "Trade at least so many coins of what is traded; written as --lots.", valueName: "coins"),
    transform: CoinsInput.init)
  var leastSizes: [CoinsInput] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The relative gap to the bound at which the search for such trades is over (default 0.001 "
        + "with them, 1e-5 without).", valueName: "gap"))
  var gap: Double?

  func validate() throws {
    if let maxTrades { try require("--max-trades", maxTrades, in: 0...1_000_000) }
    try require("--gap", gap, in: 0...1)
  }

  var isEmpty: Bool { maxTrades == nil && lots.isEmpty && leastSizes.isEmpty }
  var provenGap: Double { gap ?? (isEmpty ? HedgePlan.provenGap : 1e-3) }

  func rules(for instruments: [Instrument]) throws -> TradeRules {
    var rules = TradeRules(maximumTrades: maxTrades)
    rules.lots = try CoinsInput.table(lots, for: instruments, option: "--lots")
    rules.minimumSizes = try CoinsInput.table(leastSizes, for: instruments, option: "--min-trade")
    return rules
  }
}
