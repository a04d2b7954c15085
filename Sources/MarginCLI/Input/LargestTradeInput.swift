import ArgumentParser
import MarginOptimization

/// The question for the largest trade, and the equity that it is held to.
struct LargestTradeInput: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The largest admissible trade in an instrument: NAME to buy it, NAME:sell to sell it.",
      discussion: """
        Margin by the exact rule and the trading cost are held to --equity, and limits hold. Replaces \
        the search for least margin.
        """, valueName: "instrument"))
  var largest: String?

  @Flag(help: "With --largest: other instruments are traded at the same time where that helps.")
  var withHedges = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Dollars that the account is worth: for --largest, and for limits on leverage.",
      valueName: "USD"))
  var equity: Double?

  func validate() throws {
    try require("--equity", equity, in: 0...1e15, "USD")
    if largest != nil && equity == nil { throw ValidationError("--largest needs --equity USD.") }
    if withHedges && largest == nil {
      throw ValidationError("--with-hedges goes with --largest INSTRUMENT.")
    }
  }

  /// The instrument, and whether it is bought.
  func trade(in market: Market) throws -> (instrument: Instrument, buying: Bool)? {
    guard let largest else { return nil }
    let parts = largest.split(separator: ":", maxSplits: 1).map(String.init)
    guard parts.count == 1 || ["buy", "sell"].contains(parts[1]) else {
      throw ValidationError("--largest '\(largest)': after the colon there is buy or sell.")
    }
    return (
      try market.quote(named: parts.first ?? "", by: "--largest").instrument,
      parts.count == 1 || parts[1] == "buy"
    )
  }
}
