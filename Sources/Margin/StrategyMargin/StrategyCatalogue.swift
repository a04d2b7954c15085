import Pricing

/// Every recognised strategy of several legs that a book can form and that saves margin.
struct StrategyCatalogue {
  struct Entry {
    var strategy: OptionStrategy
    /// Indices into the legs, each with the contracts of it in one strategy.
    var legs: [(index: Int, count: Int)]
    var charge: StrategyCharge
    /// What the legs need by themselves less the charge, for one unit; positive.
    var saving: Double
  }

  let rules: StrategyRules
  let legs: [LegSeries]
  let alone: [Double]
  let recognizesShortBox: Bool
  private(set) var entries: [Entry] = []

  /// - Complexity: O(n⁴) in the options of one expiry, where iron condors can be formed.
  init(of legs: [LegSeries], under rules: StrategyRules, recognizesShortBox: Bool) {
    self.rules = rules
    self.legs = legs
    self.recognizesShortBox = recognizesShortBox
    alone = legs.map { rules.charge(of: $0).amount }
    let options = legs.indices.filter { !legs[$0].isStock }
    addSpreads(options)
    addStraddles(options)
    for expiry in Set(options.map { legs[$0].expiry }).sorted() {
      let members = options.filter { legs[$0].expiry == expiry }.sorted {
        legs[$0].strike < legs[$1].strike
      }
      addButterflies(members)
      addCondors(members)
      addPairsOfSpreads(members)
    }
    for stock in legs.indices where legs[stock].isStock { addStock(stock, options) }
    removeDominated()
  }

  /// Leaves out strategies of more than two legs that save less than pairs of their legs do: no pairing of
  /// least margin needs them, and where many save the same their proof would look at each.
  private mutating func removeDominated() {
    var saved: [Pair: Double] = [:]
    for entry in entries where entry.legs.count == 2 && entry.legs.allSatisfy({ $0.count == 1 }) {
      let pair = Pair(entry.legs[0].index, entry.legs[1].index)
      saved[pair] = max(saved[pair] ?? 0, entry.saving)
    }
    func saving(_ a: Int, _ b: Int) -> Double { saved[Pair(a, b)] ?? 0 }
    entries.removeAll { entry in
      let units = entry.legs.flatMap { [Int](repeating: $0.index, count: $0.count) }
      guard units.count > 2 else { return false }
      let apart: Double
      switch units.count {
      case 3:
        apart = max(
          saving(units[0], units[1]), saving(units[0], units[2]), saving(units[1], units[2]))
      case 4:
        apart = max(
          saving(units[0], units[1]) + saving(units[2], units[3]),
          saving(units[0], units[2]) + saving(units[1], units[3]),
          saving(units[0], units[3]) + saving(units[1], units[2]))
      default: return false
      }
      // Strictly less: of equals the strategy keeps its name.
      return entry.saving < apart - 1e-9 * apart
    }
  }

  /// Two legs, in whichever order.
  private struct Pair: Hashable {
    var low: Int
    var high: Int
    init(_ a: Int, _ b: Int) { (low, high) = (min(a, b), max(a, b)) }
  }

  private mutating func add(
    _ strategy: OptionStrategy, _ members: [(index: Int, count: Int)], _ charge: StrategyCharge
  ) {
    let separate = members.reduce(0) { $0 + alone[$1.index] * Double($1.count) }
    let saving = separate - charge.amount
    // What saves nothing but rounding is no strategy.
    guard saving > 1e-12 * separate else { return }
    entries.append(Entry(strategy: strategy, legs: members, charge: charge, saving: saving))
  }

  private func spread(_ members: [(index: Int, count: Int)]) -> StrategyCharge {
    rules.spread(members.map { (legs[$0.index], $0.count) })
  }

  private func select(
    _ members: [Int], _ right: Instrument.Right, long: Bool
  ) -> [Int] {
    members.filter { legs[$0].right == right && legs[$0].isLong == long }
  }

  /// A short option and a long one of the same right that expires no earlier.
  private mutating func addSpreads(_ options: [Int]) {
    for right in [Instrument.Right.call, .put] {
      for short in select(options, right, long: false) {
        for long in select(options, right, long: true)
        where legs[long].expiry >= legs[short].expiry {
          let members = [(short, 1), (long, 1)]
          let strategy: OptionStrategy =
            legs[long].expiry == legs[short].expiry
            ? .verticalSpread
            : legs[long].strike == legs[short].strike ? .calendarSpread : .diagonalSpread
          add(strategy, members, spread(members))
        }
      }
    }
  }

