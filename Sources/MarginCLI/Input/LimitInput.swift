import ArgumentParser
import MarginOptimization

/// A risk limit as it is written on the command line: `[UNDERLYING.]MEASURE=LOWER..UPPER`.
struct LimitInput {
  var limit: RiskLimit
  /// As it was written.
  var text: String

  static let form = "[UNDERLYING.]MEASURE=LOWER..UPPER"

  static let help: ArgumentHelp = ArgumentHelp(
    "A risk limit after the trades: [UNDERLYING.]MEASURE=LOWER..UPPER; may be repeated.",
    discussion: """
      Measures: delta (coins; dollars for the total), gamma (dollars of delta for a move of 1 %), \
      vega (dollars per vol point), theta (dollars per day), premium, cost, margin, notional (gross), \
      esCONFIDENCE (dollars), leverage (gross notional over --equity less cost). \
      Either side may be left out: BTC.delta=-5..5, vega=..50000, es0.975=..2e6.
      """, valueName: "limit")

  /// - Throws: `ValidationError` that says which part of the text is wrong.
  init(_ text: String) throws {
    self.text = text
    guard let sign = text.firstIndex(of: "=") else {
      throw ValidationError("there is no =; write \(Self.form), as in BTC.delta=-5..5")
    }
    let name = String(text[..<sign])
    let words =
      Self.measure(name) != nil
      ? [name] : name.split(separator: ".", maxSplits: 1).map(String.init)
    guard let word = words.last, let measure = Self.measure(word) else {
      throw ValidationError(
        "'\(name)' is not a measure; there are delta, gamma, vega, theta, premium, cost, margin, notional, "
          + "leverage, and es with a confidence as in es0.99")
    }
    let range = try Self.range(String(text[text.index(after: sign)...]))
    if case .expectedShortfall(let confidence) = measure, !(confidence > 0 && confidence < 1) {
      throw ValidationError("the confidence of es lies between 0 and 1, as in es0.99")
    }
    limit = RiskLimit(
      measure, of: words.count == 2 ? words[0].uppercased() : nil, atLeast: range.lower,
      atMost: range.upper)
  }

  var needsScenarios: Bool {
    if case .expectedShortfall = limit.measure { true } else { false }
  }

  private static func measure(_ word: String) -> RiskMeasure? {
    switch word.lowercased() {
    case "delta": .delta
    case "gamma": .gamma
    case "vega": .vega
    case "theta": .theta
    case "premium": .premium
    case "cost": .tradingCost
    case "margin": .margin
    case "notional": .grossNotional
    case "leverage": .leverage
    case let word where word.hasPrefix("es"):
      Double(word.dropFirst(2)).map { .expectedShortfall(confidence: $0) }
    default: nil
    }
  }

  private static func range(_ text: String) throws -> (lower: Double, upper: Double) {
    guard let dots = text.firstRange(of: "..") else {
      throw ValidationError("'\(text)' is not a range; write LOWER..UPPER, LOWER.. or ..UPPER")
    }
    func side(_ text: Substring, open: Double) throws -> Double {
      if text.isEmpty { return open }
      guard let value = Double(text), abs(value) <= 1e15 else {
        throw ValidationError("'\(text)' is not a number of at most 1e15; leave an open side empty")
      }
      return value
    }
    let lower = try side(text[..<dots.lowerBound], open: -.infinity)
    let upper = try side(text[dots.upperBound...], open: .infinity)
    if lower == -.infinity && upper == .infinity {
      throw ValidationError("both sides are open; give at least one number")
    }
    if lower > upper {
      throw ValidationError("the lower side \(text[..<dots.lowerBound]) is above the upper")
    }
    return (lower, upper)
  }
}
