import MarginOptimization

/// What `hedge --venues` prints.
struct VenueReport: Encodable {
  struct Side: Encodable {
    var venue: String
    var margin: HedgeReport.Margins
    var collateralBefore: Double?
    var collateralAfter: Double?
    var headroom: Double?
    var cost: Double
    var rule: String
    var trades: [HedgeReport.Trade]
    /// Coins by instrument that came in (> 0) or went out.
    var moved: [String: Double]
  }

  struct Move: Encodable {
    var from: String
    var to: String
    /// Absent for collateral.
    var instrument: String?
    /// Coins, or dollars of collateral.
    var quantity: Double
    var cost: Double
  }

  var status: String
  var reason: String?
  var marginBefore: Double?
  var marginAfter: Double?
  var cost: Double?
  var objective: Double?
  var bound: Double?
  var gap: Double?
  var isExact: Bool?
  var limitViolation: Double?
  var venues: [Side] = []
  var transfers: [Move] = []
  var collateralTransfers: [Move] = []
  var limits: [HedgeReport.Risk] = []
  var bindingLimits: [HedgeReport.Binding] = []
  var conflict: [HedgeReport.Conflict] = []
  var models: Int?
  var seconds: Double?

  init(_ outcome: VenueHedgeOutcome, provenGap: Double) {
    switch outcome {
    case .plan(let plan):
      status = plan.gap <= provenGap ? "solved" : "unproven"
      fill(plan)
    case .infeasible(let found):
      status = "infeasible"
      conflict = found.members.map(HedgeReport.Conflict.init)
    case .notSolved(let why):
      status = "not solved"
      reason = why
    }
  }

  private mutating func fill(_ plan: VenueHedgePlan) {
    (marginBefore, marginAfter) = (plan.margin.before, plan.margin.after)
    (cost, objective) = (plan.cost, plan.objective)
    (bound, gap) = (finite(plan.bound), finite(plan.gap))
    (isExact, limitViolation) = (plan.isExact, plan.limitViolation)
    venues = plan.sides.map { side in
      Side(
        venue: side.venue, margin: .init(side.margin), collateralBefore: side.collateralBefore,
        collateralAfter: side.collateralAfter, headroom: side.headroom, cost: side.cost,
        rule: side.relation.words,
        trades: side.trades.map(HedgeReport.Trade.init).sorted {
          abs($0.premium) + $0.cost > abs($1.premium) + $1.cost
        },
        moved: Dictionary(
          uniqueKeysWithValues: side.moved.map { ($0.instrument.name, $0.quantity) }))
    }
    transfers = plan.moves.map {
      Move(
        from: $0.from, to: $0.to, instrument: $0.instrument.name, quantity: $0.quantity,
        cost: $0.cost)
    }
    collateralTransfers = plan.collateralMoves.map {
      Move(from: $0.from, to: $0.to, quantity: $0.amount, cost: $0.cost)
    }
    limits = plan.risk.map {
      HedgeReport.Risk(
        name: $0.name, unit: $0.unit, before: $0.before, after: $0.after,
        lower: finite($0.lower), upper: finite($0.upper))
    }
    bindingLimits = plan.bindingLimits.map(HedgeReport.Binding.init)
    models = plan.statistics.models
    seconds = plan.statistics.modelSeconds + plan.statistics.solveSeconds
  }

  // MARK: Text

  var text: String {
    guard let objective, let cost else { return failure }
    var table = Table(
      "USD", "margin before", "after", "collateral before", "after", "left", "trades", "cost")
    for side in venues {
      table.add(
        side.venue, money(side.margin.before), money(side.margin.after),
        side.collateralBefore.map(money) ?? "", side.collateralAfter.map(money) ?? "",
        side.headroom.map(money) ?? "", "\(side.trades.count)", money(side.cost))
    }
    table.add(
      "together", money(marginBefore ?? 0), money(marginAfter ?? 0), "", "", "",
      "\(venues.reduce(0) { $0 + $1.trades.count })", money(venues.reduce(0) { $0 + $1.cost }))
    var blocks = [
      "The hedge of least margin over \(counted(venues.count, "venue"))", table.text,
      "Margins and weighted cost come to \(money(objective)) USD by the exact rules; no admissible "
        + "trades and transfers come below\n\(bound.map(money) ?? "none") USD (certified; relative gap "
        + "\(gap.map(scientific) ?? "unknown"))."
        + (isExact == true
          ? "" : " Some rules are not convex: the bound is that of their faces at the plan."),
      "Trades and transfers cost \(money(cost)) USD.",
    ]
    if !(transfers + collateralTransfers).isEmpty { blocks.append(transferTable.text) }
    for side in venues where !side.trades.isEmpty {
      var trades = Table("\(side.venue): trades", "quantity", "premium USD", "cost USD")
      for trade in side.trades {
        trades.add(trade.instrument, coins(trade.quantity), money(trade.premium), money(trade.cost))
      }
      blocks.append(trades.text)
    }
    if !limits.isEmpty { blocks.append(limitTable.text) }
    if !bindingLimits.isEmpty {
      blocks.append(
        (["Limits that bind"] + bindingLimits.map { "  \($0.words)" }).joined(separator: "\n"))
    }
    return blocks.joined(separator: "\n\n")
  }

  private var transferTable: Table {
    var table = Table("moved", "from", "to", "quantity", "cost USD")
    for move in transfers {
      table.add(move.instrument ?? "", move.from, move.to, coins(move.quantity), money(move.cost))
    }
    for move in collateralTransfers {
      table.add("collateral, USD", move.from, move.to, money(move.quantity), money(move.cost))
    }
    return table
  }

  private var limitTable: Table {
    var table = Table("limit", "before", "after", "at least", "at most", "unit")
    for limit in limits {
      let words = limit.unit.hasPrefix("USD") ? money : coins
      table.add(
        limit.name, words(limit.before), words(limit.after), limit.lower.map(words) ?? "",
        limit.upper.map(words) ?? "", limit.unit)
    }
    return table
  }

  private var failure: String {
    guard status == "infeasible" else { return "Not solved: \(reason ?? "")" }
    return
      (["The limits conflict: no trades and transfers within their sizes meet them all."]
      + conflict.map { "  \($0.words)" }).joined(separator: "\n")
  }
}
