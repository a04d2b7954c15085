import MarginOptimization

/// What `hedge --largest` prints.
struct LargestTradeReport: Encodable {
  var methodology: String
  var status: String
  var reason: String?
  var instrument: String?
  /// Coins, negative where sold.
  var quantity: Double?
  var bound: Double?
  var gap: Double?
  /// Whether the bound is one of the rule, and not of its convex face.
  var isExact: Bool?
  var equity: Double
  var cost: Double?
  var margin: HedgeReport.Margins?
  var heldBy: [String] = []
  var hedges: [HedgeReport.Trade] = []
  var conflict: [HedgeReport.Conflict] = []

  init(_ outcome: LargestTradeOutcome, methodology: String, equity: Double) {
    self.methodology = methodology
    self.equity = equity
    switch outcome {
    case .trade(let trade):
      status = "solved"
      instrument = trade.instrument.name
      (quantity, bound, gap) = (trade.quantity, finite(trade.bound), finite(trade.gap))
      (isExact, cost) = (trade.isExact, trade.cost)
      margin = .init(trade.margin)
      heldBy = trade.heldBy
      hedges = trade.hedges.map(HedgeReport.Trade.init)
    case .infeasible(let found):
      status = "infeasible"
      conflict = found.members.map(HedgeReport.Conflict.init)
    case .notSolved(let why):
      status = "not solved"
      reason = why
    }
  }

  var text: String {
    guard let quantity, let instrument, let margin, let cost else {
      guard status == "infeasible" else { return "Not solved: \(reason ?? "")" }
      return
        (["No size is admissible: the limits conflict without the trade."]
        + conflict.map { "  \($0.words)" }).joined(separator: "\n")
    }
    var table = Table("USD", "before", "after")
    table.add("margin", money(margin.before), money(margin.after))
    table.add("trading cost", "", money(cost))
    table.add("equity", money(equity), money(equity - cost))
    var blocks = [
      "\(methodology): the largest admissible trade",
      "\(quantity > 0 ? "Buy" : "Sell") \(coins(abs(quantity))) \(instrument); no larger size than "
        + "\(bound.map { coins(abs($0)) } ?? "unknown") is admissible (relative gap "
        + "\(gap.map(scientific) ?? "unknown"))."
        + (isExact == true
          ? "" : " The rule is not convex: the bound is that of its first convex face."),
      "It is held by: \(heldBy.isEmpty ? "nothing found" : heldBy.joined(separator: ", ")).",
      table.text,
    ]
    if !hedges.isEmpty {
      var trades = Table("made at the same time", "quantity", "premium USD", "cost USD")
      for trade in hedges {
        trades.add(trade.instrument, coins(trade.quantity), money(trade.premium), money(trade.cost))
      }
      blocks.append(trades.text)
    }
    return blocks.joined(separator: "\n\n")
  }
}
