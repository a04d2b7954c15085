import MarginOptimization

/// What `hedge --frontier` prints.
struct FrontierReport: Encodable {
  struct Point: Encodable {
    var cost: Double
    var margin: Double
    /// No admissible trades of at most this cost have less margin by the convex face.
    var bound: Double?
    var convexMargin: Double
    /// Dollars of margin for one more dollar of cost; absent at a first point without trades.
    var slope: Double?
    var otherLevelMargin: Double
    var premium: Double
    var trades: [HedgeReport.Trade]
  }

  var methodology: String
  var level: String
  var status: String
  var reason: String?
  var rule: String?
  var marginBefore: Double?
  var points: [Point] = []
  /// Points that were asked for and not found.
  var omitted: Int?
  var conflict: [HedgeReport.Conflict] = []
  var iterations: Int?
  var seconds: Double?

  init(_ outcome: HedgeFrontierOutcome, of problem: HedgeProblem) {
    methodology = problem.methodology.name
    level = problem.level.rawValue
    switch outcome {
    case .frontier(let frontier):
      status = "solved"
      fill(frontier)
    case .infeasible(let found):
      status = "infeasible"
      conflict = found.members.map(HedgeReport.Conflict.init)
    case .notSolved(let why):
      status = "not solved"
      reason = why
    }
  }

  private mutating func fill(_ frontier: HedgeFrontier) {
    let first = frontier.points.first?.plan
    marginBefore = first?.margin.before.amount
    rule = first?.relation.words
    points = frontier.points.map {
      Point(
        cost: $0.cost, margin: $0.margin, bound: finite($0.plan.bound),
        convexMargin: $0.convexMargin, slope: $0.slope,
        otherLevelMargin: $0.plan.otherMargin.after.amount, premium: $0.plan.premium,
        trades: $0.plan.trades.map(HedgeReport.Trade.init))
    }
    omitted = frontier.omitted
    iterations = frontier.iterations
    seconds = frontier.seconds
  }

  var text: String {
    if status == "infeasible" {
      return
        (["The limits conflict: no trades within their sizes meet them all."]
        + conflict.map { "  \($0.words)" }).joined(separator: "\n")
    }
    guard let marginBefore else { return "Not solved: \(reason ?? "")" }
    var table = Table(
      "cost USD", "margin USD", "change", "margin per dollar", "no less than", "trades")
    for point in points {
      table.add(
        money(point.cost), money(point.margin),
        marginBefore > 0 ? percent(point.margin / marginBefore - 1) : "",
        point.slope.map { grouped($0, decimals: 4) } ?? "", point.bound.map(money) ?? "",
        "\(point.trades.count)")
    }
    return [
      "\(methodology): the least \(level) margin for each trading cost", "",
      "Without trades it is \(money(marginBefore)) USD.", table.text, "",
      "Margins are exact; by the convex face, which is \(rule ?? "exact"), no admissible trades of "
        + "that cost have less than\nthe bound. \(counted(points.count, "point")), "
        + "\(iterations ?? 0) iterations, \(fixed(seconds ?? 0, 3)) s.",
    ].joined(separator: "\n")
  }
}

extension MarginFunction.Relation {
  /// `exact`, or `upper bound: ` with the reason.
  var words: String {
    switch self {
    case .exact: "exact"
    case .upperBound(let why): "upper bound: \(why)"
    }
  }
}
