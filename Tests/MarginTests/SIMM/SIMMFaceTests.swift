import LinearAlgebra
import Margin
import Pricing
import TestSupport
import Testing

@Suite("Norms of convex functions")
struct NormFunctionTests {
  private func random(_ n: Int, _ random: inout TestRandom) -> AffineFunction {
    AffineFunction((0..<n).map { _ in random.signedUnit() }, constant: random.signedUnit())
  }

  @Test("values are those of the quadratic form, and a form that is none is refused")
  func values() throws {
    var generator = TestRandom(seed: 4)
    let functions = (0..<5).map { _ in random(3, &generator) }
    let g = Matrix(rows: 4, columns: 5) { _, _ in generator.signedUnit() }
    let q = Matrix(rows: 5, columns: 5) { i, j in (0..<4).reduce(0) { $0 + g[$1, i] * g[$1, j] } }
    let norm = try #require(NormFunction(of: functions, form: q))
    for _ in 0..<50 {
      let x = (0..<3).map { _ in 5 * generator.signedUnit() }
      let f = functions.map { $0.value(at: x) }
      var square = 0.0
      for i in 0..<5 { for j in 0..<5 { square += q[i, j] * f[i] * f[j] } }
      #expect(isClose(norm.value(at: x), square.squareRoot(), relative: 1e-12))
      let euclidean = NormFunction(of: functions).value(at: x)
      #expect(
        isClose(euclidean, f.reduce(0) { $0 + $1 * $1 }.squareRoot(), relative: 1e-14))
    }
    let indefinite = Matrix(rows: 2, columns: 2) { $0 == $1 ? 1 : 2 }
    #expect(NormFunction(of: Array(functions.prefix(2)), form: indefinite) == nil)
    let negative = Matrix(rows: 2, columns: 2) { $0 == $1 ? 1 : -0.5 }
    let absolutes = functions.prefix(2).map { ConvexFunction.absolute($0) }
    #expect(NormFunction(ofNonnegative: absolutes, form: negative) == nil)
  }

  @Test("supports touch from below, and ranges hold, of norms of norms too")
  func supports() throws {
    var generator = TestRandom(seed: 9)
    let inner = (0..<3).map { _ in
      ConvexFunction.norm(NormFunction(of: (0..<3).map { _ in random(4, &generator) }))
    }
    let q = Matrix(rows: 4, columns: 4) { $0 == $1 ? 1 : 0.3 }
    let outer = try #require(
      NormFunction(ofNonnegative: inner + [.absolute(random(4, &generator))], form: q))
    let f = ConvexFunction.sum([
      .scaled(2, .norm(outer)), .positivePart(.affine(random(4, &generator))),
      .absolute(random(4, &generator)),
    ])
    let range = f.range(lower: [-2, -2, -2, -2], upper: [2, 2, 2, 2])
    for _ in 0..<200 {
      let (x, y) = (
        (0..<4).map { _ in 2 * generator.signedUnit() },
        (0..<4).map { _ in 2 * generator.signedUnit() }
      )
      let support = f.support(at: x)
      #expect(isClose(support.value(at: x), f.value(at: x), relative: 1e-12))
      #expect(support.value(at: y) <= f.value(at: y) + 1e-12)
      #expect(range.contains(f.value(at: x)))
    }
    let zero = NormFunction(of: [AffineFunction([1, 0]), AffineFunction([0, 1])])
    #expect(zero.support(at: [0, 0]).value(at: [3, 4]) == 0)
  }
}

@Suite(
  "SIMM's convex face",
  .enabled(if: ReferenceData.isPresent, "the folder of reference data is absent"))
struct SIMMFaceTests {
  /// Both coins under one commodity bucket, or in one each; which they belong to is not known.
  static func methodology(
    buckets: [String] = ["12", "12"], horizon: SIMMHorizon = .tenDay
  ) throws -> SIMMMargin {
    try SIMMMargin(
      simm: SIMM(calibration: SIMMData.calibration("2.6"), horizon: horizon),
      assignments: Dictionary(
        uniqueKeysWithValues: zip(["BTC", "ETH"], buckets).map {
          ($0, .init(productClass: "Commodity", riskClass: .commodity, bucket: $1, qualifier: $0))
        }))
  }

