import Margin
import Pricing
import TestSupport
import Testing

@Suite("Pairing of large books")
struct StrategyPairingSizeTests {
  /// A call and a put at every strike of every expiry, each long or short at random.
  static func legs(
    expiries: Int, strikes: Int, most: Int, seed: UInt64
  ) -> [StrategyLeg] {
    var random = TestRandom(seed: seed)
    return (0..<expiries).flatMap { e in
      let days = Double(30 * (e + 1))
      let expiry = Timestamp(secondsSince1970: 1_772_323_200 + days * 86_400)
      return (0..<strikes).flatMap { k in
        let strike = 100 + 5 * (Double(k) - Double(strikes) / 2)
        return [Instrument.Right.call, .put].map { right in
          let price = Black76.value(
            of: right, forward: 100, strike: strike, volatility: 0.4, time: days / 365)
          let count = Int.random(in: 1...most, using: &random)
          return StrategyLeg(
            "\(right) \(e) \(k)", .option(right, strike: strike, expiry: expiry),
            quantity: Bool.random(using: &random) ? count : -count, price: price)
        }
      }
    }
  }

  @Test(
    "is proven least, below what a greedy pairing needs",
    arguments: [
      (2, 10, 1), (2, 10, 20), (3, 8, 1), (3, 8, 20), (1, 24, 1), (4, 12, 1), (4, 12, 20),
    ]
  )
  func proven(expiries: Int, strikes: Int, most: Int) throws {
    let margin = StrategyMargin(profile: try .regulationT())
    for seed in 1...3 as ClosedRange<UInt64> {
      let legs = Self.legs(expiries: expiries, strikes: strikes, most: most, seed: seed)
      let pairing = try margin.pairing(.maintenance, of: legs, on: "ABC", price: 100)
      #expect(pairing.isOptimal, "\(legs.count) legs, seed \(seed), \(pairing.nodes) nodes")
      #expect(pairing.requirement <= pairing.greedyRequirement * (1 + 1e-12))
      #expect(pairing.lowerBound <= pairing.requirement * (1 + 1e-12))
      // Every contract is in one part.
      var used = [Int](repeating: 0, count: legs.count)
      for part in pairing.parts {
        for leg in part.legs { used[leg.index] += leg.count * part.count }
      }
      #expect(used == legs.map { abs($0.quantity) })
    }
  }
}
