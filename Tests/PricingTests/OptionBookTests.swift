import Foundation
import Pricing
import TestSupport
import Testing

@Suite("Books of options in scenarios")
struct OptionBookTests {
  private static func scenarios(_ count: Int) throws -> PriceScenarios {
    var random = TestRandom(seed: 5)
    return try PriceScenarios(returns: (0..<count).map { _ in 0.4 * random.signedUnit() })
  }

  private static let legs: [OptionBook.Leg] = (0..<40).map { (i: Int) -> OptionBook.Leg in
    let right: Instrument.Right = i % 3 == 0 ? .put : .call
    let times = [0, 0.01, 0.3, 9]
    return OptionBook.Leg(
      right, forward: i % 2 == 0 ? 60_000.0 : 61_000.0, strike: 40_000.0 + 5_000.0 * Double(i % 9),
      volatility: 0.4 + 0.05 * Double(i % 2), time: times[(i / 2) % 4],
      quantity: Double(i % 7) - 3)
  }

  @Test("the book is the sum of its positions, to rounding of their sizes")
  func sum() throws {
    let scenarios = try Self.scenarios(1303)
    let book = OptionBook(Self.legs)
    let values = book.values(in: scenarios)
    for (j, growth) in scenarios.growths.enumerated() {
      var (sum, size) = (0.0, 0.0)
      for leg in Self.legs {
        let forward = leg.forward * growth
        sum +=
          leg.quantity
          * Black76.value(
            of: leg.right, forward: forward, strike: leg.strike, volatility: leg.volatility,
            time: leg.time)
        size += abs(leg.quantity) * max(forward, leg.strike)
      }
      #expect(isClose(values[j], sum, absolute: 4 * Double.ulpOfOne * size))
    }
  }

  @Test("calls and puts of one strike are one leg, and what cancels is none")
  func collapsed() throws {
    let put = OptionBook.Leg(
      .put, forward: 100, strike: 90, volatility: 0.5, time: 0.2, quantity: 2)
    var call = put
    call.right = .call
    call.quantity = 3
    let book = OptionBook([put, call, put])
    #expect(book.legs.map(\.quantity) == [7])
    #expect(book.legs.map(\.right) == [.put])
    // A synthetic forward: long calls and short puts of one strike hold no option at all.
    var short = put
    short.quantity = -3
    let synthetic = OptionBook([call, short])
    #expect(synthetic.legs.isEmpty)
    let scenarios = try PriceScenarios(growths: [0.5, 1, 2])
    #expect(synthetic.values(in: scenarios) == [-120, 30, 330])
    #expect(OptionBook([]).values(in: scenarios) == [0, 0, 0])
  }

  @Test("parts of the scenarios have the bits of the whole")
  func parts() throws {
    let scenarios = try Self.scenarios(1001)
    let book = OptionBook(Self.legs)
    let whole = book.values(in: scenarios)
    for part in [0..<1, 3..<20, 501..<1001, 999..<1001] {
      var sums = [Double](repeating: 0, count: part.count)
      sums.withUnsafeMutableBufferPointer { book.addValues(in: scenarios, part: part, to: $0) }
      #expect(sums == Array(whole[part]))
    }
  }

  @Test("growths that are no positive numbers are errors that name the scenario")
  func badGrowths() {
    for growth in [0, -0.5, .nan, .infinity, 1e-120] {
      let error = #expect(throws: ScenarioPriceError.self) {
        try PriceScenarios(growths: [1, growth])
      }
      #expect(error?.scenario == 1)
    }
    let error = #expect(throws: ScenarioPriceError.self) { try PriceScenarios(returns: [-1.5]) }
    #expect(error?.description.hasPrefix("scenario 0 moves the price to -0.5 times itself") == true)
  }
}