  @Test("without options, in one bucket, it is the margin itself")
  func exact() throws {
    let market = SyntheticMarket.market(moneyness: [])
    let methodology = try Self.methodology()
    #expect(
      try methodology.marginFunction(
        .initial, trading: market.listed, on: Portfolio(), in: market
      ).relation == .exact)
    let compared = try MethodologyLaws.verifyFaces(
      of: methodology, in: market, books: 170, seed: 3, tolerance: 1e-12)
    #expect(compared == 1_020)
  }

  @Test(
    "with options, and over buckets, it is never below the margin",
    arguments: [["12", "12"], ["12", "16"]])
  func bound(buckets: [String]) throws {
    let market = SyntheticMarket.market()
    let methodology = try Self.methodology(buckets: buckets)
    let compared = try MethodologyLaws.verifyFaces(
      of: methodology, in: market, books: 100, seed: 5, tolerance: 1e-10)
    #expect(compared == 600)
    try MethodologyLaws.verifyConvexity(of: methodology, in: market, books: 30, seed: 6)
    try MethodologyLaws.verifyInvariants(of: methodology, in: market, seed: 7)
  }

  @Test(
    "of all risk classes, concentrated or not, it is convex, and never below the margin in its domain",
    arguments: [1.0, 0.03, 1e-4], SIMM.Side.allCases)
  func allClasses(scale: Double, side: SIMM.Side) throws {
    let simm = try SIMM(calibration: SIMMData.calibration("2.6"), side: side)
    let portfolio = try simm.portfolio(
      SIMMData.randomBook(copies: 2, scale: scale, seed: 13))
    var random = TestRandom(seed: 14)
    let trades = 4
    let amounts = portfolio.amounts.map { amount in
      AffineFunction(
        (0..<trades).map { _ in 0.5 * amount * random.signedUnit() }, constant: amount)
    }
    let face = portfolio.marginFunction(amounts: amounts)
    guard case .upperBound = face.relation else {
      Issue.record("options and many buckets cannot be exact")
      return
    }
    var evaluator = portfolio.evaluator()
    var admissible = 0
    for _ in 0..<60 {
      let size = [1e-3, 0.1, 1][Int.random(in: 0..<3, using: &random)]
      let x = (0..<trades).map { _ in size * random.signedUnit() }
      let y = (0..<trades).map { _ in size * random.signedUnit() }
      let middle = zip(x, y).map { ($0 + $1) / 2 }
      let (fx, fy) = (face.function.value(at: x), face.function.value(at: y))
      #expect(face.function.value(at: middle) <= (fx + fy) / 2 * (1 + 1e-12))
      let isInside = face.domain.allSatisfy {
        ($0.lower...$0.upper).contains($0.function.value(at: x))
      }
      if !isInside { continue }
      admissible += 1
      #expect(fx >= evaluator.margin(of: amounts.map { $0.value(at: x) }) * (1 - 1e-12))
    }
    let none = [Double](repeating: 0, count: trades)
    #expect(face.function.value(at: none) >= portfolio.margin() * (1 - 1e-12))
    #expect(face.domain.allSatisfy { ($0.lower...$0.upper).contains($0.function.constant) })
    if scale == 1e-4 { #expect(admissible > 20) }
  }

  @Test("delta of one bucket for each risk class is exact up to the thresholds")
  func oneBucket() throws {
    let simm = try SIMM(calibration: SIMMData.calibration("2.8+2506"))
    var random = TestRandom(seed: 2)
    var records: [CRIFRecord] = []
    for tenor in ["2w", "1y", "5y", "30y"] {
      for curve in ["OIS", "Libor3m"] {
        records.append(
          CRIFRecord(
            .interestRateCurve, productClass: "RatesFX", qualifier: "EUR", bucket: "1",
            label1: tenor, label2: curve, amount: 1e5 * random.signedUnit()))
      }
    }
    records.append(
      CRIFRecord(
        .inflation, productClass: "RatesFX", qualifier: "EUR", amount: 1e5 * random.signedUnit()))
    records.append(
      CRIFRecord(
        .crossCurrencyBasis, productClass: "RatesFX", qualifier: "EUR",
        amount: 1e5 * random.signedUnit()))
    for currency in ["EUR", "JPY", "ARS", "RUB"] {
      records.append(
        CRIFRecord(
          .foreignExchange, productClass: "RatesFX", qualifier: currency,
          amount: 1e5 * random.signedUnit()))
    }
    for (i, family) in ["CMBX", "ABX", "CMBX", "ABX"].enumerated() {
      for tenor in ["1y", "5y"] {
        records.append(
          CRIFRecord(
            .creditNonQualifying, productClass: "Credit", qualifier: "N\(i)", bucket: "1",
            label1: tenor, label2: family, amount: 1e3 * random.signedUnit()))
        records.append(
          CRIFRecord(
            .creditQualifying, productClass: "Credit", qualifier: "Q\(i)", bucket: "3",
            label1: tenor, label2: "EUR", amount: 1e3 * random.signedUnit()))
      }
    }
    let portfolio = try simm.portfolio(CRIF(records))
    let amounts = portfolio.amounts.map { amount in
      AffineFunction((0..<5).map { _ in amount * random.signedUnit() }, constant: amount)
    }
    let face = portfolio.marginFunction(amounts: amounts)
    #expect(face.relation == .exact)
    var evaluator = portfolio.evaluator()
    for _ in 0..<200 {
      let x = (0..<5).map { _ in random.signedUnit() }
      #expect(
        isClose(
          face.function.value(at: x), evaluator.margin(of: amounts.map { $0.value(at: x) }),
          relative: 1e-12))
    }
  }

  @Test("an assignment to no bucket, and an underlying without one, are refused by name")
  func faults() throws {
    #expect {
      try Self.methodology(buckets: ["99", "12"])
    } throws: { error in
      guard case .profile(_, let field, _)? = error as? MarginError else { return false }
      return field == "assignments.BTC.bucket"
    }
    let market = SyntheticMarket.market()
    let perpetual = try #require(market["ETH-PERPETUAL"]).instrument
    let methodology = try SIMMMargin(
      simm: SIMM(calibration: SIMMData.calibration("2.6")), assignments: [:])
    #expect(throws: MarginError.underlyingNotCovered("ETH", profile: methodology.name, covered: []))
    {
      try methodology.margin(on: Portfolio([Position(1, perpetual)]), in: market)
    }
  }
}
