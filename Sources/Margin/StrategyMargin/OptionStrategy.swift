/// A recognised combination of legs that are margined together.
public enum OptionStrategy: String, Sendable, Hashable, Codable, CaseIterable {
  case longOption = "long option"
  case shortOption = "short option"
  case longStock = "long stock"
  case shortStock = "short stock"
  case verticalSpread = "vertical spread"
  /// Two expiries, the long one later, at one strike.
  case calendarSpread = "calendar spread"
  /// Two expiries, the long one later, and two strikes.
  case diagonalSpread = "diagonal spread"
  case shortStraddle = "short straddle"
  case shortStrangle = "short strangle"
  case butterfly = "long butterfly"
  case condor = "long condor"
  case ironButterfly = "short iron butterfly"
  case ironCondor = "short iron condor"
  case longBox = "long box"
  case shortBox = "short box"
  case coveredCall = "covered call"
  case coveredPut = "covered put"
  case protectivePut = "protective put"
  case protectiveCall = "protective call"
  case collar = "collar"
  case conversion = "conversion"
  case reverseConversion = "reverse conversion"
}

/// What a strategy is charged for one unit of the underlying: a sum of amounts and, with it, the
/// largest or the smallest of some alternatives.
struct StrategyCharge {
  struct Term {
    var name: String
    var amount: Double
  }
  var terms: [Term]
  var alternatives: [Term] = []
  var takesLargest = true

  var amount: Double {
    let sum = terms.reduce(0) { $0 + $1.amount }
    guard let first = alternatives.first else { return sum }
    return sum
      + alternatives.dropFirst().reduce(first.amount) {
        takesLargest ? max($0, $1.amount) : min($0, $1.amount)
      }
  }

  /// The charge for `units` of the underlying, as a tree.
  func requirement(_ name: String, units: Double) -> MarginRequirement {
    var parts = terms.map { MarginRequirement($0.name, $0.amount) }
    if !alternatives.isEmpty {
      parts.append(
        MarginRequirement(
          takesLargest ? "the larger of" : "the smaller of", takesLargest ? .maximum : .minimum,
          of: alternatives.map { MarginRequirement($0.name, $0.amount) }))
    }
    return MarginRequirement(name, .scaled(by: units), of: parts)
  }
}
