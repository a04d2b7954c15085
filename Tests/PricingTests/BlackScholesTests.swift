import Pricing
import TestSupport
import Testing

@Suite("Black-Scholes against Haug (1998)")
struct BlackScholesTests {
  @Test(
    "43 printed values, and their 25-digit continuations",
    .enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func values() throws {
    let rows = try ReferenceData.rows("vectors/risk/bs_haug1998_values.csv")
    #expect(rows.count == 43)
    var worst = 0.0
    for row in rows {
      let value = try option(row).value
      let exact = try #require(Double(row["value_40digits"] ?? ""))
      let printed = try #require(Double(row["value_printed"] ?? ""))
      #expect(abs(value - printed) <= 1e-4)
      worst = max(worst, abs(value / exact - 1))
    }
    print("Haug 1998: largest relative error of \(rows.count) values \(worst)")
    #expect(worst < 1e-13)
  }

  @Test(
    "11 printed Greeks",
    .enabled(if: ReferenceData.isPresent, "needs the reference data beside the checkout"))
  func greeks() throws {
    let rows = try ReferenceData.rows("vectors/risk/bs_haug1998_greeks.csv")
    #expect(rows.count == 11)
    for row in rows {
      let option = try option(row)
      let note = row["note"] ?? ""
      let value: Double? =
        switch note {
        case "delta": option.greeks.delta
        case "elasticity": option.elasticity
        case "gamma": option.greeks.gamma
        case "vega": option.greeks.vega
        case "theta": option.greeks.theta
        case "theta_per_day": option.greeks.thetaPerDay
        case "rho": option.rho
        case "dividend_rho": option.dividendRho
        default: nil
        }
      let printed = try #require(Double(row["value"] ?? ""))
      let ours = try #require(value, "unknown Greek \(note)")
      #expect(abs(ours - printed) <= 0.5001e-4, "\(note)")
    }
  }

  private func option(_ row: [String: String]) throws -> BlackScholes {
    func number(_ name: String) throws -> Double {
      let parts = (row[name] ?? "").split(separator: "/").compactMap { Double($0) }
      let first = try #require(parts.first)
      return parts.dropFirst().reduce(first, /)
    }
    return BlackScholes(
      row["type"] == "Call" ? .call : .put, spot: try number("spot"), strike: try number("strike"),
      rate: try number("r"), dividendYield: try number("q"), volatility: try number("vol"),
      time: try number("t"))
  }
}