  private mutating func addStraddles(_ options: [Int]) {
    for call in select(options, .call, long: false) {
      for put in select(options, .put, long: false) {
        add(
          legs[call].strike == legs[put].strike ? .shortStraddle : .shortStrangle,
          [(call, 1), (put, 1)], rules.straddle(call: legs[call], put: legs[put]))
      }
    }
  }

  /// Two short options between two long ones. Short butterflies and condors need what their spreads
  /// need.
  private mutating func addButterflies(_ members: [Int]) {
    for right in [Instrument.Right.call, .put] {
      let long = select(members, right, long: true)
      for body in select(members, right, long: false) {
        for lower in long where legs[lower].strike < legs[body].strike {
          for upper in long where legs[upper].strike > legs[body].strike {
            let members = [(lower, 1), (body, 2), (upper, 1)]
            add(.butterfly, members, spread(members))
          }
        }
      }
    }
  }

  private mutating func addCondors(_ members: [Int]) {
    for right in [Instrument.Right.call, .put] {
      let long = select(members, right, long: true)
      let short = select(members, right, long: false)
      for (k, low) in short.enumerated() {
        for high in short.dropFirst(k + 1) {
          for lower in long where legs[lower].strike < legs[low].strike {
            for upper in long where legs[upper].strike > legs[high].strike {
              let members = [(lower, 1), (low, 1), (high, 1), (upper, 1)]
              add(.condor, members, spread(members))
            }
          }
        }
      }
    }
  }

  /// A spread of calls with one of puts: iron butterflies and condors, and boxes.
  private mutating func addPairsOfSpreads(_ members: [Int]) {
    func spreads(_ right: Instrument.Right) -> [(short: Int, long: Int)] {
      let long = select(members, right, long: true)
      return select(members, right, long: false).flatMap { short in
        long.map { (short, $0) }
      }
    }
    let puts = spreads(.put)
    for call in spreads(.call) {
      for put in puts {
        guard let strategy = pairOfSpreads(call: call, put: put) else { continue }
        let members = [(put.long, 1), (put.short, 1), (call.short, 1), (call.long, 1)]
        add(strategy, members, spread(members))
      }
    }
  }

  private func pairOfSpreads(
    call: (short: Int, long: Int), put: (short: Int, long: Int)
  ) -> OptionStrategy? {
    let (shortCall, longCall) = (legs[call.short].strike, legs[call.long].strike)
    let (shortPut, longPut) = (legs[put.short].strike, legs[put.long].strike)
    if longCall > shortCall && longPut < shortPut && shortPut <= shortCall {
      return shortPut == shortCall ? .ironButterfly : .ironCondor
    }
    guard shortCall == longPut && longCall == shortPut else { return nil }
    if longCall < shortCall { return .longBox }
    return recognizesShortBox && longCall > shortCall ? .shortBox : nil
  }

  private mutating func addStock(_ stock: Int, _ options: [Int]) {
    let isLong = legs[stock].isLong
    let shorts = select(options, isLong ? .call : .put, long: false)
    let longs = select(options, isLong ? .put : .call, long: true)
    for short in shorts {
      add(
        isLong ? .coveredCall : .coveredPut, [(stock, 1), (short, 1)],
        isLong ? rules.coveredCall(legs[short]) : rules.coveredPut(legs[short]))
    }
    guard rules.level == .maintenance else { return }
    for long in longs {
      add(
        isLong ? .protectivePut : .protectiveCall, [(stock, 1), (long, 1)],
        rules.protected(by: legs[long]))
      for short in shorts where legs[short].expiry == legs[long].expiry {
        let members = [(stock, 1), (long, 1), (short, 1)]
        if legs[short].strike == legs[long].strike {
          add(
            isLong ? .conversion : .reverseConversion, members,
            rules.conversion(long: legs[long], short: legs[short]))
        } else if isLong && legs[long].strike < legs[short].strike {
          add(.collar, members, rules.collar(put: legs[long], call: legs[short]))
        }
      }
    }
  }
}
