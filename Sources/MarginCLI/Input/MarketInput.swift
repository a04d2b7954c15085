import ArgumentParser
import Foundation
import MarginOptimization

/// Where the market and the book come from.
struct MarketInput: ParsableArguments {
  @Flag(help: "Use the bundled sample: a market maker's BTC and ETH book over a made-up chain.")
  var sample = false

  @Option(help: "The chain: CSV with columns as the exchange's snapshot (see README).")
  var chain: String?

  @Option(help: "The book: CSV with columns instrument,quantity[,unit].")
  var book: String?

  @Option(help: "Which moment to read from a chain with several, as in 2026-08-17T03:58:01Z.")
  var snapshot: String?

  @Option(
    help: ArgumentHelp(
      "Half-spread in basis points of stand-in perpetuals and futures, where the chain has none.",
      discussion: "They are marked at the index and at the forwards; a negative number adds none."))
  var standInHalfSpread = 1.0

  @Flag(help: "Refuse a chain that lists expired contracts instead of skipping them.")
  var rejectExpired = false

  func validate() throws {
    if sample && (chain != nil || book != nil) {
      throw ValidationError("--sample stands for both --chain and --book: give one or the other.")
    }
    if let snapshot, Timestamp(snapshot) == nil {
      throw ValidationError("--snapshot needs a time such as 2026-08-17T03:58:01Z.")
    }
    if !standInHalfSpread.isFinite {
      throw ValidationError("--stand-in-half-spread needs a number.")
    }
  }

  /// The market, with what was skipped of the chain noted on standard error.
  func market() throws -> Market {
    guard sample || chain != nil else {
      throw ValidationError("Give --chain FILE (and --book FILE), or --sample.")
    }
    let reader = ChainReader(
      expiredRows: rejectExpired ? .reject : .skip, snapshot: snapshot.flatMap { Timestamp($0) },
      standInHalfSpread: standInHalfSpread < 0 ? nil : standInHalfSpread)
    let text = try chain.map(readText) ?? SampleMarket.chainCSV()
    let read = try reader.read(text: text, fileName: chain ?? "sample chain")
    for skipped in read.skipped.prefix(3) { note("skipped: \(skipped)") }
    if read.skipped.count > 3 { note("skipped: \(read.skipped.count - 3) more rows") }
    return read.market
  }

  func portfolio(in market: Market) throws -> Portfolio {
    guard sample || book != nil else { throw ValidationError("Give --book FILE.") }
    let text = try book.map(readText) ?? (try SampleMarket.bookCSV())
    return try PortfolioReader(market: market).read(text: text, fileName: book ?? "sample book")
  }
}

/// Which rule asks for margin.
struct MethodologyInput: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The margin rule: deribit, paradex, a profile's JSON file, or es:CONFIDENCE.",
      discussion: "es:0.99 is the expected shortfall over the scenarios at that confidence."))
  var profile = "paradex"

  @Option(help: "initial or maintenance.")
  var level: MarginLevel = .initial

  func methodology(
    for market: Market, scenarios: ScenarioInput, sample: Bool
  ) throws -> any ConvexMarginMethodology {
    if profile.hasPrefix("es:") {
      guard let confidence = Double(profile.dropFirst(3)), confidence > 0, confidence < 1 else {
        throw ValidationError("--profile es:CONFIDENCE needs a confidence in (0, 1), as es:0.99.")
      }
      return ExpectedShortfallMargin(
        scenarios: try scenarios.scenarioSet(for: market, sample: sample), confidence: confidence)
    }
    if let bundled = ScenarioGridProfile.Bundled(rawValue: profile) {
      return ScenarioGridMargin(profile: try ScenarioGridProfile(bundled: bundled))
    }
    guard profile.hasSuffix(".json") else {
      let names = ScenarioGridProfile.Bundled.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError(
        "--profile: '\(profile)' is none of \(names), es:CONFIDENCE, nor a .json file.")
    }
    return ScenarioGridMargin(profile: try ScenarioGridProfile(contentsOf: URL(filePath: profile)))
  }
}

extension MarginLevel: ExpressibleByArgument {}
