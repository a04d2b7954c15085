import Foundation
import Margin
import MarginSamples
import TestSupport
import Testing

/// Files of parameters, as users write them: a profile's JSON with the kind that it is of.
enum MethodologyFiles {
  static func text(_ kind: MethodologyKind, _ value: some Encodable) throws -> String {
    var fields = try #require(
      try JSONSerialization.jsonObject(with: JSONEncoder().encode(value)) as? [String: Any])
    fields["methodology"] = kind.rawValue
    return String(decoding: try JSONSerialization.data(withJSONObject: fields), as: UTF8.self)
  }

  static let historical = """
    {"methodology": "historical", "name": "FHS", "source": "made up", "effective": "2026-01-01",
     "measure": "expectedShortfall", "confidence": 0.9, "liquidationDays": 1,
     "scaling": "squareRootOfTime", "maintenanceFactor": 0.8,
     "stressedPeriod": {"from": "2026-08-03", "through": "2026-08-12"},
     "antiProcyclicality": {"buffer": 0.25, "stressedWeight": 0.25}}
    """

  static func simm(calibration: String) -> String {
    """
    {"methodology": "simm", "name": "SIMM of tests", "source": "user", "effective": "2026-01-01",
     "calibration": "\(calibration)", "assignments": {"BTC": {"productClass": "Commodity",
     "riskClass": "Commodity", "bucket": "16", "qualifier": "BTC"}}}
    """
  }

  static let crif = """
    RiskType,ProductClass,Qualifier,Bucket,Label1,Label2,Amount,AmountCurrency,AmountUSD
    Risk_Equity,Equity,ACME,1,,,1000,USD,1000
    Risk_Equity,Equity,BETA,5,,,2000,EUR,

    """
}

@Suite("Methodologies by name and by file", .serialized)
struct MethodologyTests {
  /// The tiny chain in dollars, for rules of contracts that settle in them.
  static let linear = TinyMarket.chain([
    "2026-08-17T08:00:00Z,BTC_USDC-PERPETUAL,63400,63405,63402.5,63402.5,,9000,4000,63400,0.0001",
    "2026-08-17T08:00:00Z,BTC_USDC-25SEP26-60000-P,1714,1778,1746,63500,0.42,800,90,63400,",
    "2026-08-17T08:00:00Z,BTC_USDC-25SEP26-66000-C,1460,1524,1492,63500,0.38,700,80,63400,",
  ])
  static let linearBook = "instrument,quantity\nBTC_USDC-25SEP26-60000-P,-10\n"

  @Test("the bundled ones are listed with name, source and date")
  func list() throws {
    let run = try Command(["margin", "--list"], in: Folder())
    #expect(run.exitCode == 0)
    for rule in BundledMethodology.allCases {
      #expect(run.output.contains(rule.rawValue))
      #expect(run.output.contains(try rule.profile().effective))
    }
    #expect(MethodologyKind.allCases.allSatisfy { run.output.contains($0.rawValue) })
  }

  @Test("every kind of file gives a margin and a hedge with a bound of its rule")
  func kinds() throws {
    let files = try [
      "pmrm1.json": MethodologyFiles.text(.derivePortfolioMargin, DeriveSamples.pmrm1),
      "pmrm2.json": MethodologyFiles.text(.derivePortfolioMargin, DeriveSamples.pmrm2),
      "standard.json": MethodologyFiles.text(.deriveStandard, DeriveSamples.standard),
      "span.json": MethodologyFiles.text(.span, SPANSamples.convex()),
      "strategies.json": MethodologyFiles.text(
        .strategies,
        {
          var profile = try StrategyMarginProfile.regulationT()
          profile.multiplier = 1
          return profile
        }()),
      "historical.json": MethodologyFiles.historical,
    ]
    let folder = try Folder(
      TinyMarket.files.merging(files) { $1 }.merging([
        "linear.csv": Self.linear, "linear-book.csv": Self.linearBook,
      ]) { $1 })
    for file in files.keys.sorted() {
      let inverse = ["span.json", "historical.json"].contains(file)
      var arguments = [
        "--chain", inverse ? "chain.csv" : "linear.csv", "--book",
        inverse ? "book.csv" : "linear-book.csv", "--profile", file, "--stand-in-half-spread", "-1",
        "--json",
      ]
      if file == "historical.json" { arguments += ["--prices", "prices.csv"] }
      let margin = try Command(["margin"] + arguments, in: folder)
      #expect(margin.exitCode == 0, "\(file): \(margin.errors)")
      let amount = try #require(margin.json()["amount"] as? Double)
      #expect(amount > 0)
      var hedging = arguments
      if file == "strategies.json" {
        hedging += ["--lots", "1", "--with", "BTC_USDC-25SEP26-60000-P"]
      }
      let hedge = try Command(["hedge"] + hedging, in: folder)
      #expect(hedge.exitCode == 0, "\(file): \(hedge.errors)")
      let report = try hedge.json()
      let margins = try #require(report["margin"] as? [String: Any])
      #expect(isClose(try #require(margins["before"] as? Double), amount, relative: 1e-12))
      let objective = try #require(report["objective"] as? Double)
      #expect(objective < amount)
      if let bound = report["ruleBound"] as? Double {
        #expect(bound <= objective && objective - bound <= 1e-5 * max(1, objective), "\(file)")
      } else {
        #expect(file == "strategies.json")
      }
    }
  }

