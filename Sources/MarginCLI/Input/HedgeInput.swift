import ArgumentParser
import MarginOptimization

/// The margin call that trades are to cure, if there is one.
struct CureInput: ParsableArguments {
  @Option(
    name: .customLong("cure"), parsing: .unconditional,
    help: ArgumentHelp(
      "Find the cheapest trades after which margin is at most so many dollars of equity.",
      discussion:
        "Replaces the search for least margin; limits, sizes and lots hold as they do there.",
      valueName: "equity"))
  var equity: Double?

  @Flag(help: "With --cure: the trading cost comes out of the equity, too.")
  var curePaysCost = false

  func validate() throws {
    try require("--cure", equity, in: -1e15...1e15, "USD")
    if curePaysCost && equity == nil {
      throw ValidationError("--cure-pays-cost goes with --cure EQUITY.")
    }
  }

  func applied(to problem: HedgeProblem) throws -> HedgeProblem {
    guard let equity else { return problem }
    return try problem.cheapestCure(equity: equity, payingCost: curePaysCost)
  }
}

/// What trading costs and how much may be traded.
struct CostInput: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The fee on an option, as a fraction of the index price per coin.", valueName: "fraction"))
  var optionFee = 0.0003

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The most that the fee on an option may be, as a fraction of its price.",
      valueName: "fraction"))
  var optionFeeCap = 0.125

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The fee on a future or perpetual, as a fraction of its price.", valueName: "fraction"))
  var futureFee = 0.0005

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Dollars of margin that a dollar of trading cost is worth; 0 ignores cost.",
      valueName: "weight"))
  var costWeight = 1.0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The share of an option's open interest that may be traded.", valueName: "fraction"))
  var sizeShare = 0.05

  @Option(
    help: ArgumentHelp(
      "Order books: CSV with columns instrument,side,price,quantity, a row for each level.",
      discussion: """
        The side is bid or ask, the price is in the unit of the chain. What is in the file is traded \
        through its levels and not beyond them; the rest at the best quotes.
        """, valueName: "file"))
  var depth: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Coins of each option that may be traded, instead of --size-share.", valueName: "coins"))
  var size: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Coins of each future or perpetual; without it all delta within reach.",
      valueName: "coins"))
  var futureSize: Double?

  func validate() throws {
    let amounts = [
      ("--option-fee", optionFee), ("--option-fee-cap", optionFeeCap), ("--future-fee", futureFee),
      ("--cost-weight", costWeight), ("--size-share", sizeShare), ("--size", size),
      ("--future-size", futureSize),
    ]
    for (option, amount) in amounts { try require(option, amount, in: 0...1e9) }
  }

  func apply(to problem: inout HedgeProblem) throws {
    if let depth {
      problem.orderBooks = try OrderBookReader(market: problem.market).read(
        text: readText(depth), fileName: depth)
    }
    problem.tradingCost = TradingCost(
      optionFee: optionFee, optionFeeCap: optionFeeCap, futureFee: futureFee)
    problem.costWeight = costWeight
    problem.tradeSize = size.map { .coins($0) } ?? .shareOfOpenInterest(sizeShare)
    problem.futureSize = futureSize
  }
}
