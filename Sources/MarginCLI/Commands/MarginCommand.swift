import ArgumentParser
import MarginOptimization

struct MarginCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "margin",
    abstract: "Computes the margin that a venue's rule asks for a book, and explains it.",
    discussion: """
      Example: marginopt margin --sample --profile deribit --explain
      Example: marginopt margin --chain chain.csv --book book.csv --profile my-venue.json --json
      """)

  @OptionGroup(title: "Market and book") var input: MarketInput
  @OptionGroup(title: "Rule") var rule: MethodologyInput
  @OptionGroup(title: "Scenarios") var scenarios: ScenarioInput

  @Flag(help: "Print the whole calculation as a tree.")
  var explain = false

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let market = try input.market()
    let portfolio = try input.portfolio(in: market)
    let methodology = try rule.methodology(
      for: market, scenarios: scenarios, sample: input.sample)
    let requirement = try methodology.margin(rule.level, on: portfolio, in: market)
    if json { return try printJSON(requirement) }
    print("\(requirement.name) of \(portfolio.positions.count) positions")
    print("  \(money(requirement.amount)) USD")
    print(requirement.lines(depth: explain ? .max : 7, worst: explain ? .max : 3))
  }
}

extension MarginRequirement {
  /// The tree in lines, indented; of a maximum with many parts only the largest few.
  func lines(depth: Int, worst count: Int, indentation: String = "  ") -> String {
    guard depth > 0 else { return "" }
    var shown = parts
    if rule == .maximum { shown = Array(parts.sorted { $0.amount > $1.amount }.prefix(count)) }
    return shown.map { part in
      let value = grouped(part.amount, decimals: part.currency == "USD" ? 2 : 6)
      let line = "\(indentation)\(part.name): \(value) \(part.currency)\(part.rule.words)"
      let below = part.lines(
        depth: depth - 1, worst: count, indentation: indentation + "  ")
      return below.isEmpty ? line : line + "\n" + below
    }.joined(separator: "\n")
  }
}

extension MarginRequirement.Rule {
  var words: String {
    switch self {
    case .given, .sum: ""
    case .maximum: " = the largest of"
    case .scaled(let factor): " = \(quantity(factor)) times"
    case .rounded(let decimals): " = rounded to \(decimals) decimals"
    }
  }
}
