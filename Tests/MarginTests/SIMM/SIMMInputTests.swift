import Foundation
import Margin
import TestSupport
import Testing

@Suite("CRIF")
struct CRIFTests {
  @Test("tabs, commas, quotes, carriage returns and any order of columns are read")
  func layouts() throws {
    let tabs =
      "ProductClass\tRiskType\tQualifier\tBucket\tLabel1\tLabel2\tAmountUSD\r\n"
      + "RatesFX\tRisk_IRCurve\tUSD\t1\t2w\tOIS\t4000000\r\n\r\n"
      + "Equity\tRisk_Equity\tX\t5\t\t\t-1e3\r\n"
    let first = try CRIF(text: tabs)
    #expect(first.records.map(\.amount) == [4_000_000, -1_000])
    #expect(first.records.map(\.line) == [2, 4])
    #expect(first.records[0].label2 == "OIS")
    let commas =
      "risk_type, Amount, Amount Currency, collect_regulations, qualifier, product class\n"
      + "Risk_FX, 5, USD, \"ESA,USPR\", EUR, RatesFX\n"
      + "Risk_FX, 5, EUR, \"say \"\"ESA\"\"\", GBP, RatesFX\n"
    let second = try CRIF(text: commas, dollarsPerUnit: ["EUR": 1.2])
    #expect(second.records.map(\.amount) == [5, 6])
    #expect(second.records.map(\.qualifier) == ["EUR", "GBP"])
  }

  @Test(
    "what is wrong is said with file, line and field",
    arguments: [
      (
        "RiskType,AmountUSD\nRisk_Equities,1",
        "f.csv, line 2: RiskType: 'Risk_Equities' is not known"
      ),
      ("RiskType,AmountUSD\nRisk_FX,1\n\nRisk_FX,many", "f.csv, line 4: AmountUSD: 'many'"),
      ("RiskType,AmountUSD\nRisk_FX,nan", "f.csv, line 2: AmountUSD: 'nan'"),
      ("RiskType,AmountUSD\nRisk_FX,", "f.csv, line 2: AmountUSD: is empty"),
      ("RiskType,AmountUSD\nRisk_FX,1,2", "f.csv, line 2: has 3 fields"),
      ("Risk,AmountUSD\nRisk_FX,1", "f.csv, line 1: RiskType: no such column"),
      ("RiskType,Amount\nRisk_FX,1", "f.csv, line 1: AmountUSD: no such column"),
      (
        "RiskType,Amount,AmountCurrency,AmountUSD\nRisk_FX,1,EUR,",
        "f.csv, line 2: AmountUSD: is empty, and Amount is in EUR"
      ),
      (
        "RiskType,Amount,AmountCurrency,AmountUSD\nRisk_FX,1,USD,2",
        "f.csv, line 2: AmountUSD: 2.0 differs"
      ),
      ("RiskType,RiskType,AmountUSD\n", "f.csv, line 1: RiskType: is there twice"),
      (" \n", "f.csv: has no line of column names"),
    ])
  func faults(text: String, message: String) {
    #expect {
      try CRIF(text: text, name: "f.csv")
    } throws: { error in
      "\(error)".hasPrefix(message)
    }
  }
}

@Suite(
  "SIMM's input", .enabled(if: ReferenceData.isPresent, "the folder of reference data is absent"))
