import ArgumentParser
import Foundation
import MarginOptimization

/// Where prices come from.
struct PriceInput: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Daily prices: CSV with a column date and one for each underlying, oldest first.",
      valueName: "file"))
  var prices: String?

  @Option(help: "A price that is missing is an error, drops its date, or carries the last forward.")
  var missingPrices: Missing = .error

  enum Missing: String, CaseIterable, ExpressibleByArgument {
    case error, drop, carry

    var policy: ReturnHistory.MissingPrices {
      switch self {
      case .error: .error
      case .drop: .dropDate
      case .carry: .carryForward
      }
    }
  }

  /// How errors call the file.
  var file: String { prices ?? "sample prices" }

  /// Moves of more than so many typical ones are told.
  private static let oddMove = 25.0

  func require(sample: Bool) throws {
    if !(sample || prices != nil) {
      throw ValidationError("Scenarios need --prices FILE (or --sample).")
    }
  }

  /// Returns of every column of the file, or of the names given in their order.
  func history(of wanted: [String]? = nil) throws -> ReturnHistory {
    let text = try prices.map(readText) ?? SampleMarket.pricesCSV()
    let all = try readHistory(text)
    for name in wanted ?? [] where !all.factors.contains(name) {
      throw InputError(
        "\(file): has no column \(name) (it has \(all.factors.joined(separator: ", "))); "
          + "every underlying of the chain needs one")
    }
    let history = wanted.flatMap { all.of($0) } ?? all
    try check(history)
    return history
  }

  /// A market of prices alone: each factor of the history is what one unit of a linear instrument of its
  /// name is worth on the last date.
  func market(of history: ReturnHistory) throws -> Market {
    guard let last = history.dates.last, let time = Timestamp(String(last.prefix(10))),
      let marks = history.lastPrices
    else { throw InputError("\(file): the last date is no date as 2026-08-17") }
    let quotes = zip(history.factors, marks).map { name, mark in
      Quote(
        instrument: Instrument(
          name: name, underlying: name, settlement: .linear, kind: .perpetual), mark: mark,
        forward: mark)
    }
    return Market(
      time: time,
      indexPrices: Dictionary(uniqueKeysWithValues: zip(history.factors, marks)), quotes: quotes)
  }

  private func readHistory(_ text: String) throws -> ReturnHistory {
    do {
      return try ReturnHistory(
        csv: text, fileName: file, kind: .logarithmic, missing: missingPrices.policy)
    } catch {
      if error.problem == .missingPrice && missingPrices == .error {
        throw InputError("\(error) (--missing-prices drop, or carry)")
      }
      throw error
    }
  }

  /// Refuses what no daily prices are; notes on standard error what is odd about them.
  private func check(_ history: ReturnHistory) throws {
    if history.count < 2 {
      throw InputError(
        "\(file): \(history.count + 1) dates are too few; covariances need at least 3")
    }
    for (row, date) in history.dates.enumerated() {
      for (column, name) in history.factors.enumerated()
      where abs(history.returns[row, column]) > log(100) {
        throw InputError(
          "\(file): \(name): the price moves by a factor of "
            + String(format: "%.3g", exp(history.returns[row, column]))
            + " to \(date); correct that price or the one before")
      }
    }
    noteGaps(history)
    noteJumps(history)
  }

  private func noteGaps(_ history: ReturnHistory) {
    let days = history.dates.map { (Timestamp($0)?.secondsSince1970 ?? .nan) / 86_400 }
    let gaps = zip(days.dropFirst(), days).map { $0 - $1 }
    let long = gaps.indices.filter { gaps[$0] > 1.5 }
    if let worst = long.max(by: { gaps[$0] < gaps[$1] }) {
      note(
        "note: \(file): \(long.count) of \(history.count) returns span more than a day, the one to "
          + "\(history.dates[worst + 1]) \(Int(gaps[worst])) days; each counts as daily")
    }
  }

  /// The moves that are absurdly large beside the median one of their factor, the worst few of all.
  private func noteJumps(_ history: ReturnHistory) {
    var jumps: [(times: Double, row: Int, column: Int)] = []
    for column in history.factors.indices {
      let moves = (0..<history.count).map { abs(history.returns[$0, column]) }
      let typical = moves.sorted()[moves.count / 2]
      guard typical > 0 else { continue }
      jumps += moves.indices.filter { moves[$0] > Self.oddMove * typical }.map {
        (moves[$0] / typical, $0, column)
      }
    }
    jumps.sort { ($0.times, $1.row, $1.column) > ($1.times, $0.row, $0.column) }
    for jump in jumps.prefix(3) {
      note(
        "note: \(file): \(history.factors[jump.column]) moves by "
          + percent(expm1(history.returns[jump.row, jump.column]))
          + " to \(history.dates[jump.row]), \(Int(jump.times)) times its median move; is that "
          + "price right?")
    }
    if jumps.count > 3 {
      note("note: \(file): \(jumps.count - 3) more moves are that large")
    }
  }
}
