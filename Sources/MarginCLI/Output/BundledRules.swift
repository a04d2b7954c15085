import MarginOptimization

/// What `margin --list` prints.
struct BundledRules {
  struct Rule: Encodable {
    var rule: String
    var name: String
    var effective: String
    var source: String
  }

  let rules: [Rule]

  init() throws {
    rules = try BundledMethodology.allCases.map {
      let profile = try $0.profile()
      return Rule(
        rule: $0.rawValue, name: profile.name, effective: profile.effective, source: profile.source)
    }
  }

  var text: String {
    var table = Table("rule", "name", "in force from", "source")
    for rule in rules { table.add(rule.rule, rule.name, rule.effective, rule.source) }
    return table.text + "\n\nFiles of parameters: their field methodology is one of\n"
      + MethodologyKind.allCases.map { "  \($0.rawValue)" }.joined(separator: "\n")
  }
}
