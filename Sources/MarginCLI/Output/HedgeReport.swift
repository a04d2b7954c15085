import MarginOptimization

/// What `hedge` prints.
struct HedgeReport: Encodable {
  struct Margins: Encodable {
    var before: Double
    var after: Double
    var reduction: Double

    init(_ margins: HedgePlan.Margins) {
      before = margins.before.amount
      after = margins.after.amount
      reduction = before > 0 ? 1 - after / before : 0
    }
  }

  struct Trade: Encodable {
    var instrument: String
    var quantity: Double
    var premium: Double
    var cost: Double

    init(_ trade: HedgePlan.Trade) {
      instrument = trade.instrument.name
      quantity = trade.quantity
      premium = trade.premium
      cost = trade.cost
    }
  }

  struct Risk: Encodable {
    var name: String
    var unit: String
    var before: Double
    var after: Double
    var lower: Double?
    var upper: Double?
  }

  struct Binding: Encodable {
    var name: String
    var unit: String
    var side: String
    var limit: Double
    var dual: Double
    var words: String

    init(_ limit: HedgePlan.BindingLimit) {
      (name, unit, side) = (limit.name, limit.unit, limit.isUpper ? "upper" : "lower")
      (self.limit, dual, words) = (limit.value, limit.price, "\(limit)")
    }
  }

  struct Conflict: Encodable {
    var name: String
    var unit: String
    var side: String
    var limit: Double
    var needed: Double
    var words: String

    init(_ member: LimitConflict.Member) {
      name = member.name
      unit = member.unit
      side = member.isUpper ? "upper" : "lower"
      limit = member.limit
      needed = member.needed
      words = "\(member)"
    }
  }

  struct Statistics: Encodable {
    var instruments: Int
    var variables: Int
    var rows: Int
    var rounds: Int
    var iterations: Int
    var models: Int
    var nodes: Int
    var modelSeconds: Double
    var solveSeconds: Double
  }

  /// What margin had to come down to, where a margin call was to be cured.
  var equity: Double?
  /// Whether the cost had to be covered by it too.
  var costIsPaid: Bool?
  var methodology: String
  var level: String
  var status: String
  var reason: String?
  var margin: Margins?
  var otherLevelMargin: Margins?
  var cost: Double?
  var premium: Double?
  var objective: Double?
  var bound: Double?
  var gap: Double?
  var rule: String?
  /// Of the rule itself, where the face for the optimizer is only a bound of it.
  var ruleBound: Double?
  var ruleGap: Double?
  /// What the first convex model came to by the rule, where others came after it.
  var firstObjective: Double?
  var limitViolation: Double?
  var trades: [Trade] = []
  var risk: [Risk] = []
  var bindingLimits: [Binding] = []
  var conflict: [Conflict] = []
  var statistics: Statistics?

  init(_ outcome: HedgeOutcome, of problem: HedgeProblem, provenGap: Double) {
    methodology = problem.methodology.name
    level = problem.level.rawValue
    switch outcome {
    case .plan(let plan):
      status = plan.gap <= provenGap ? "solved" : "unproven"
      fill(plan)
    case .infeasible(let found):
      status = "infeasible"
      conflict = found.members.map(Conflict.init)
    case .notSolved(let why):
      status = "not solved"
      reason = why
    }
  }

  private mutating func fill(_ plan: HedgePlan) {
    margin = Margins(plan.margin)
    otherLevelMargin = Margins(plan.otherMargin)
    cost = plan.cost
    premium = plan.premium
    objective = plan.objective
    bound = finite(plan.bound)
    gap = finite(plan.gap)
    limitViolation = plan.limitViolation
    rule = plan.relation.words
    ruleBound = plan.ruleBound.flatMap(finite)
    ruleGap = plan.ruleGap.flatMap(finite)
    firstObjective = plan.firstObjective
    trades = plan.trades.map(Trade.init).sorted {
      abs($0.premium) + $0.cost > abs($1.premium) + $1.cost
    }
    risk = plan.risk.map {
      Risk(
        name: $0.name, unit: $0.unit, before: $0.before, after: $0.after, lower: finite($0.lower),
        upper: finite($0.upper))
    }
    bindingLimits = plan.bindingLimits.map(Binding.init)
    let found = plan.statistics
    statistics = Statistics(
      instruments: found.instruments, variables: found.variables, rows: found.rows,
      rounds: found.rounds, iterations: found.iterations, models: found.models,
      nodes: found.nodes,
      modelSeconds: found.modelSeconds,
      solveSeconds: found.solveSeconds)
  }
}

