import Margin
import Pricing
import TestSupport
import Testing

/// Spreads formed one at a time with whole deltas, against what the rule forms at once.
@Suite("SPAN: spreads")
struct SPANSpreadTests {
  private static let tiers = ["a", "b", "c"]

  private static func month(_ i: Int) -> String { "2026-0\(i + 1)" }

  /// Contracts without risk: all that is charged is spreads and the spot month.
  private func book(
    _ deltas: [Int], spreads: [SPANParameters.Spread], spot: SPANParameters.SpotMonth?
  ) -> SPANBook {
    let tiers = Self.tiers.enumerated().map { i, name in
      SPANParameters.Tier(name, from: Self.month(2 * i), through: Self.month(2 * i + 1))
    }
    return SPANBook(
      "X",
      parameters: .init(
        priceScanRange: 1, volatilityScanRange: 0, tiers: tiers, spreads: spreads, spotMonth: spot),
      scenarios: SPANScenario.standard(),
      holdings: deltas.enumerated().map { i, delta in
        (
          SPANContract(
            "\(i)", month: Self.month(i), losses: [Double](repeating: 0, count: 16), delta: 1),
          Double(delta)
        )
      })
  }

  private func charge(_ book: SPANBook) -> Double {
    SPANMargin(
      parameters: .init(
        name: "spreads", source: "made up", effective: "2026-01-01",
        commodities: ["X": book.parameters])
    ).margin(.maintenance, of: [book]).amount
  }

  /// Forms spreads one at a time until none is possible, in order of priority.
  private func formedOneByOne(
    _ deltas: [Int], spreads: [SPANParameters.Spread], spot: SPANParameters.SpotMonth?
  ) -> Double {
    var left: [String: [Int]] = [:]
    for (i, delta) in deltas.enumerated() {
      let tier = Self.tiers[i / 2]
      left[tier, default: [0, 0]][delta > 0 ? 0 : 1] += abs(delta)
    }
    func inSpot() -> Int { spot.map { (left[$0.tier] ?? [0, 0]).reduce(0, +) } ?? 0 }
    let before = inSpot()
    var total = 0.0
    for spread in spreads {
      for longSide in [SPANParameters.Side.a, .b] {
        forming: while true {
          var trial = left
          for leg in spread.legs {
            let sign = leg.side == longSide ? 0 : 1
            trial[leg.tier, default: [0, 0]][sign] -= Int(leg.deltaRatio)
            if (trial[leg.tier] ?? [0, 0])[sign] < 0 { break forming }
          }
          left = trial
          total += spread.rate
        }
      }
    }
    guard let spot else { return total }
    return total + spot.outrightRate * Double(inSpot())
      + spot.spreadRate * Double(before - inSpot())
  }

  @Test("spreads of ratio one are those formed one by one, on 2,000 random books")
  func bruteForce() {
    var random = TestRandom(seed: 21)
    for _ in 0..<2_000 {
      let deltas = (0..<6).map { _ in Int.random(in: -9...9, using: &random) }
      let spreads = (0..<Int.random(in: 1...4, using: &random)).map { _ in
        SPANParameters.Spread(
          [
            .init(Self.tiers.randomElement(using: &random) ?? "a", .a),
            .init(Self.tiers.randomElement(using: &random) ?? "b", .b),
          ], rate: Double(Int.random(in: 0...50, using: &random)))
      }
      let spot: SPANParameters.SpotMonth? =
        Bool.random(using: &random) ? .init(tier: "a", spreadRate: 3, outrightRate: 7) : nil
      let expected = formedOneByOne(deltas, spreads: spreads, spot: spot)
      let found = charge(book(deltas, spreads: spreads, spot: spot))
      #expect(isClose(found, expected, relative: 1e-12, absolute: 1e-9), "\(deltas) \(spreads)")
    }
  }

  @Test("a butterfly's middle leg takes two deltas for each spread")
  func butterfly() {
    let butterfly = SPANParameters.Spread(
      [.init("a", .a), .init("b", .b, deltaRatio: 2), .init("c", .a)], rate: 10)
    #expect(charge(book([5, 0, -8, 0, 3, 0], spreads: [butterfly], spot: nil)) == 30)
    #expect(charge(book([-5, 0, 4, 4, -9, 0], spreads: [butterfly], spot: nil)) == 40)
    #expect(charge(book([5, 0, 8, 0, 3, 0], spreads: [butterfly], spot: nil)) == 0)
  }

  @Test("credits between commodities are the price risk of the deltas that offset, times the rate")
  func credits() throws {
    func future(_ range: Double) -> SPANContract {
      SPANContract(
        "future", losses: SPANScenario.standard().map { -range * $0.price * $0.weight }, delta: 1)
    }
    let commodities = [
      "X": SPANParameters.CombinedCommodity(priceScanRange: 100, volatilityScanRange: 0),
      "Y": SPANParameters.CombinedCommodity(priceScanRange: 30, volatilityScanRange: 0),
    ]
    let rule = SPANMargin(
      parameters: .init(
        name: "credits", source: "made up", effective: "2026-01-01", commodities: commodities,
        interCommoditySpreads: [
          .init([.init("X", .a), .init("Y", .b, deltaRatio: 3)], creditRate: 0.5)
        ]))
    func margin(_ x: Double, _ y: Double) throws -> Double {
      let (cx, cy) = (try #require(commodities["X"]), try #require(commodities["Y"]))
      return rule.margin(
        .maintenance,
        of: [
          SPANBook(
            "X", parameters: cx, scenarios: SPANScenario.standard(), holdings: [(future(100), x)]),
          SPANBook(
            "Y", parameters: cy, scenarios: SPANScenario.standard(), holdings: [(future(30), y)]),
        ]
      ).amount
    }
    // Two spreads of 4 X against 6 Y: 2 · 1 · 100 · 0.5 and 2 · 3 · 30 · 0.5.
    #expect(isClose(try margin(4, -6), 400 + 180 - 100 - 90, relative: 1e-12))
    #expect(isClose(try margin(-4, 6), 400 + 180 - 100 - 90, relative: 1e-12))
    #expect(isClose(try margin(4, 6), 580, relative: 1e-12))
    // Never more credit than risk.
    #expect(try margin(1, -1_000) >= 0)
  }
}
