import Foundation
import Margin
import Pricing
import TestSupport
import Testing

/// Deribit's own published examples of `private/pme/simulate`.
@Suite(
  "Deribit portfolio margin: published examples",
  .enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
struct DeribitExampleTests {
  static func cases() throws -> [[String: Any]] {
    let file = try ReferenceData.json("vectors/margin/deribit_pme_and_perp.json")
    return file["pme"] as? [[String: Any]] ?? []
  }

  @Test("vectors, worst case, roll shock, initial and maintenance margin", arguments: [0, 1])
  func example(k: Int) throws {
    let example = try Self.cases()[k]
    let parameters = try #require(example["params"] as? [String: Any])
    let expected = try #require(example["expected"] as? [String: Any])
    func parameter(_ name: String) throws -> Double { try #require(parameters[name] as? Double) }
    func value(_ name: String) throws -> Double { try #require(expected[name] as? Double) }

    let positions = try #require(example["positions_base"] as? [String: Double])
    let marks = try #require(example["mark"] as? [String: Double])
    let index = try #require(example["index"] as? Double)
    let instruments = try positions.keys.sorted().map { try Instrument(name: $0) }
    let coin = try #require(instruments.first).underlying
    let time = (example["timestamp_ms"] as? Double).map { Timestamp(secondsSince1970: $0 / 1000) }
    let market = Market(
      time: time ?? Timestamp(secondsSince1970: 1_771_113_600), indexPrices: [coin: index],
      quotes: instruments.map {
        let mark = marks[$0.name] ?? index
        return Quote(instrument: $0, mark: mark, forward: mark)
      })
    let book = Portfolio(instruments.map { Position(positions[$0.name] ?? 0, $0) })

    var profile = try ScenarioGridProfile(bundled: .deribit)
    // The bundled parameters are those of the examples.
    let bundled = try #require(profile.underlyings[coin])
    #expect(bundled.priceRange == (try parameter("price_range")))
    #expect(bundled.extendedDampener == (try parameter("extended_dampener")))
    #expect(bundled.rollShock?.minimumMove == (try parameter("min_annualised_move")))
    #expect(bundled.rollShock?.annualisedMove == (try parameter("annualised_move_risk")))
    #expect(profile.groupOffsets?[coin]?.offset == (try parameter("pnl_offset")))
    profile.groupOffsets = [
      coin: .init(
        offset: try parameter("pnl_offset"), maximumOffset: try parameter("max_offsetable_pnl_usd"))
    ]
    var charges: [String: Double] = [:]
    for name in ["mmp_margin", "open_orders_margin"] { charges[name] = example[name] as? Double }
    let methodology = ScenarioGridMargin(profile: profile, accountCharges: [coin: charges])

    let initial = try methodology.margin(.initial, on: book, in: market)
    let scan = try #require(initial.node(named: "scan risk"))
    #expect(isClose(scan.amount, try value("worst_case"), relative: 1e-12))
    let aggregated = try #require(expected["aggregated"] as? [Double])
    for (bucket, amount) in aggregated.enumerated() {
      for volatility in 0..<3 {
        let loss = scan.parts[3 * bucket + volatility].amount
        // The example prints no gain where none counts.
        #expect(isClose(-loss, amount, relative: 1e-12, absolute: 1e-16), "bucket \(bucket)")
      }
    }
    let extended = try #require(expected["extended_aggregated"] as? [Double])
    #expect(extended.count == 8)
    for (k, amount) in extended.enumerated() {
      #expect(isClose(-scan.parts[27 + k].amount, amount, absolute: 1e-16), "extended \(k)")
    }
    let roll = try #require(initial.node(named: "roll shock"))
    #expect(isClose(roll.amount, try value("roll_shock"), relative: 1e-12))
    let core = try #require(initial.node(named: "risk of the positions"))
    #expect(isClose(core.amount, try value("risk_matrix_margin"), absolute: 1e-15))
    #expect(isClose(initial.parts[0].parts[0].amount, try value("initial_margin"), absolute: 1e-12))
    let maintenance = try methodology.margin(.maintenance, on: book, in: market)
    #expect(
      isClose(
        maintenance.parts[0].parts[0].amount, try value("maintenance_margin"), absolute: 1e-12))
    #expect(isClose(initial.amount, initial.parts[0].parts[0].amount * index, relative: 1e-15))
  }
}