extension HedgeReport {
  var text: String {
    guard let margin, let otherLevelMargin else { return failure }
    var lines = ["\(methodology): \(title)", ""]
    var table = Table("USD", "before", "after", "change")
    func add(_ name: String, _ margins: Margins) {
      table.add(
        name, money(margins.before), money(margins.after), percent(-margins.reduction))
    }
    add("\(level) margin", margin)
    add(level == "initial" ? "maintenance margin" : "initial margin", otherLevelMargin)
    lines += [table.text, "", proof, ""]
    lines.append(
      "Trades: \(trades.count), costing \(money(cost ?? 0)) USD, premium paid \(money(premium ?? 0)) USD"
    )
    if !trades.isEmpty { lines.append(tradeTable.text) }
    lines += ["", "Risk", riskTable.text]
    if !bindingLimits.isEmpty {
      lines += ["", "Limits that bind"] + bindingLimits.map { "  \($0.words)" }
    }
    if let found = statistics {
      lines += [
        "",
        "\(found.instruments) instruments, \(found.variables) variables, \(found.rows) rows; "
          + "\(found.rounds) round\(found.rounds == 1 ? "" : "s"), \(found.iterations) iterations; "
          + (found.nodes > 0 ? "\(found.nodes) nodes; " : "")
          + "\(fixed(found.modelSeconds, 3)) s to value, \(fixed(found.solveSeconds, 3)) s to solve",
      ]
    }
    return lines.joined(separator: "\n")
  }

  private var title: String {
    guard let equity else { return "the hedge of least \(level) margin" }
    return "the cheapest trades that bring \(level) margin"
      + (costIsPaid == true ? " and their cost" : "") + " to at most \(money(equity)) USD"
  }

  private var proof: String {
    let come = equity == nil ? "Margin and weighted cost come" : "The cost comes"
    let found = "\(come) to \(money(objective ?? 0)) USD by the exact rule; "
    func certified(_ bound: Double?, _ gap: Double?) -> String {
      "no admissible trades come below\n\(bound.map(money) ?? "none") USD (certified; relative gap "
        + "\(gap.map(scientific) ?? "unknown"))."
    }
    if rule == "exact" { return found + certified(bound, gap) }
    var lines = [
      found
        + (ruleBound == nil
          ? certified(bound, gap) + " The bound is that of the \(rule ?? "")."
          : certified(ruleBound, ruleGap))
    ]
    if let firstObjective, let models = statistics?.models {
      lines.append(
        "The rule is not convex: \(counted(models, "convex model")) led here, of which the first came to "
          + "\(money(firstObjective)) USD.")
    }
    return lines.joined(separator: "\n")
  }

  private var failure: String {
    guard status == "infeasible" else { return "Not solved: \(reason ?? "")" }
    let what =
      equity == nil ? "The limits conflict" : "The margin call cannot be cured under these limits"
    return
      (["\(what): no trades within their sizes meet them all."]
      + conflict.map { "  \($0.words)" }).joined(separator: "\n")
  }

  private var tradeTable: Table {
    var table = Table("instrument", "quantity", "premium USD", "cost USD")
    for trade in trades {
      table.add(
        trade.instrument, coins(trade.quantity), money(trade.premium), money(trade.cost))
    }
    return table
  }

  private var riskTable: Table {
    var table = Table("measure", "before", "after", "at least", "at most", "unit")
    for figure in risk {
      let words = figure.unit.hasPrefix("USD") ? money : coins
      table.add(
        figure.name, words(figure.before), words(figure.after),
        figure.lower.map(words) ?? "", figure.upper.map(words) ?? "", figure.unit)
    }
    return table
  }
}
