import ArgumentParser
import MarginOptimization

/// A risk limit as it is written on the command line: `[UNDERLYING.]MEASURE=LOWER..UPPER`.
struct LimitInput: ExpressibleByArgument {
  var limit: RiskLimit

  static let help: ArgumentHelp = ArgumentHelp(
    "A risk limit after the trades: [UNDERLYING.]MEASURE=LOWER..UPPER; may be repeated.",
    discussion: """
      Measures: delta (coins; dollars for the total), gamma (dollars of delta for a move of 1 %), \
      vega (dollars per vol point), theta (dollars per day), premium, cost, esCONFIDENCE (dollars). \
      Either side may be left out: BTC.delta=-5..5, vega=..50000, es0.975=..2e6.
      """, valueName: "limit")

  init?(argument: String) {
    let sides = argument.split(separator: "=", maxSplits: 1).map(String.init)
    guard sides.count == 2, let range = Self.range(sides[1]) else { return nil }
    let words =
      Self.measure(sides[0]) != nil
      ? [sides[0]] : sides[0].split(separator: ".", maxSplits: 1).map(String.init)
    guard let word = words.last, let measure = Self.measure(word) else { return nil }
    limit = RiskLimit(
      measure, of: words.count == 2 ? words[0].uppercased() : nil, atLeast: range.lower,
      atMost: range.upper)
  }

  private static func measure(_ word: String) -> RiskMeasure? {
    switch word.lowercased() {
    case "delta": .delta
    case "gamma": .gamma
    case "vega": .vega
    case "theta": .theta
    case "premium": .premium
    case "cost": .tradingCost
    case let word where word.hasPrefix("es"):
      Double(word.dropFirst(2)).map { .expectedShortfall(confidence: $0) }
    default: nil
    }
  }

  private static func range(_ text: String) -> (lower: Double, upper: Double)? {
    guard let dots = text.firstRange(of: "..") else { return nil }
    let (low, high) = (text[..<dots.lowerBound], text[dots.upperBound...])
    guard !(low.isEmpty && high.isEmpty),
      let lower = low.isEmpty ? -.infinity : Double(low),
      let upper = high.isEmpty ? .infinity : Double(high)
    else { return nil }
    return (lower, upper)
  }
}
