import Foundation
import LinearAlgebra
import Margin
import TestSupport
import Testing

@Suite(
  "SIMM", .enabled(if: ReferenceData.isPresent, "the folder of reference data is absent"))
struct SIMMTests {
  @Test(
    "the gradient is that of finite differences, for every sensitivity",
    arguments: SIMMHorizon.allCases, SIMM.Side.allCases)
  func gradient(horizon: SIMMHorizon, side: SIMM.Side) throws {
    let simm = try SIMM(
      calibration: SIMMData.calibration("2.6"), horizon: horizon, side: side)
    // Concentrated everywhere, here and there, and nowhere.
    for (copies, scale) in [(2, 1.0), (1, 0.05), (1, 1e-4)] {
      let book = try SIMMData.randomBook(copies: copies, scale: scale, seed: 11)
      let portfolio = try simm.portfolio(book)
      var evaluator = portfolio.evaluator()
      let (margin, gradient) = evaluator.marginAndGradient(of: portfolio.amounts)
      #expect(gradient.count > 200)
      let steepest = gradient.reduce(0) { max($0, abs($1)) }
      var amounts = portfolio.amounts
      for i in amounts.indices {
        let (amount, step) = (amounts[i], max(1e-6 * abs(amounts[i]), scale))
        amounts[i] = amount + step
        let above = evaluator.margin(of: amounts)
        amounts[i] = amount - step
        let below = evaluator.margin(of: amounts)
        amounts[i] = amount
        // The difference itself is known to the rounding of two margins.
        let rounding = 8 * margin.ulp / step
        #expect(
          abs((above - below) / (2 * step) - gradient[i]) <= 2e-7 * steepest + rounding,
          "\(portfolio.sensitivities[i])")
      }
    }
  }

  @Test("nothing concentrated, the margin is homogeneous, and the gradient adds up to it (Euler)")
  func homogeneity() throws {
    let simm = try SIMM(calibration: SIMMData.calibration("2.8+2506"), horizon: .oneDay)
    let portfolio = try simm.portfolio(SIMMData.randomBook(copies: 3, scale: 1, seed: 5))
    var evaluator = portfolio.evaluator()
    let (margin, gradient) = evaluator.marginAndGradient(of: portfolio.amounts)
    let total = zip(gradient, portfolio.amounts).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(isClose(total, margin, relative: 1e-12))
    let twice = evaluator.margin(of: portfolio.amounts.map { 2 * $0 })
    #expect(isClose(twice, 2 * margin, relative: 1e-12))
  }

  @Test(
    "every node of the tree recomputes, and its root is the margin",
    arguments: SIMMData.versions, SIMM.Side.allCases)
  func tree(version: String, side: SIMM.Side) throws {
    for horizon in SIMMHorizon.allCases {
      let simm = try SIMM(
        calibration: SIMMData.calibration(version), horizon: horizon, side: side)
      for scale in [1.0, 0.02, 1e-5] {
        var book = try SIMMData.randomBook(copies: 2, scale: scale, seed: 3)
        book.records.append(
          CRIFRecord(.productClassMultiplier, qualifier: "RatesFX", amount: 1.1))
        book.records.append(CRIFRecord(.addOnFixedAmount, amount: 1_000))
        book.records.append(CRIFRecord(.addOnNotionalFactor, qualifier: "P", amount: 12.5))
        book.records.append(CRIFRecord(.notional, qualifier: "P", amount: 8_000))
        let portfolio = try simm.portfolio(book)
        var tree = portfolio.requirement()
        #expect(tree.firstInconsistency() == nil)
        #expect(isClose(tree.amount, portfolio.margin(), relative: 1e-12))
        #expect(portfolio.addOn == 2_000)
        // A leaf that is changed shows in what is above it.
        tree.parts[0].parts[0].parts[0].parts[0].parts[0].parts[0].amount += 1 + tree.amount
        #expect(tree.firstInconsistency() != nil)
      }
    }
  }

  @Test("order does not matter, and a position and its opposite need nothing")
  func netting() throws {
    let simm = try SIMM(calibration: SIMMData.calibration("2.7+2412"))
    let book = try SIMMData.randomBook(copies: 2, scale: 1, seed: 8)
    let margin = try simm.portfolio(book).margin()
    var random = TestRandom(seed: 1)
    let shuffled = CRIF(book.records.shuffled(using: &random))
    #expect(isClose(try simm.portfolio(shuffled).margin(), margin, relative: 1e-12))
    let opposite = book.records.map {
      var record = $0
      record.amount = -record.amount
      return record
    }
    #expect(abs(try simm.portfolio(CRIF(book.records + opposite)).margin()) <= 1e-9 * margin)
    #expect(try simm.portfolio(CRIF()).margin() == 0)
    #expect(try simm.requirement(for: CRIF()).amount == 0)
  }

  @Test("the double sum of the definition gives the K that sums over names give")
  func definition() throws {
    let calibration = try SIMMData.calibration("2.6")
    let simm = try SIMM(calibration: calibration)
    var random = TestRandom(seed: 21)
    let table = calibration.equity
    let (weight, threshold) = (table.deltaWeights.tenDay["5"]!, 1e6 * table.deltaThresholds["5"]!)
    let ρ = table.nameCorrelations["5"]!.different
    for _ in 0..<20 {
      let s = (0..<40).map { _ in 4 * threshold * random.signedUnit() }
      let cr = s.map { max(1, (abs($0) / threshold).squareRoot()) }
      let ws = zip(s, cr).map { weight * $0 * $1 }
      var square = 0.0
      for k in s.indices {
        for l in s.indices {
          let f = min(cr[k], cr[l]) / max(cr[k], cr[l])
          square += (k == l ? 1 : ρ * f) * ws[k] * ws[l]
        }
      }
      let crif = CRIF(
        s.enumerated().map {
          CRIFRecord(
            .equity, productClass: "Equity", qualifier: "N\($0)", bucket: "5", amount: $1)
        })
      #expect(
        isClose(try simm.portfolio(crif).margin(), square.squareRoot(), relative: 1e-12))
    }
  }

  @Test("the exchange rate of the calculation currency is no risk")
  func calculationCurrency() throws {
    let calibration = try SIMMData.calibration("2.6")
    let crif = CRIF([
      CRIFRecord(.foreignExchange, productClass: "RatesFX", qualifier: "EUR", amount: 1_000),
      CRIFRecord(.foreignExchange, productClass: "RatesFX", qualifier: "USD", amount: 5_000),
    ])
    // Regular against regular volatility, and the other rate each time.
    let weight = calibration.foreignExchange.deltaWeights.tenDay["2"]!["2"]!
    let dollars = try SIMM(calibration: calibration).portfolio(crif).margin()
    #expect(isClose(dollars, 1_000 * weight, relative: 1e-14))
    let euros = try SIMM(calibration: calibration, calculationCurrency: "EUR")
      .portfolio(crif).margin()
    #expect(isClose(euros, 5_000 * weight, relative: 1e-14))
    #expect(throws: MarginError.self) {
      try SIMM(calibration: calibration, calculationCurrency: "euro")
    }
  }
}
