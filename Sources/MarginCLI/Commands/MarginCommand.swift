import ArgumentParser
import Foundation
import MarginOptimization

struct MarginCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "margin",
    abstract: "Computes the margin that a venue's rule asks for a book, and explains it.",
    discussion: """
      Prints the requirement, the scenario that decides it in each pool, and the parts of the sum; \
      --explain prints every node of the calculation with its rule.

      Example: marginopt margin --sample --profile deribit --explain
      Example: marginopt margin --sample --compare deribit,paradex,es:0.99
      Example: marginopt margin --chain chain.csv --book book.csv --profile my-venue.json --json
      Example: marginopt margin --crif sensitivities.csv --profile simm.json --fx EUR=1.08 --explain
      Example: marginopt margin --list
      """)

  @OptionGroup(title: "Market and book") var input: MarketInput
  @OptionGroup(title: "Rule") var rule: MethodologyInput
  @OptionGroup(title: "Scenarios") var scenarios: ScenarioInput

  @Option(
    help: ArgumentHelp(
      "Margin by several rules side by side, written as --profile and separated by commas.",
      discussion: "In the place of --profile and --level: both levels are printed.",
      valueName: "rules"))
  var compare: String?

  @OptionGroup(title: "Sensitivities") var sensitivities: SensitivityInput

  @Flag(help: "List the rules that come with the command, with their sources and dates.")
  var list = false

  private var compared: [MarginRule]? {
    compare?.split(separator: ",", omittingEmptySubsequences: false).map {
      MarginRule(text: String($0).trimmingCharacters(in: .whitespaces))
    }
  }

  @Flag(help: "Print the whole calculation as a tree.")
  var explain = false

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if list { return }
    if sensitivities.crif != nil { return try sensitivities.validate(beside: input, compare) }
    try input.requireBook()
    for rule in compared ?? [] { try rule.validate("--compare") }
    if let compared, Set(compared.map(\.text)).count < compared.count {
      throw ValidationError("--compare names a rule twice.")
    }
    if rule.needsScenarios || compared?.contains(where: \.needsScenarios) == true {
      try scenarios.requirePrices(sample: input.sample)
    }
  }

  func run() throws {
    if list {
      let bundled = try BundledRules()
      return json ? try printJSON(bundled.rules) : print(bundled.text)
    }
    if let requirement = try sensitivities.requirement(by: rule.rule) {
      return try show(requirement, title: "\(requirement.name) of \(sensitivities.crif ?? "")")
    }
    let market = try input.market()
    let portfolio = try input.portfolio(in: market)
    if let compared {
      let comparison = try MarginComparison(of: portfolio, in: market, by: compared) {
        try $0.methodology(for: market, scenarios: scenarios, sample: input.sample)
      }
      if json { try printJSON(comparison) } else { print(comparison.text(explaining: explain)) }
      if comparison.rules.contains(where: { $0.reason != nil }) { throw noSolutionCode }
      return
    }
    let methodology = try rule.methodology(
      for: market, scenarios: scenarios, sample: input.sample)
    let requirement = try methodology.margin(rule.level, on: portfolio, in: market)
    try show(
      requirement,
      title: "\(requirement.name) of \(counted(portfolio.positions.count, "position"))")
  }

  private func show(_ requirement: MarginRequirement, title: String) throws {
    if json { return try printJSON(requirement) }
    print(title)
    print("")
    print(requirement.decisions.text)
    print("")
    print(requirement.table(depth: explain ? .max : 4).text)
  }
}

extension MarginRequirement {
  /// The pools of the requirement, each with the part that decides it.
  var decisions: Table {
    var table = Table("pool", "USD", "decided by")
    for pool in parts.isEmpty ? [self] : parts {
      table.add(pool.name, money(pool.amount), pool.decision ?? "")
    }
    if parts.count > 1 { table.add("total", money(amount), "") }
    return table
  }

  /// The part that decides the last maximum on the way down, following the largest parts of sums.
  private var decision: String? {
    if let part = decisivePart { return part.decision ?? part.name }
    for part in parts.sorted(by: { abs($0.amount) > abs($1.amount) }) {
      if let found = part.decision { return found }
    }
    return nil
  }

  /// The tree, a line for each node, indented; parts of a maximum from the largest down.
  func table(depth: Int) -> Table {
    var table = Table("calculation", "amount", "", "")
    addParts(to: &table, depth: depth, indentation: "")
    return table
  }

  private func addParts(to table: inout Table, depth: Int, indentation: String) {
    guard depth > 0 else { return }
    for part in rule == .maximum ? parts.sorted(by: { $0.amount > $1.amount }) : parts {
      table.add(
        indentation + part.name, grouped(part.amount, decimals: part.currency == "USD" ? 2 : 6),
        part.currency, depth > 1 ? part.words : "")
      part.addParts(to: &table, depth: depth - 1, indentation: indentation + "  ")
    }
  }

  private var words: String {
    switch rule {
    case .given, .sum: ""
    case .maximum: "the largest of"
    case .minimum: "the smallest of"
    case .scaled(let factor):
      factor == 1 ? "" : "\(grouped(factor, decimals: factor.rounded() == factor ? 0 : 4)) times"
    case .rounded(let decimals): "rounded to \(decimals) decimals"
    case .rootOfQuadraticForm: "the root of correlated squares of"
    case .rootOfBuckets: "the root over correlated buckets of"
    }
  }
}
