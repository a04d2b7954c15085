import Dispatch
import Foundation
import MarginOptimization
import RawRoutines
import Workloads

extension RatioSuite {
  /// A million accounts against the reading of their positions from memory; one account before a
  /// trade against the rule itself; a move of one coin against all of it made anew.
  ///
  /// `Peers/venue_peers.py` sets the pass beside scipy's sparse product and a loop of numba's.
  static var venue: RatioSuite {
    RatioSuite(section: "venue") {
      var comparisons: [Comparison] = []
      for (scenarios, coins) in [(27, ["BTC"]), (31, ["BTC"]), (35, ["BTC", "ETH"])] {
        let venue = try SyntheticVenue(scenarios: scenarios, coins: coins)
        comparisons += try pass(venue, accounts: 1_000_000, scenarios: scenarios)
        if coins.count > 1 {
          comparisons += try priceMove(venue, accounts: 1_000_000)
          comparisons += try trades(venue)
        }
      }
      return comparisons
    }
  }
}

/// A value that closures share.
private final class Shared<Value> {
  var value: Value
  init(_ value: Value) { self.value = value }
}

/// The pools of a venue with one coin more are more segments of an account.
private func pass(_ venue: SyntheticVenue, accounts: Int, scenarios: Int) throws -> [Comparison] {
  let table = try venue.table()
  let book = try venue.book(of: accounts, in: table)
  let margins = Shared(try VenueMargin(of: book, in: table))
  let bytes = Double(12 * book.positionCount)
  return [
    Comparison(
      name: "\(accounts) x 20, \(scenarios) scen., coins \(venue.coins.count)",
      peerName: "reading the positions",
      ours: { margins.value.evaluate() },
      peer: { readPositions(of: book) },
      note: {
        let ideal = bytes / $0.peer / 1e9
        let ours = bytes / $0.ours / 1e9
        return rates(
          "\(figure(ours)) of \(figure(ideal)) GB/s of positions, \(figure(100 * ours / ideal)) %;",
          "\(figure(Double(accounts) / $0.ours / 1e6)) M accounts/s,",
          "\(figure($0.processorSeconds / Double(accounts) * 1e9)) ns of one core each,",
          "\(figure(gathered(by: book, scenarios) / $0.processorSeconds / 1e9)) GB/s a core"
            + " gathered")
      })
  ]
}

private func gathered(by book: AccountBook, _ scenarios: Int) -> Double {
  Double(book.positionCount * 8 * ((scenarios + 4 + 7) / 8 * 8))
}

/// All positions once, by all processors.
private func readPositions(of book: AccountBook) {
  let parts = 64
  func read(_ bytes: UnsafeRawBufferPointer) {
    nonisolated(unsafe) let start = bytes.baseAddress
    let size = bytes.count / parts
    DispatchQueue.concurrentPerform(iterations: parts) { part in
      if let start { raw_keep(raw_read_sum(size / 8, start + part * size)) }
    }
  }
  book.quantities.withUnsafeBytes(read)
  book.rows.withUnsafeBytes(read)
}

private func priceMove(_ venue: SyntheticVenue, accounts: Int) throws -> [Comparison] {
  let table = try venue.table()
  let book = try venue.book(of: accounts, in: table)
  let margins = Shared(try VenueMargin(of: book, in: table))
  let isMoved = Shared(false)
  let coin = venue.coins[venue.coins.count - 1]
  return [
    Comparison(
      name: "one coin of \(venue.coins.count) moves, \(accounts)",
      peerName: "table, index, pass anew",
      ours: {
        isMoved.value.toggle()
        let market = isMoved.value ? venue.moved : venue.market
        if let count = try? margins.value.revalue(coin, in: market) { keep(count) }
      },
      peer: {
        if let table = try? venue.table(), let anew = try? VenueMargin(of: book, in: table) {
          keep(anew.initial[0])
        }
      })
  ]
}

private func trades(_ venue: SyntheticVenue) throws -> [Comparison] {
  let table = try venue.table()
  let book = try venue.book(of: 64, in: table)
  let loaded = (0..<book.accountCount).map { a in
    let account = LoadedAccount(in: table)
    account.load(a, of: book)
    return account
  }
  let portfolio = Portfolio(
    (book.starts[0]..<book.starts[1]).map {
      Position(book.quantities[$0], table.instruments[Int(book.rows[$0])])
    })
  var next = 0
  func turn() -> (account: LoadedAccount, row: Int, size: Double) {
    next += 1
    return (loaded[next % 64], next &* 7919 % 1000, Double(next % 21) - 10)
  }
  let rule = {
    let (_, row, size) = turn()
    let after = portfolio.adding([Position(size, table.instruments[row])])
    if let margin = try? venue.rule.margin(on: after, in: venue.market) { keep(margin.amount) }
  }
  let check = {
    let (account, row, size) = turn()
    keep(account.margins(afterTrading: size, inRow: row).initial)
  }
  let size = {
    let (account, row, _) = turn()
    let sizes = account.admissibleSizes(inRow: row, funds: 1.5 * account.margins.initial)
    keep(sizes?.range.upperBound ?? 0)
  }
  let load = {
    let (account, row, _) = turn()
    account.load(row % 64, of: book)
  }
  return [("margin after a trade", check), ("largest admissible sizes", size), ("load", load)].map {
    name, ours in
    Comparison(
      name: name, peerName: "the rule on the book",
      ours: ours, peer: rule, note: { _ in latencies(of: ours) })
  }
}

/// Percentiles of the times of single calls, the clock's own included.
private func latencies(of call: () -> Void, count: Int = 200_000) -> String {
  var times = [UInt64](repeating: 0, count: count)
  for k in -1000..<count {
    let start = DispatchTime.now().uptimeNanoseconds
    call()
    let end = DispatchTime.now().uptimeNanoseconds
    if k >= 0 { times[k] = end - start }
  }
  times.sort()
  let shown = [50, 99, 99.9].map { p in
    "p\(p == 99.9 ? "99.9" : String(Int(p))) \(times[Int(Double(count) * p / 100)]) ns"
  }
  return "\(count) calls, clock included: " + shown.joined(separator: ", ")
}

private func rates(_ parts: String...) -> String { parts.joined(separator: " ") }
private func figure(_ value: Double) -> String { String(format: "%.1f", value) }
