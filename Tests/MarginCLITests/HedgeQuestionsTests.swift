import Foundation
import Testing

@Suite("Cures, frontiers, depth and comparisons by the command", .serialized)
struct HedgeQuestionsTests {
  static let few = ["hedge", "--sample", "--instruments", "40"]

  @Test("a cure brings exact margin to at most the equity, at a cost that meets its bound")
  func cure() throws {
    let before = try #require(
      try Command(["margin", "--sample", "--json"], in: Folder()).json()["amount"] as? Double)
    let equity = (0.8 * before).rounded()
    let run = try Command(Self.few + ["--cure", "\(equity)", "--json"], in: Folder())
    #expect(run.exitCode == 0 && run.errors == "")
    let plan = try run.json()
    #expect(plan["equity"] as? Double == equity)
    #expect(plan["costIsPaid"] as? Bool == false)
    let margin = try #require(plan["margin"] as? [String: Double])
    #expect(try #require(margin["after"]) <= equity)
    #expect(plan["objective"] as? Double == plan["cost"] as? Double)
    #expect(try #require(plan["gap"] as? Double) < 1e-6)
    let binding = try #require(plan["bindingLimits"] as? [[String: Any]])
    #expect(binding.contains { $0["name"] as? String == "margin" })
    let text = try Command(Self.few + ["--cure", "\(equity)"], in: Folder())
    #expect(text.output.contains("cheapest trades that bring initial margin to at most"))
    let paid = try Command(
      Self.few + ["--cure", "\(equity)", "--cure-pays-cost", "--json"], in: Folder()
    ).json()
    let after = try #require((paid["margin"] as? [String: Double])?["after"])
    #expect(after + (try #require(paid["cost"] as? Double)) <= equity)
  }

  @Test("the largest trade: margin and cost come to the equity, alone and with hedges")
  func largest() throws {
    let question = Self.few + ["--largest", "BTC-PERPETUAL:sell", "--equity", "2000000", "--json"]
    let (alone, hedged) = (
      try Command(question, in: Folder()), try Command(question + ["--with-hedges"], in: Folder())
    )
    #expect(alone.exitCode == 0 && hedged.exitCode == 0, "\(alone.errors) \(hedged.errors)")
    let (one, many) = (try alone.json(), try hedged.json())
    let sizes = try [one, many].map { try #require($0["quantity"] as? Double) }
    #expect(sizes[0] < 0 && sizes[1] <= sizes[0] * (1 - 1e-9))
    for report in [one, many] {
      let margin = try #require((report["margin"] as? [String: Any])?["after"] as? Double)
      let cost = try #require(report["cost"] as? Double)
      #expect(margin + cost <= 2_000_000 && margin + cost > 1_999_000)
      #expect(abs(try #require(report["gap"] as? Double)) < 1e-5)
    }
    let text = try Command(question.dropLast(), in: Folder())
    #expect(text.output.contains("held by: margin and trading cost"))
    let poor = try Command(
      Self.few + ["--largest", "BTC-PERPETUAL", "--equity", "10"], in: Folder())
    #expect(poor.exitCode == 2 && poor.output.contains("No size is admissible"))
    let none = try Command(
      Self.few + ["--limit", "leverage=..20", "--equity", "2000000", "--json"], in: Folder())
    #expect(none.exitCode == 0 || none.exitCode == 2, "\(none.errors)")
  }

  @Test("a call that cannot be cured names the margin, and exits with 2")
  func incurable() throws {
    let run = try Command(Self.few + ["--cure", "10"], in: Folder())
    #expect(run.exitCode == 2 && run.errors == "")
    #expect(run.output.contains("cannot be cured"))
    #expect(run.output.contains("margin at most 10 USD must give"))
  }

  @Test("a frontier falls and is convex, and is drawn")
  func frontier() throws {
    let folder = try Folder()
    let run = try Command(
      Self.few + ["--frontier", "7", "--picture", "f.svg", "--json"], in: folder)
    #expect(run.exitCode == 0 && run.errors == "")
    let report = try run.json()
    #expect(
      Set(report.keys) == [
        "methodology", "level", "status", "rule", "marginBefore", "points", "omitted", "conflict",
        "iterations",
        "seconds",
      ])
    let points = try #require(report["points"] as? [[String: Any]])
    #expect(points.count == 7)
    func column(_ key: String) throws -> [Double] {
      try points.map { try #require($0[key] as? Double) }
    }
    let (costs, margins) = (try column("cost"), try column("margin"))
    #expect(costs[0] == 0 && margins[0] == report["marginBefore"] as? Double)
    let slopes: [Double] = (1..<7).map { k in
      let fall: Double = margins[k] - margins[k - 1]
      return fall / (costs[k] - costs[k - 1])
    }
    // The multiplier at a point lies between the slopes beside it.
    for k in 1..<6 {
      let (left, right) = (slopes[k - 1], slopes[k])
      let dual = try #require(points[k]["slope"] as? Double)
      #expect(left <= right + 1e-6 * abs(right) && right < 0)
      #expect(dual >= left - 1e-6 * abs(left) && dual <= right + 1e-6 * abs(right))
    }
    let drawing = try String(contentsOf: folder.url.appending(path: "f.svg"), encoding: .utf8)
    #expect(drawing.hasPrefix("<svg") && drawing.hasSuffix("</svg>\n"))
    #expect(drawing.components(separatedBy: "<circle").count == 8)
    let text = try Command(Self.few + ["--frontier", "3"], in: Folder())
    #expect(text.output.contains("margin per dollar"))
    let conflict = try Command(
      Self.few + ["--frontier", "3", "--limit", "BTC.delta=100000.."], in: Folder())
    #expect(conflict.exitCode == 2 && conflict.output.contains("BTC delta at least"))
  }

  static let tiny = ["hedge", "--chain", "chain.csv", "--book", "book.csv"]

  @Test("trades walk the levels of a file, and go no further")
  func depth() throws {
    // Five short puts are held at 10 coins; 3 are offered, at 0.0280 and 0.0300 for a mark of 0.0275.
    let name = "BTC-25SEP26-60000-P"
    var files = TinyMarket.files
    files["depth.csv"] = "instrument,side,price,quantity\n\(name),ask,0.03,2\n\(name),ask,0.028,1\n"
    let run = try Command(
      Self.tiny + [
        "--with", name, "--size", "50", "--option-fee", "0", "--depth", "depth.csv", "--json",
      ], in: Folder(files))
    #expect(run.exitCode == 0)
    let trades = try #require(try run.json()["trades"] as? [[String: Any]])
    #expect(trades.count == 1)
    #expect(abs(try #require(trades.first?["quantity"] as? Double) - 3) < 1e-6)
    let cost = 63500 * (0.0005 + 2 * 0.0025)
    #expect(abs(try #require(trades.first?["cost"] as? Double) - cost) < 1e-3)

    files["depth.csv"] = "instrument,side,price,quantity\n\(name),ask,0.03,2\n\(name),bid,0,2\n"
    let wrong = try Command(Self.tiny + ["--depth", "depth.csv"], in: Folder(files))
    #expect(wrong.exitCode == 65 && wrong.errors.contains("depth.csv:3: price: "))
  }

  @Test("rules are compared side by side, and explained")
  func compare() throws {
    let arguments = [
      "margin", "--sample", "--compare", "deribit,paradex,es:0.99", "--scenarios", "500",
    ]
    let run = try Command(arguments + ["--json"], in: Folder())
    #expect(run.exitCode == 0 && run.errors == "")
    let rules = try #require(try run.json()["rules"] as? [[String: Any]])
    #expect(rules.compactMap { $0["rule"] as? String } == ["deribit", "paradex", "es:0.99"])
    for rule in rules.prefix(2) {
      for level in ["initial", "maintenance"] {
        let alone = try Command(
          [
            "margin", "--sample", "--profile", try #require(rule["rule"] as? String), "--level",
            level, "--json",
          ], in: Folder()
        ).json()
        let compared = try #require(rule[level] as? [String: Any])
        #expect(compared["amount"] as? Double == alone["amount"] as? Double)
      }
      #expect(try #require(rule["seconds"] as? Double) > 0)
      #expect(try #require(rule["relation"] as? String).hasPrefix("exact"))
    }
    let table = try Command(arguments, in: Folder())
    #expect(table.output.contains("for the optimizer"))
    let long = try Command(arguments + ["--explain"], in: Folder())
    #expect(long.output.count > 10 * table.output.count)
  }

  @Test(
    "what does not go together is refused",
    arguments: [
      (["hedge", "--sample", "--cure-pays-cost"], "--cure EQUITY"),
      (["hedge", "--sample", "--largest", "BTC-PERPETUAL"], "--largest needs --equity"),
      (["hedge", "--sample", "--with-hedges"], "--largest INSTRUMENT"),
      (
        ["hedge", "--sample", "--largest", "BTC-PERPETUAL", "--equity", "1", "--cure", "5"],
        "leave out --cure"
      ),
      (["hedge", "--sample", "--cure", "5", "--risk-aversion", "1"], "--risk-aversion"),
      (["hedge", "--sample", "--frontier", "1"], "--frontier lies between 2 and 1000"),
      (["hedge", "--sample", "--frontier", "5", "--cure", "5"], "leave out --cure"),
      (["hedge", "--sample", "--frontier", "5", "--lots", "1"], "--lots"),
      (["margin", "--sample", "--compare", "deribit,nobody"], "'nobody' is none of"),
      (["margin", "--sample", "--compare", "deribit,deribit"], "twice"),
    ])
  func usage(_ arguments: [String], _ words: String) throws {
    let run = try Command(arguments, in: Folder())
    #expect(run.exitCode == 64 && run.errors.contains(words))
  }
}
