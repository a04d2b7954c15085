import Foundation
import Testing

@Suite("The command, as a process", .serialized)
struct CommandTests {
  static let commands = [
    ["hedge", "--sample", "--instruments", "60"], ["margin", "--sample"], ["risk", "--sample"],
    ["price", "--sample", "BTC-PERPETUAL"], ["solve", "tiny.qps"], ["sample"],
  ]

  @Test("each command says its result on standard output and nothing else", arguments: commands)
  func streams(_ arguments: [String]) throws {
    let folder = try Folder(["tiny.qps": TinyMarket.program])
    let run = try Command(arguments, in: folder)
    #expect(run.exitCode == 0 && !run.endedBySignal)
    #expect(!run.output.isEmpty)
    #expect(run.errors == "")
    let words = run.output.lowercased().split { !$0.isLetter }
    #expect(!words.contains("nan") && !words.contains("inf"))
  }

  static let keys: [(arguments: [String], keys: Set<String>)] = [
    (
      ["hedge", "--sample", "--instruments", "60"],
      [
        "status", "methodology", "level", "margin", "otherLevelMargin", "cost", "premium",
        "objective", "bound", "gap", "rule", "limitViolation", "trades", "risk", "bindingLimits",
        "conflict", "statistics", "ruleBound", "ruleGap",
      ]
    ),
    (["margin", "--sample"], ["name", "amount", "currency", "rule", "parts"]),
    (
      ["risk", "--sample", "--scenarios", "2000"],
      [
        "horizonDays", "positions", "value", "exposures", "figures", "contributions",
        "contributionConfidence", "contributionScenarios", "omitted", "revaluation", "seconds",
      ]
    ),
    (
      ["solve", "tiny.qps"],
      [
        "status", "objective", "x", "rowDuals", "boundDuals", "coneDuals", "primalResidual",
        "dualResidual", "dualityGap", "iterations", "method", "presolve", "repeats", "setupSeconds",
        "solveSeconds",
        "processorSeconds",
      ]
    ),
    (["sample"], ["files"]),
  ]

  @Test("JSON decodes and has its keys", arguments: keys)
  func json(_ arguments: [String], _ keys: Set<String>) throws {
    let folder = try Folder(["tiny.qps": TinyMarket.program])
    let run = try Command(arguments + ["--json"], in: folder)
    #expect(run.exitCode == 0 && run.errors == "")
    #expect(Set(try run.json().keys) == keys)
  }