struct SIMMInputTests {
  @Test(
    "a row that SIMM does not have is refused with its line and field",
    arguments: [
      ("Rates,Risk_IRCurve,USD,1,2w,OIS,1", "line 2: ProductClass: 'Rates' is not known"),
      ("RatesFX,Risk_IRCurve,USD,1,2w,Libor,1", "line 2: Label2: 'Libor' is no sub-curve"),
      ("RatesFX,Risk_IRCurve,USD,1,4y,OIS,1", "line 2: Label1: '4y' is no tenor"),
      ("RatesFX,Risk_IRCurve,USD,9,2w,OIS,1", "line 2: Bucket: '9' is not known"),
      ("RatesFX,Risk_IRCurve,dollar,1,2w,OIS,1", "line 2: Qualifier: 'dollar' is not a currency"),
      ("RatesFX,Risk_FXVol,EUR,,2w,,1", "line 2: Qualifier: 'EUR' is not a pair"),
      ("Equity,Risk_Equity,X,13,,,1", "line 2: Bucket: '13' is not known for Risk_Equity"),
      ("Equity,Risk_Equity,,5,,,1", "line 2: Qualifier: is empty"),
      ("Commodity,Risk_Commodity,X,,,,1", "line 2: Bucket: '' is not known"),
      ("Credit,Risk_CreditQ,X,1,2w,USD,1", "line 2: Label1: '2w' is no tenor of Risk_CreditQ"),
      (
        ",Param_ProductClassMultiplier,Rates,,,,1.5",
        "line 2: Qualifier: 'Rates' is no product class"
      ),
      (",Param_ProductClassMultiplier,RatesFX,,,,0.5", "line 2: Amount: 0.5 is below 1"),
      (",Param_AddOnNotionalFactor,P,,,,-1", "line 2: Amount: -1.0 is negative"),
      (
        ",Param_ProductClassMultiplier,RatesFX,,,,1.5\n,Param_ProductClassMultiplier,RatesFX,,,,1.6",
        "line 3: Amount: the multiplier of RatesFX is 1.5 in another row"
      ),
    ])
  func rows(row: String, message: String) throws {
    let crif = try CRIF(
      text: "ProductClass,RiskType,Qualifier,Bucket,Label1,Label2,AmountUSD\n" + row, name: "f")
    let simm = try SIMM(calibration: SIMMData.calibration("2.6"))
    #expect {
      _ = try simm.portfolio(crif)
    } throws: { error in
      "\(error)".hasPrefix("f, \(message)")
    }
  }

  @Test("a calibration survives JSON", arguments: SIMMData.versions)
  func json(version: String) throws {
    let calibration = try SIMMData.calibration(version)
    #expect(calibration.name == version)
    let again = try SIMMCalibration(json: JSONEncoder().encode(calibration))
    #expect(again == calibration)
  }

  @Test(
    "a faulty calibration is refused with the field at fault",
    arguments: [
      (
        "mporDays=\"1\">0.51<",
        "mporDays=\"1\">-1<",
        "interestRate.historicalVolatilityRatio.oneDay"
      ),
      (
        "label1=\"2w\">109<",
        "label1=\"2w\">many<",
        "SIMMCalibration.InterestRate.RiskWeights.Delta[mporDays=10].Weight[1, 2w]"
      ),
      (
        "label1=\"2w\" label2=\"1m\">0.77",
        "label1=\"2w\" label2=\"1m\">1.77",
        "interestRate.tenorCorrelations.2w.1m"
      ),
      (
        "label1=\"2w\" label2=\"1m\">0.77",
        "label1=\"2w\" label2=\"1m\">0.78",
        "interestRate.tenorCorrelations.2w.1m"
      ),
      ("<SubCurves>0.993</SubCurves>", "", "SIMMCalibration.InterestRate.Correlations.SubCurves"),
      ("2023-12-02", "last year", "effectiveDate"),
      ("bucket=\"1\">Other<", "bucket=\"1\">XXX<", "interestRate.concentrationGroups"),
      (
        "<Currency bucket=\"2\">JPY<",
        "<Currency bucket=\"2\">USD<",
        "interestRate.volatilityGroups.2"
      ),
      (
        "<Threshold bucket=\"1\">30<",
        "<Threshold bucket=\"1\">0<",
        "interestRate.deltaThresholds.1"
      ),
      (
        "label2=\"same\">0.93<",
        "label2=\"alike\">0.93<",
        "SIMMCalibration.CreditQualifying.Correlations.IntraBucket[aggregate]"
      ),
      ("</SIMMCalibrationData>", "", "line"),
    ])
  func faults(original: String, replacement: String, field: String) throws {
    let text = try ReferenceData.text("data/simm/simmcalibration_2.6.xml")
    #expect(text.contains(original))
    let broken = text.replacing(original, with: replacement, maxReplacements: 1)
    #expect {
      try SIMMCalibration(xml: Data(broken.utf8), fileName: "c.xml")
    } throws: { error in
      guard case .profile(_, let named, _)? = error as? MarginError else { return false }
      return named == field || field == "line" && named.hasPrefix("line ")
    }
  }
}
