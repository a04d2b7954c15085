public import Margin

/// Files of least net initial margins under Derive's PMRM 1, by trades in the contracts that an
/// account holds and in the perpetual.
///
/// A case names a `portfolio` among the cases of `derive_pmrm1.json`, which lies in the same folder
/// and gives the parameters too; `settings` hold the boxes of the trades and their costs as
/// fractions of spot. Trades are at the mark, so that only cost changes what the account is worth.
/// With `delta_neutral_trades` Σ `deltas` · x over options, in the order of the portfolio, and the
/// perpetual is 0. Expected are `baseline_net_IM` and `net_IM_optimal`: what is compared with it is
/// the net margin of the account after the trades found, by the exact rule, less their cost. The
/// trades themselves need not be unique.
public struct LeastMarginReference: ReferenceMethod {
  public init() {}

  public func recognizes(_ file: ReferenceFile) -> Bool {
    file.method.contains("Margin-minimising hedge under Derive PMRM v1")
  }

  public func cases(of file: ReferenceFile) throws -> [ReferenceCase] {
    let portfolios = try file.sibling("derive_pmrm1.json")
    let rule = DerivePortfolioMargin(
      profile: try DerivePMRM1Reference.profile(
        ReferenceReader(portfolios, portfolios.contents["parameters"], at: "parameters")))
    let settings = try ReferenceReader(file, file.contents["settings"], at: "settings")
    return try file.cases { entry in
      let name = try entry.text("portfolio")
      guard
        let portfolio = portfolios.contents["cases"]?.list?.first(where: {
          $0["name"]?.text == name
        })
      else { throw portfolios.error("cases", "has no case \(name)") }
      let input = try ReferenceReader(portfolios, portfolio["input"], at: "\(name): input")
      let problem = try AccountHedge(entry, of: input, settings: settings, rule: rule)
      let found: [String: ReferenceFinding] = [
        "baseline_net_IM": .init(problem.baseline), "net_IM_optimal": .init(try problem.optimum()),
      ]
      return try ["baseline_net_IM", "net_IM_optimal"].map { key in
        ReferenceCase.Quantity(
          key, expected: try entry.number(key), found: found[key]?.value ?? .nan)
      }
    }
  }
}

/// The trades in an account's own contracts that leave the most net margin.
private struct AccountHedge {
  let rule: DerivePortfolioMargin
  let account: DeriveAccount
  /// By contract: the most that may be bought or sold, and what one costs.
  let boxes: [Double]
  let costs: [Double]
  /// Σ delta · trade must be 0; nil where it need not.
  let deltas: [Double]?
  let baseline: Double

  init(
    _ entry: ReferenceReader, of input: ReferenceReader, settings: ReferenceReader,
    rule: DerivePortfolioMargin
  ) throws {
    let account = try DerivePMRM1Reference.account(input)
    (self.rule, self.account) = (rule, account)
    let spot = account.markets[0].spot.value
    func byContract(_ option: Double, _ perpetual: Double) -> [Double] {
      account.contracts.map { if case .perpetual = $0 { perpetual } else { option } }
    }
    boxes = byContract(try settings.number("box_option"), try settings.number("box_perp"))
    costs = byContract(
      spot * (try settings.number("cost_per_option_fraction_of_spot")),
      spot * (try settings.number("cost_per_perp_fraction_of_spot")))
    baseline = try rule.netMargin(.initial, of: account).amount
    guard try entry.flag("delta_neutral_trades") else {
      deltas = nil
      return
    }
    // The account holds options by expiry, those of one expiry in the order of the file.
    let seconds = try input.list("options").map { try $0.number("sec") }
    let order = seconds.indices.sorted { (seconds[$0], $0) < (seconds[$1], $1) }
    guard let given = entry.value["deltas"]?.list?.compactMap(\.number),
      given.count == seconds.count
    else { throw entry.error("deltas", "is not a number for each of \(seconds.count) options") }
    deltas = order.map { given[$0] } + [1]
  }

  /// The net margin after the best trades, less their cost, by the exact rule.
  func optimum() throws -> Double {
    var program = EpigraphProgram(maximumBuy: boxes, maximumSell: boxes)
    let margin = try rule.marginFunction(.initial, of: account)
    program.addToObjective(program.epigraph(of: margin.function))
    for (i, cost) in costs.enumerated() {
      program.addToObjective(
        LinearExpression(terms: [i: cost, costs.count + i: cost]))
    }
    if let deltas {
      program.addRow(
        program.linear(AffineFunction(deltas)), atLeast: 0, atMost: 0, role: .limit(0))
    }
    let answer = try program.solve(HedgeProblem.Settings(), clock: Stopwatch(), observe: { _ in })
    guard answer.primalResidual < 1e-6 else {
      throw HedgeReferenceFault(reason: "the solver ended \(answer.status)")
    }
    let trades = answer.program.cleanTrades(in: answer.variables)
    let cost = zip(trades, costs).reduce(0) { $0 + abs($1.0) * $1.1 }
    return baseline + (try rule.margin(.initial, on: account).amount)
      - (try rule.margin(.initial, on: account.adding(trades)).amount) - cost
  }
}

/// Why no optimum was found.
private struct HedgeReferenceFault: Error, CustomStringConvertible {
  var reason: String
  var description: String { reason }
}
