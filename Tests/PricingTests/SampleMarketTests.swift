import Foundation
import Pricing
import TestSupport
import Testing

@Suite("The sample")
struct SampleMarketTests {
  @Test("the chain is read back, and its marks are Black's at the printed volatility")
  func chain() throws {
    let market = try SampleMarket.market()
    #expect(market.time == Timestamp("2026-08-17T08:00:00Z"))
    let options = market.quotes.filter(\.instrument.isOption)
    print("sample: \(options.count) options, \(market.quotes.count - options.count) futures")
    #expect((650...800).contains(options.count))
    #expect(market.quotes.count == options.count + 18)
    for quote in options {
      let digit = quote.instrument.underlying == "BTC" ? 1e-8 : 1e-6
      #expect(isClose(quote.mark, try quote.modelPrice(at: market.time), absolute: 0.51 * digit))
      if let bid = quote.bid { #expect(bid <= quote.mark) }
      #expect(try #require(quote.ask) > quote.mark - digit)
    }
  }

  @Test("the smiles allow no butterfly or calendar arbitrage")
  func arbitrage() throws {
    let market = try SampleMarket.market()
    // Butterflies: undiscounted calls are decreasing and convex in the strike.
    var calls: [String: [(Double, Double)]] = [:]
    for quote in market.quotes {
      guard case .option(let expiry, let strike, .call) = quote.instrument.kind else { continue }
      calls["\(quote.instrument.underlying) \(expiry)", default: []].append(
        (strike, try quote.modelValue(at: market.time)))
    }
    #expect(calls.count == 16)
    for (expiry, values) in calls {
      for i in values.indices.dropFirst().dropLast() {
        let left = (values[i].1 - values[i - 1].1) / (values[i].0 - values[i - 1].0)
        let right = (values[i + 1].1 - values[i].1) / (values[i + 1].0 - values[i].0)
        // A volatility printed to 0.0001 moves a slope by vega × 1e-4 / step.
        #expect(left >= -1 && left <= right + 2e-3 && right <= 0, "\(expiry) \(values[i].0)")
      }
    }
    // Calendars: at one moneyness the total variance grows with time.
    var atTheMoney: [String: [Timestamp: (Double, Double)]] = [:]
    for quote in market.quotes {
      guard case .option(let expiry, let strike, .call) = quote.instrument.kind,
        let volatility = quote.volatility
      else { continue }
      let distance = abs(log(strike / quote.forward))
      let best = atTheMoney[quote.instrument.underlying]?[expiry]?.0 ?? .infinity
      if distance < best {
        atTheMoney[quote.instrument.underlying, default: [:]][expiry] = (
          distance, volatility * volatility * expiry.years(since: market.time)
        )
      }
    }
    for (_, variances) in atTheMoney {
      let inOrder = variances.sorted { $0.key < $1.key }.map(\.value.1)
      #expect(inOrder == inOrder.sorted())
    }
  }

  @Test("the book is read back: 70 lines, short gamma and vega, nearly flat in delta")
  func book() throws {
    let market = try SampleMarket.market()
    let book = try PortfolioReader(market: market).read(
      text: SampleMarket.bookCSV(), fileName: "book.csv")
    let greeks = try PortfolioGreeks(of: book, in: market)
    print(
      "sample book: \(book.positions.count) lines, delta $\(greeks.dollarDelta), "
        + "gamma $\(greeks.dollarGammaPerPercent)/%, vega $\(greeks.vegaPerPoint)/pt, "
        + "theta $\(greeks.thetaPerDay)/day, value $\(greeks.value), \(greeks.byUnderlying)")
    #expect(book.positions.count == 70)
    #expect(greeks.vegaPerPoint < 0 && greeks.dollarGammaPerPercent < 0 && greeks.thetaPerDay > 0)
    #expect(abs(greeks.dollarDelta) < 2e6)
  }

  @Test("the history has the volatilities and the correlation that it was made with")
  func prices() throws {
    let rows = SampleMarket.pricesCSV().split(separator: "\n").dropFirst().map {
      $0.split(separator: ",")
    }
    #expect(rows.count == 501)
    #expect(rows.last?.map(String.init) == ["2026-08-17", "63400.00", "1900.00"])
    let prices = try (1...2).map { c in try rows.map { try #require(Double($0[c])) } }
    let returns = prices.map { p in zip(p.dropFirst(), p).map { log($0 / $1) } }
    func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }
    let square = returns.map { r in mean(r.map { $0 * $0 }).squareRoot() }
    let correlation = mean(zip(returns[0], returns[1]).map(*)) / (square[0] * square[1])
    print("sample history: daily volatility \(square), correlation \(correlation)")
    #expect(isClose(square[0], 0.025, relative: 0.25) && isClose(square[1], 0.034, relative: 0.25))
    #expect(isClose(correlation, 0.91, absolute: 0.04))
    #expect(prices.joined().allSatisfy { $0 > 100 && $0 < 400_000 })
  }

  @Test("the files are the same each time")
  func same() throws {
    #expect(SampleMarket.chainCSV() == SampleMarket.chainCSV())
    #expect(try SampleMarket.bookCSV() == SampleMarket.bookCSV())
    #expect(SampleMarket.pricesCSV() == SampleMarket.pricesCSV())
  }
}
