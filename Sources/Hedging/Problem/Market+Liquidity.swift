public import Pricing

extension Market {
  /// The instruments that are easiest to trade: futures and perpetuals quoted on both sides, then
  /// options quoted on both sides by dollars traded in 24 hours, equal ones by open interest, equal
  /// ones by name.
  ///
  /// - Parameter count: the most to give; fewer where fewer are quoted.
  public func mostLiquid(_ count: Int) -> [Instrument] {
    let quoted = quotes.filter { $0.bid != nil && $0.ask != nil }
    let futures = quoted.filter { !$0.instrument.isOption }.map(\.instrument)
    let options = quoted.filter { $0.instrument.isOption && $0.openInterest > 0 }
    let ranked = options.sorted { a, b in isTradedMore(a, b) }.map(\.instrument)
    return Array((futures + ranked).prefix(max(0, count)))
  }

  private func isTradedMore(_ a: Quote, _ b: Quote) -> Bool {
    let (i, j) = (
      indexPrices[a.instrument.underlying] ?? 0, indexPrices[b.instrument.underlying] ?? 0
    )
    if a.volume * i != b.volume * j { return a.volume * i > b.volume * j }
    if a.openInterest * i != b.openInterest * j { return a.openInterest * i > b.openInterest * j }
    return a.instrument.name < b.instrument.name
  }
}