  @Test("prices come as an array, one entry for each instrument")
  func priceJSON() throws {
    let run = try Command(
      ["price", "--sample", "BTC-PERPETUAL", "BTC-25SEP26-61000-P", "--json"], in: Folder())
    let rows = try #require(
      JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [[String: Any]])
    #expect(
      rows.compactMap { $0["instrument"] as? String } == [
        "BTC-PERPETUAL", "BTC-25SEP26-61000-P",
      ])
    #expect(rows.compactMap { $0["unit"] as? String } == ["USD", "BTC"])
    #expect(rows.allSatisfy { $0["delta"] is Double && $0["modelPrice"] is Double })
  }

  @Test(
    "a hedge is proven: bound ≤ objective, gap below a millionth",
    arguments: ["deribit", "paradex"])
  func hedge(_ profile: String) throws {
    let run = try Command(["hedge", "--sample", "--profile", profile, "--json"], in: Folder())
    #expect(run.exitCode == 0)
    let plan = try run.json()
    let objective = try #require(plan["objective"] as? Double)
    let bound = try #require(plan["bound"] as? Double)
    #expect(bound <= objective * (1 + 1e-12))
    #expect(try #require(plan["gap"] as? Double) < 1e-6)
    let margin = try #require(plan["margin"] as? [String: Double])
    let (before, after) = (try #require(margin["before"]), try #require(margin["after"]))
    #expect(after < before / 2)
    #expect(abs(after + (try #require(plan["cost"] as? Double)) - objective) <= 1e-9 * objective)

    // The margin that hedge starts from is the one that margin prints.
    let alone = try Command(["margin", "--sample", "--profile", profile, "--json"], in: Folder())
    #expect(try alone.json()["amount"] as? Double == before)
  }

  @Test(
    "the same input gives the same output, apart from seconds",
    arguments: [
      ["hedge", "--sample", "--instruments", "60", "--limit", "es0.99=..60000", "--json"],
      ["risk", "--sample", "--json"],
    ])
  func repeatable(_ arguments: [String]) throws {
    func lines() throws -> [Substring] {
      let run = try Command(arguments, in: Folder())
      #expect(run.exitCode == 0)
      return run.output.split(separator: "\n").filter { !$0.lowercased().contains("seconds") }
    }
    let first = try lines()
    #expect(try lines() == first)
  }

  @Test("the files that sample writes give the answers of --sample")
  func sampleFiles() throws {
    let folder = try Folder()
    _ = try Command(["sample", "--directory", "s"], in: folder)
    let files = [
      "--chain", "s/chain.csv", "--book", "s/book.csv", "--profile", "deribit", "--json",
    ]
    let fromFiles = try Command(["margin"] + files, in: folder)
    let built = try Command(["margin", "--sample", "--profile", "deribit", "--json"], in: folder)
    #expect(fromFiles.output == built.output)
    #expect(fromFiles.exitCode == 0)
  }

  @Test("a program is solved with multipliers that satisfy Px + q + A'y + z = 0")
  func solve() throws {
    let folder = try Folder(["tiny.qps": TinyMarket.program])
    let run = try Command(["solve", "tiny.qps", "--tolerance", "1e-9", "--json"], in: folder)
    let answer = try run.json()
    #expect(answer["status"] as? String == "optimal")
    let x = try #require(answer["x"] as? [Double])
    let y = try #require(answer["rowDuals"] as? [Double])
    let z = try #require(answer["boundDuals"] as? [Double])
    // minimize x + 2y + x² with x + y ≥ 1: 1 + 2x = 2, so x = ½, y = ½, and the row's lower side
    // has the multiplier −2.
    #expect(abs(x[0] - 0.5) < 1e-8 && abs(x[1] - 0.5) < 1e-8)
    #expect(abs(y[0] + 2) < 1e-8)
    #expect(abs(2 * x[0] + 1 + y[0] + z[0]) < 1e-8)
    #expect(abs(2 + y[0] + z[1]) < 1e-8)
    #expect(abs(try #require(answer["objective"] as? Double) - 1.75) < 1e-8)
    for residual in ["primalResidual", "dualResidual", "dualityGap"] {
      #expect(try #require(answer[residual] as? Double) <= 1e-9)
    }
    let piped = try Command(
      ["solve", "-", "--json"], in: folder, input: TinyMarket.program)
    #expect(try piped.json()["x"] as? [Double] == x)
  }

  @Test(
    "what a presolve removes is counted, unless --no-presolve is given, and the answer is the same")
  func presolve() throws {
    let text = TinyMarket.program.replacingOccurrences(
      of: " x cost 1 row 1\n y",
      with: """
         x cost 1 row 1
         x limit 2
         y
        """
    ).replacingOccurrences(of: "COLUMNS", with: " L limit\nCOLUMNS")
      .replacingOccurrences(of: " R row 1\n", with: " R row 1 limit 0.5\n")
    // x + 2y + x² with x + y ≥ 1 and 2x ≤ ½: x = ¼, y = ¾, multipliers −2 and ¼.
    let arguments = ["solve", "-", "--method", "interior-point", "--json"]
    let reduced = try Command(arguments, in: Folder(), input: text).json()
    let given = try Command(arguments + ["--no-presolve"], in: Folder(), input: text).json()
    let figures = try #require(reduced["presolve"] as? [String: Any])
    #expect(figures["singletonRows"] as? Int == 1)
    #expect((figures["removedRows"] as? Int ?? 0) >= 1)
    #expect(given["presolve"] is NSNull)
    for answer in [reduced, given] {
      let values =
        try #require(answer["x"] as? [Double]) + #require(answer["rowDuals"] as? [Double])
      for (value, expected) in zip(values, [0.25, 0.75, -2, 0.25]) {
        #expect(abs(value - expected) < 1e-7)
      }
    }
  }

  @Test("a cone of a file has multipliers in its JSON, perpendicular to its members")
  func cones() throws {
    let run = try Command(["solve", "-", "--json"], in: Folder(), input: TinyMarket.coneProgram)
    #expect(run.exitCode == 0 && run.errors == "")
    let answer = try run.json()
    #expect(answer["status"] as? String == "optimal")
    #expect(answer["method"] as? String == "interior-point")
    // The distance of the plane 3x − 4y + 12z = 26 from zero is 26/13.
    #expect(abs(try #require(answer["objective"] as? Double) - 2) < 1e-8)
    let x = try #require(answer["x"] as? [Double])
    let v = try #require(answer["coneDuals"] as? [Double])
    #expect(v.count == 4 && abs(v[0] + 1) < 1e-8)
    #expect(abs(zip(v, x).reduce(0) { $0 + $1.0 * $1.1 }) < 1e-8)
    #expect(zip(v.dropFirst(), x.dropFirst()).allSatisfy { abs($0 - $1 / 2) < 1e-6 })
    let table = try Command(["solve", "-"], in: Folder(), input: TinyMarket.coneProgram)
    #expect(table.output.contains("cones"))
  }

  @Test("a selection with binaries is solved to a proven gap, by branch and bound")
  func integers() throws {
    // ½ |h − (3, 2, 1)|², at most one h other than zero: 3 is taken, 2 and 1 are left.
    let run = try Command(
      ["solve", "-", "--json", "--verbose"], in: Folder(), input: TinyMarket.selection)
    let answer = try run.json()
    #expect(run.exitCode == 0)
    #expect(
      Set(answer.keys) == ["status", "objective", "bound", "gap", "nodes", "x", "solveSeconds"])
    #expect(answer["status"] as? String == "optimal")
    #expect(abs(try #require(answer["objective"] as? Double) - 2.5) < 1e-6)
    #expect(try #require(answer["bound"] as? Double) <= 2.5 + 1e-9)
    #expect(try #require(answer["gap"] as? Double) <= 1e-6)
    let x = try #require(answer["x"] as? [Double])
    #expect(abs(x[0] - 3) < 1e-6 && x[1...] == [0, 0, 1, 0, 0])
    #expect(run.errors.contains("incumbent"))
    let text = try Command(["solve", "-"], in: Folder(), input: TinyMarket.selection)
    #expect(text.exitCode == 0 && text.output.contains("nodes") && text.errors == "")
  }

  @Test("a program with integers but no solution says so and exits with 2")
  func infeasibleIntegers() throws {
    let text = "ROWS\n N f\n E r\nCOLUMNS\n x r 2\nRHS\n S r 1\nBOUNDS\n UI S x 9\nENDATA\n"
    let run = try Command(["solve", "-", "--json"], in: Folder(), input: text)
    #expect(run.exitCode == 2)
    #expect(try run.json()["status"] as? String == "infeasible")
  }

  @Test("--verbose keeps standard output for the result")
  func verbose() throws {
    let folder = try Folder(["tiny.qps": TinyMarket.program])
    let run = try Command(["solve", "tiny.qps", "--json", "--verbose"], in: folder)
    #expect(try run.json()["status"] as? String == "optimal")
    #expect(run.errors.split(separator: "\n").count > 3)
  }

  @Test("the decisive scenario is said without --explain")
  func decisive() throws {
    let run = try Command(["margin", "--sample", "--profile", "paradex"], in: Folder())
    #expect(run.output.contains("decided by"))
    #expect(run.output.contains("price -66 %, volatility up"))
    let long = try Command(
      ["margin", "--sample", "--profile", "paradex", "--explain"], in: Folder())
    #expect(long.output.count > 2 * run.output.count)
  }

  @Test(
    "help has an example", arguments: ["", "hedge", "margin", "risk", "price", "solve", "sample"])
  func help(_ command: String) throws {
    let run = try Command([command, "--help"].filter { !$0.isEmpty }, in: Folder())
    #expect(run.exitCode == 0)
    #expect(run.output.contains("Example: marginopt \(command)"))
  }

  @Test("numbers below zero need no equal sign")
  func negative() throws {
    let run = try Command(
      ["risk", "--sample", "--scenarios", "500", "--spot-vol-correlation", "-0.5"], in: Folder())
    #expect(run.exitCode == 0)
  }

  @Test("a limit that binds has a price, and limits that conflict are named with what must give")
  func limits() throws {
    let bound = try Command(
      ["hedge", "--sample", "--instruments", "40", "--limit", "cost=..5000", "--json"], in: Folder()
    )
    let binding = try #require(try bound.json()["bindingLimits"] as? [[String: Any]])
    #expect(binding.contains { $0["name"] as? String == "trading cost" })

    let arguments = [
      "hedge", "--sample", "--instruments", "40", "--limit", "BTC.delta=100000..", "--limit",
      "cost=..10",
    ]
    let run = try Command(arguments, in: Folder())
    #expect(run.exitCode == 2 && run.errors == "")
    for words in ["BTC delta at least 100000", "must give", "trading cost at most 10"] {
      #expect(run.output.contains(words))
    }
    let json = try Command(arguments + ["--json"], in: Folder())
    #expect(json.exitCode == 2)
    let conflict = try #require(try json.json()["conflict"] as? [[String: Any]])
    #expect(conflict.count == 2)
    #expect(try json.json()["status"] as? String == "infeasible")
  }
}
