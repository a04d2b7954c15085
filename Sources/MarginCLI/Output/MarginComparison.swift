import MarginOptimization

/// What `margin --compare` prints: one book by several rules.
struct MarginComparison: Encodable {
  struct Rule: Encodable {
    /// As it was written.
    var rule: String
    var methodology: String
    /// Margin in dollars by the exact rule; absent where the rule refuses the book.
    var initial: MarginRequirement?
    var maintenance: MarginRequirement?
    /// Wall-clock seconds for both levels.
    var seconds: Double?
    /// How the face for the optimizer stands to the rule, for trades in what the book holds.
    var relation: String?
    /// Why the rule refuses the book.
    var reason: String?
  }

  var positions: Int
  var rules: [Rule]

  /// - Throws: What making a methodology throws. A rule that refuses the book says so in its place.
  init(
    of portfolio: Portfolio, in market: Market, by rules: [MarginRule],
    methodology: (MarginRule) throws -> any ConvexMarginMethodology
  ) throws {
    positions = portfolio.positions.count
    self.rules = try rules.map { rule in
      let methodology = try methodology(rule)
      var row = Rule(rule: rule.text, methodology: methodology.name)
      do {
        let start = ContinuousClock.now
        let initial = try methodology.margin(.initial, on: portfolio, in: market)
        let maintenance = try methodology.margin(.maintenance, on: portfolio, in: market)
        row.seconds = (ContinuousClock.now - start) / .seconds(1)
        (row.initial, row.maintenance) = (initial, maintenance)
        row.relation = try methodology.marginFunction(
          .initial, trading: portfolio.positions.map(\.instrument), on: portfolio, in: market
        ).relation.words
      } catch let error as any ReportedError {
        row.reason = "\(error)"
      }
      return row
    }
  }

  func text(explaining: Bool) -> String {
    var table = Table("rule", "initial USD", "maintenance USD", "seconds", "for the optimizer")
    for rule in rules {
      table.add(
        rule.rule, rule.initial.map { money($0.amount) } ?? "",
        rule.maintenance.map { money($0.amount) } ?? "",
        rule.seconds.map { fixed($0, 4) } ?? "",
        rule.reason.map { "refused: \($0)" } ?? rule.relation ?? "")
    }
    var blocks = [
      "Margin of \(counted(positions, "position")) by \(counted(rules.count, "rule"))", table.text,
    ]
    if explaining {
      for rule in rules {
        for requirement in [rule.initial, rule.maintenance].compactMap(\.self) {
          blocks.append("\(rule.rule): \(requirement.name)\n" + requirement.table(depth: .max).text)
        }
      }
    }
    return blocks.joined(separator: "\n\n")
  }
}