  @Test("what is wrong with a file, or with sensitivities, is said with its place")
  func faults() throws {
    let span = try MethodologyFiles.text(.span, SPANSamples.convex())
    let cases: [(text: String, message: [String])] = [
      (
        "{\"methodology\": \"span\",\n \"initialFactor\": NaN}", ["p.json': line 2: not valid JSON"]
      ),
      ("{\"methodology\": \"spam\"}", ["methodology: is none of scenario-grid", "simm"]),
      (
        span.replacing("\"priceScanRange\":6500", with: "\"priceScanRang\":6500"),
        ["commodities.BTC.priceScanRange", "is missing"]
      ),
      (
        span.replacing("\"shortOptionMinimum\":120", with: "\"shortOptionMinimun\":120"),
        ["p.json", "commodities.BTC.shortOptionMinimun: is no field of 'span'"]
      ),
      (
        span.replacing("\"priceScanRange\":6500", with: "\"priceScanRange\":-1"), ["-1.0 is not in"]
      ),
      (
        MethodologyFiles.historical.replacing("2026-08-03", with: "2020-03-01")
          .replacing("2026-08-12", with: "2020-05-01"),
        ["stressedPeriod: no return from 2020-03-01 through 2020-05-01", "2026-08-02"]
      ),
      (
        MethodologyFiles.simm(calibration: "none.xml"), ["none.xml", "cannot be read"]
      ),
    ]
    for (text, message) in cases {
      let folder = try Folder(TinyMarket.files.merging(["p.json": text]) { $1 })
      let run = try Command(
        ["margin", "--profile", "p.json", "--prices", "prices.csv"] + BadInput.tiny, in: folder)
      #expect(run.exitCode == 65)
      for part in message { #expect(run.errors.contains(part), "\(run.errors)") }
    }
    let usage = try Command(["margin", "--crif", "c.csv", "--sample"], in: Folder())
    #expect(usage.exitCode == 64 && usage.errors.contains("stands in the place of"))
    let kind = try Command(
      ["margin", "--crif", "c.csv", "--profile", "p.json"],
      in: Folder(["c.csv": MethodologyFiles.crif, "p.json": span]))
    #expect(kind.exitCode == 65 && kind.errors.contains("is 'span' where 'simm' is needed"))
  }

  @Test(
    "sensitivities are margined; bad rows, risk types, buckets and currencies are named",
    .enabled(if: ReferenceData.isPresent, "the folder of reference data is absent"))
  func sensitivities() throws {
    let calibration = try ReferenceData.url("data/simm/simmcalibration_2.6.xml")
      .path(percentEncoded: false)
    func run(_ crif: String, _ more: String...) throws -> Command {
      try Command(
        ["margin", "--crif", "c.csv", "--profile", "simm.json"] + more,
        in: Folder(["c.csv": crif, "simm.json": MethodologyFiles.simm(calibration: calibration)]))
    }
    let good = try run(MethodologyFiles.crif, "--fx", "EUR=1.1", "--json")
    #expect(good.exitCode == 0, "\(good.errors)")
    #expect((try good.json()["amount"] as? Double ?? 0) > 0)
    let faults: [(crif: String, message: String)] = [
      (MethodologyFiles.crif, "c.csv, line 3: AmountUSD: is empty, and Amount is in EUR"),
      (
        MethodologyFiles.crif.replacing("USD,1000", with: "USD,many"),
        "c.csv, line 2: AmountUSD: 'many' is not a finite number"
      ),
      (
        MethodologyFiles.crif.replacing("Risk_Equity,Equity,ACME", with: "Risk_Rain,Equity,ACME"),
        "c.csv, line 2: RiskType: 'Risk_Rain' is not known"
      ),
      (
        MethodologyFiles.crif.replacing("ACME,1", with: "ACME,77").replacing("EUR,", with: "EUR,1"),
        "c.csv, line 2: Bucket: '77' is not known"
      ),
      ("RiskType,Qualifier\nRisk_FX,EUR\n", "c.csv, line 1: AmountUSD: no such column"),
      ("RiskType,Qualifier,AmountUSD\n", "c.csv: there are no rows below"),
    ]
    for (crif, message) in faults {
      let bad = try run(crif)
      #expect(bad.exitCode == 65)
      #expect(bad.errors.contains(message), "\(bad.errors)")
    }
  }
}
