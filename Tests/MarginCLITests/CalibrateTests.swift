import Foundation
import TestSupport
import Testing

@Suite("Models and simulations in parts, as processes")
struct CalibrateTests {
  static func calibrate(_ arguments: [String], _ files: [String: String] = [:]) throws -> Command {
    try Command(["calibrate"] + arguments, in: Folder(files))
  }

  @Test("a model read back gives the figures of what it was estimated from")
  func roundTrip() throws {
    let folder = try Folder()
    let written = try Command(["calibrate", "--sample", "--output", "model.json"], in: folder)
    #expect(written.exitCode == 0 && written.errors == "")
    let methods = ["--method", "monte-carlo", "--method", "delta-gamma", "--contributions", "0"]
    let figures = try [["--sample"], ["--sample", "--model", "model.json"]].map { source in
      let run = try Command(["risk"] + source + methods + ["--json"], in: folder)
      #expect(run.exitCode == 0)
      let all = try #require(try run.json()["figures"] as? [[String: Any]])
      return all.map { figure in
        [figure["valueAtRisk"], figure["expectedShortfall"]].compactMap { $0 as? Double }
      }
    }
    #expect(figures[0].count == 6)
    #expect(figures[0] == figures[1])
  }

  @Test(
    "every estimator and every volatility model on the sample",
    arguments: [
      "sample", "ewma", "ledoit-wolf", "ledoit-wolf-constant-correlation",
      "ledoit-wolf-single-factor", "oas", "gerber", "denoised", "dcc",
    ], ["none", "ewma", "garch", "gjr", "garch-t", "gjr-t"])
  func estimators(_ estimator: String, _ volatility: String) throws {
    let run = try Self.calibrate(
      ["--sample", "--covariance", estimator, "--volatility", volatility, "--json"])
    #expect(run.exitCode == 0, "\(run.errors)")
    let covariance = try #require(try run.json()["annualCovariance"] as? [[Double]])
    // The sample's volatilities lie between 25 and 100 percent, their correlation above one half.
    for i in 0..<2 { #expect((0.0625...1).contains(covariance[i][i])) }
    let correlation = covariance[0][1] / (covariance[0][0] * covariance[1][1]).squareRoot()
    #expect((0.5...0.999).contains(correlation) && covariance[0][1] == covariance[1][0])
  }

  static let bad: [(prices: String, arguments: [String], words: [String])] = [
    (
      "date,A,B\n2026-01-01,1,2\n2026-01-02,0,2\n2026-01-03,1,2\n", [],
      ["p.csv:3", "A", "positive"]
    ),
    ("date,A,B\n2026-01-01,1,2\n2026-01-01,2,2\n2026-01-03,1,2\n", [], ["p.csv:3", "2026-01-01"]),
    (
      "date,A,B\n2026-01-01,1,2\n2026-01-02,,2\n2026-01-03,1,2\n", [],
      ["p.csv:3", "missing-prices"]
    ),
    (
      "date,A,B,C\n"
        + rows(4) { [1 + 0.1 * sin(Double($0)), 2 + cos(Double($0)), 3 + 0.1 * Double($0)] },
      ["--covariance", "sample", "--volatility", "none"], ["p.csv", "3 assets"]
    ),
    (
      "date,A,B\n" + rows(60) { [2 + sin(Double($0)), 2 + sin(Double($0))] },
      ["--covariance", "sample", "--volatility", "none"], ["p.csv", "rank 1"]
    ),
    (
      "date,A,B\n" + rows(60) { [2 + sin(Double($0)), 5] },
      ["--covariance", "sample", "--volatility", "none"], ["p.csv", "B"]
    ),
    (
      "date,A,B\n" + rows(60) { [2 + sin(Double($0)), 2 + cos(1.7 * Double($0))] }, [],
      ["p.csv", "A", "100", "--volatility none"]
    ),
  ]

  static func rows(_ count: Int, _ prices: (Int) -> [Double]) -> String {
    (0..<count).map { k in
      let date = "2026-\(k / 28 < 9 ? "0" : "")\(1 + k / 28)-\(k % 28 < 9 ? "0" : "")\(1 + k % 28)"
      return ([date] + prices(k).map { "\($0)" }).joined(separator: ",") + "\n"
    }.joined()
  }

  @Test("what cannot be calibrated is said with its place", arguments: bad.indices)
  func badPrices(_ k: Int) throws {
    let case_ = Self.bad[k]
    let run = try Self.calibrate(
      ["--prices", "p.csv"] + case_.arguments, ["p.csv": case_.prices])
    #expect(run.exitCode == 65 && run.output == "")
    for word in case_.words { #expect(run.errors.contains(word), "\(word): \(run.errors)") }
  }

  /// Prices of n assets with a common move, from the fractional parts of multiples of a golden angle.
  static func walk(_ n: Int, dates: Int) -> String {
    let names = (0..<n).map { "A\($0)" }.joined(separator: ",")
    var levels = [Double](repeating: 100, count: n)
    return "date,\(names)\n"
      + rows(dates) { t in
        for j in 0..<n {
          let (own, common) = (sin(Double(t * t * (j + 2)) * 1.3), sin(Double(t * t) * 2.9))
          levels[j] *= exp(0.01 * (own + 0.5 * common))
        }
        return levels
      }
  }

  @Test(
    "shrinkage needs no more dates than assets, and a repaired Gerber covariance has an inverse",
    arguments: [("ledoit-wolf", 6), ("oas", 6), ("gerber", 12), ("gerber", 14), ("dcc", 220)])
  func fewDates(_ estimator: String, _ dates: Int) throws {
    let run = try Self.calibrate(
      ["--prices", "p.csv", "--covariance", estimator, "--volatility", "none"],
      ["p.csv": Self.walk(9, dates: dates)])
    #expect(run.exitCode == 0, "\(run.errors)")
  }

  @Test("an error of dynamic correlations calls the series by its name")
  func namedSeries() throws {
    let run = try Self.calibrate(
      ["--prices", "p.csv", "--covariance", "dcc", "--volatility", "none"],
      ["p.csv": Self.walk(2, dates: 30)])
    #expect(run.exitCode == 65 && run.errors.contains("A0") && !run.errors.contains("series 0"))
  }

  @Test("past moves that overlap have no interval; a note about prices is made once")
  func overlap() throws {
    for (days, hasInterval) in [("1", true), ("5", false)] {
      let run = try Command(
        ["risk", "--sample", "--method", "historical", "--horizon", days, "--contributions", "0"]
          + ["--json"], in: Folder())
      let figures = try #require(try run.json()["figures"] as? [[String: Any]])
      #expect((figures[0]["valueAtRiskLower"] != nil) == hasInterval)
    }
    var files = TinyMarket.files
    files["prices.csv"] = TinyMarket.prices { $0.remove(at: 5) }
    let run = try Command(
      ["risk", "--chain", "chain.csv", "--book", "book.csv", "--prices", "prices.csv"],
      in: Folder(files))
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.errors.components(separatedBy: "span more than a day").count == 2)
  }

  @Test("an absurd move is told with its date")
  func jump() throws {
    let prices = Self.rows(120) { k in
      let base = 100 * (1 + 0.01 * sin(2.4 * Double(k)))
      return [k == 77 ? 10 * base : base, 50 * (1 + 0.01 * cos(1.7 * Double(k)))]
    }
    let run = try Self.calibrate(
      ["--prices", "p.csv", "--volatility", "none"], ["p.csv": "date,A,B\n" + prices])
    #expect(run.exitCode == 0)
    #expect(run.errors.contains("A moves by") && run.errors.contains("2026-03-2"))
  }

  @Test("a file that is no model is refused with what is missing")
  func badModel() throws {
    for (text, word) in [
      ("{}", "format"), ("{\"format\": \"other\"}", "marginopt-model-1"), ("not JSON", "m.json"),
      (
        """
        {"format": "marginopt-model-1", "factors": ["BTC", "ETH"], "estimator": "x",
         "source": {"prices": "p", "firstDate": "a", "lastDate": "b", "returnCount": 3},
         "annualCovariance": [[1, 0.5], [0.4, 1]], "volatilities": [], "surfaces": []}
        """, "annualCovariance[0][1]"
      ),
    ] {
      let run = try Command(
        ["risk", "--sample", "--model", "m.json"], in: Folder(["m.json": text]))
      #expect(run.exitCode == 65)
      #expect(run.errors.contains(word), "\(run.errors)")
    }
  }

  @Test("parts of a simulation, run by processes at once, merge to the bits of one")
  func parts() throws {
    let folder = try Folder()
    let common = ["risk", "--sample", "--scenarios", "30001", "--part"]
    func part(_ k: Int, _ n: Int) throws {
      let run = try Command(common + ["\(k)/\(n)"], in: folder)
      #expect(run.exitCode == 0)
      try Data(run.output.utf8).write(to: folder.url.appending(path: "\(k)of\(n).json"))
    }
    for (k, n) in [(1, 1), (1, 3), (2, 3), (3, 3)] { try part(k, n) }
    let whole = try Command(["merge", "1of1.json", "--json"], in: folder)
    let merged = try Command(
      ["merge", "3of3.json", "1of3.json", "2of3.json", "--json"], in: folder)
    #expect(whole.exitCode == 0 && whole.output == merged.output)
    // The same figures as those of one simulation in one process.
    let direct = try Command(
      ["risk", "--sample", "--scenarios", "30001", "--method", "monte-carlo", "--json"], in: folder)
    let figures = try [whole, direct].map { run in
      try #require(try run.json()["figures"] as? [[String: Any]]).map {
        $0["valueAtRisk"] as? Double ?? .nan
      }
    }
    for (a, b) in zip(figures[0], figures[1]) { #expect(isClose(a, b, relative: 1e-5)) }
    let missing = try Command(["merge", "3of3.json", "1of3.json"], in: folder)
    #expect(missing.exitCode == 65 && missing.errors.contains("20001 of 30001"))
    let twice = try Command(["merge", "3of3.json", "3of3.json"], in: folder)
    #expect(twice.exitCode == 65)
    let wrong = try Command(["risk", "--sample", "--part", "4/3"], in: folder)
    #expect(wrong.exitCode == 64 && wrong.errors.contains("--part"))
  }

  @Test("a book of prices without a chain: linear, by hand")
  func prices() throws {
    let prices = Self.rows(40) { k in
      [100 * (1 + 0.02 * sin(2.4 * Double(k))), 50 * (1 + 0.03 * cos(1.7 * Double(k)))]
    }
    let folder = try Folder([
      "p.csv": "date,AAA,BBB\n" + prices,
      "book.csv": "instrument,quantity,unit\nAAA,3,coin\nBBB,-120,usd\n",
      "other.csv": "instrument,quantity\nCCC,3\n",
    ])
    let arguments = ["risk", "--prices", "p.csv", "--covariance", "sample", "--json"]
    let run = try Command(
      arguments + ["--book", "book.csv", "--method", "historical", "--confidence", "0.9"],
      in: folder)
    #expect(run.exitCode == 0, "\(run.errors)")
    let figure = try #require(try run.json()["figures"] as? [[String: Any]]).first
    // The losses of 3 units of AAA and of 120 dollars of BBB sold, over each day of the file.
    let values = prices.split(separator: "\n").map { line in
      line.split(separator: ",").dropFirst().map { Double($0) ?? .nan }
    }
    let last = try #require(values.last)
    let losses = zip(values, values.dropFirst()).map { a, b in
      -3 * last[0] * (b[0] / a[0] - 1) + 120 * (b[1] / a[1] - 1)
    }.sorted(by: >)
    // No more than one tenth of the 39 losses exceed it: the fourth largest.
    let found = try #require(figure?["valueAtRisk"] as? Double)
    #expect(isClose(found, losses[3], relative: 1e-12))
    let other = try Command(arguments + ["--book", "other.csv"], in: folder)
    #expect(other.exitCode == 65 && other.errors.contains("other.csv:2: instrument: 'CCC'"))
  }

  @Test("a part that was changed after it was written is refused by its name")
  func changedPart() throws {
    let folder = try Folder()
    let run = try Command(["risk", "--sample", "--scenarios", "100", "--part", "1/1"], in: folder)
    for (old, new, word) in [
      ("0.975,", "2,", "confidences"), ("\"count\" : 100", "\"count\" : 99", "changed after"),
    ] {
      #expect(run.output.contains(old))
      try Data(run.output.replacing(old, with: new).utf8)
        .write(to: folder.url.appending(path: "changed.json"))
      let merged = try Command(["merge", "changed.json"], in: folder)
      #expect(merged.exitCode == 65, "\(merged.errors)")
      #expect(merged.errors.contains("changed.json") && merged.errors.contains(word))
    }
  }
}
