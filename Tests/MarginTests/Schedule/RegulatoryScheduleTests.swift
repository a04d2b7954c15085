import Margin
import TestSupport
import Testing

@Suite("Regulatory schedule")
struct RegulatoryScheduleTests {
  private func trade(
    _ productClass: RegulatorySchedule.ProductClass, _ notional: Double, _ value: Double,
    _ maturity: Double
  ) -> RegulatorySchedule.Trade {
    .init(
      id: "\(productClass.rawValue) \(notional)", productClass: productClass, notional: notional,
      presentValue: value, maturity: maturity)
  }

  @Test(
    "shares are those of the standard, by maturity",
    arguments: [
      (.credit, 1.99, 0.02), (.credit, 2, 0.05), (.credit, 5, 0.1), (.rates, 0, 0.01),
      (.rates, 4.99, 0.02), (.rates, 30, 0.04), (.commodity, 1, 0.15), (.equity, 9, 0.15),
      (.foreignExchange, 9, 0.06), (.other, 1, 0.15),
    ] as [(RegulatorySchedule.ProductClass, Double, Double)])
  func shares(productClass: RegulatorySchedule.ProductClass, maturity: Double, share: Double) throws
  {
    #expect(
      try RegulatorySchedule.standard.share(of: trade(productClass, 1, 0, maturity)) == share)
  }

  @Test("the margin falls from the whole gross amount to 40 % of it as trades offset")
  func netToGross() throws {
    let schedule = RegulatorySchedule.standard
    let both = [trade(.rates, 1_000, 30, 1), trade(.equity, -2_000, -10, 1)]
    let gross = 1_000 * 0.01 + 2_000 * 0.15
    let requirement = try schedule.requirement(for: both)
    #expect(isClose(requirement.amount, gross * (0.4 + 0.6 * 20 / 30), relative: 1e-14))
    #expect(requirement.firstInconsistency() == nil)
    let posted = try schedule.requirement(for: both, side: .post)
    #expect(isClose(posted.amount, gross * 0.4, relative: 1e-14))
    let worthless = [trade(.rates, 1_000, -30, 1)]
    #expect(isClose(try schedule.requirement(for: worthless).amount, 10, relative: 1e-14))
    #expect(try schedule.requirement(for: []).amount == 0)
  }

  @Test("a schedule and a trade that make no sense are refused by name")
  func faults() throws {
    #expect(throws: MarginError.self) {
      try RegulatorySchedule(name: "x", source: "y", shares: [.rates: [.init(0.01)]])
    }
    #expect(throws: MarginError.self) {
      try RegulatorySchedule.standard.requirement(for: [trade(.rates, .nan, 0, 1)])
    }
    #expect(throws: MarginError.self) {
      try RegulatorySchedule.standard.requirement(for: [trade(.rates, 1, 0, -1)])
    }
  }

  @Test(
    "rows of the schedule that make no sense are refused with line and field",
    arguments: [
      ("T,Rates,Notional,1,2019-01-01", "f, line 2: end_date: 2019-01-01 is before 2020-12-28"),
      ("T,Rates,Notional,1,soon", "f, line 2: end_date: 'soon' is not a date"),
      ("T,Rates,Notional,1,2021-02-29", "f, line 2: end_date: '2021-02-29' is not a date"),
      ("T,RatesFX,Notional,1,2021-02-28", "f, line 2: ProductClass: 'RatesFX' is not known"),
      ("T,Rates,Risk_FX,1,2021-02-28", "f, line 2: RiskType: Risk_FX is not of the schedule"),
      ("T,Rates,PV,1,28/02/2021", "f: Notional: T has no row of it"),
      (
        "T,Rates,Notional,1,20210228\nT,Rates,Notional,1,20210228",
        "f, line 3: TradeID: T has two rows of Notional"
      ),
    ])
  func rows(row: String, message: String) throws {
    let crif = try CRIF(
      text: "TradeID,ProductClass,RiskType,AmountUSD,end_date\n" + row, name: "f")
    #expect {
      _ = try RegulatorySchedule.trades(of: crif, on: "2020-12-28")
    } throws: { error in
      "\(error)".hasPrefix(message)
    }
  }
}
