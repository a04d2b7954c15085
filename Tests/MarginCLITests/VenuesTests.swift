import Foundation
import TestSupport
import Testing

@Suite("Hedges over venues, as a command", .serialized)
struct VenuesTests {
  static let file = """
    {"venues": [
       {"name": "A", "profile": "paradex", "positions": {"BTC-25SEP26-60000-P": -10},
        "collateral": 30000, "buffer": 0.1, "instruments": ["BTC-PERPETUAL"]},
       {"name": "B", "profile": "deribit", "book": "book.csv", "collateral": 90000,
        "instruments": ["BTC-PERPETUAL"], "limits": ["BTC.delta=-20..20"]}],
     "positionTransfers": [{"from": "A", "to": "B", "costPerCoin": 5}],
     "collateralTransfers": [{"from": "B", "to": "A", "costRate": 0.001}]}
    """

  private func run(_ file: String, _ more: String...) throws -> Command {
    try Command(
      ["hedge", "--chain", "chain.csv", "--venues", "v.json"] + more,
      in: Folder(TinyMarket.files.merging(["v.json": file]) { $1 }))
  }

  @Test("venues, transfers and limits are in the report, and margins are those of margin")
  func report() throws {
    let run = try run(Self.file, "--json")
    #expect(run.exitCode == 0, "\(run.errors)")
    let report = try run.json()
    #expect(report["status"] as? String == "solved" && report["isExact"] as? Bool == true)
    let venues = try #require(report["venues"] as? [[String: Any]])
    #expect(venues.compactMap { $0["venue"] as? String } == ["A", "B"])
    let alone = try Command(
      ["margin", "--chain", "chain.csv", "--book", "book.csv", "--profile", "deribit", "--json"],
      in: Folder(TinyMarket.files))
    let before = try #require((venues[1]["margin"] as? [String: Any])?["before"] as? Double)
    #expect(isClose(before, try #require(try alone.json()["amount"] as? Double), relative: 1e-12))
    let (objective, bound) = (
      try #require(report["objective"] as? Double), try #require(report["bound"] as? Double)
    )
    #expect(abs(objective - bound) <= 1e-6 * objective)
    #expect(objective <= (report["marginBefore"] as? Double ?? 0))
    for venue in venues { #expect(venue["headroom"] as? Double ?? -1 >= -1e-6) }
  }

  @Test("as text, with what binds; conflicts name the venue")
  func text() throws {
    let good = try run(Self.file)
    #expect(good.exitCode == 0)
    for words in ["over 2 venues", "certified", "A: margin that the collateral must cover"] {
      #expect(good.output.contains(words), "\(good.output)")
    }
    let poor = try run(
      Self.file.replacing("30000", with: "10").replacing("90000", with: "10"))
    #expect(poor.exitCode == 2)
    #expect(poor.output.contains("The limits conflict") && poor.output.contains("must give"))
  }

  @Test("the sample's file of venues is hedged as it is")
  func sample() throws {
    let folder = try Folder()
    #expect(try Command(["sample", "--directory", "s"], in: folder).exitCode == 0)
    let run = try Command(["hedge", "--sample", "--venues", "s/venues.json", "--json"], in: folder)
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(try run.json()["status"] as? String == "solved")
    let committed = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Documentation/Sample/venues.json")
    let written = folder.url.appending(path: "s/venues.json")
    #expect(try Data(contentsOf: committed) == Data(contentsOf: written))
  }

  @Test(
    "what is wrong is said with file, venue and field",
    arguments: [
      ("\"A\", \"profile\"", "\"B\", \"profile\"", "v.json: venue 'B': two venues have this name"),
      ("paradex", "kraken", "v.json: venues[0] (A): profile: 'kraken' is none of"),
      ("\"buffer\"", "\"bufer\"", "v.json: venues[0].bufer: is no field"),
      ("\"profile\": \"deribit\"", "\"level\": \"initial\"", "venues[1].profile: is missing"),
      ("BTC-25SEP26-60000-P\"", "BTC-25SEP26-1-P\"", "positions: the chain has no quote of"),
      ("30000", "-1", "v.json: A: the collateral is -1.0"),
      ("30000", "\"much\"", "venues[0].collateral: is not a Double"),
      ("\"to\": \"B\"", "\"to\": \"C\"", "venue 'C': no venue has this name (there are A, B)"),
      ("\"costPerCoin\": 5", "\"costPerCoin\": -5", "cost of moving a coin is -5.0"),
      ("delta=-20..20", "rho=-20..20", "venues[1] (B): 'BTC.rho' is not a measure"),
      ("\"book.csv\"", "\"none.csv\"", "none.csv: there is no such file"),
    ])
  func faults(old: String, new: String, message: String) throws {
    let run = try run(Self.file.replacing(old, with: new))
    #expect(run.exitCode == 65 || run.exitCode == 66)
    #expect(run.errors.contains(message), "\(run.errors)")
    #expect(!run.endedBySignal && run.output.isEmpty)
  }

  @Test("options that do not go with venues are refused")
  func options() throws {
    for option in [
      ["--cure", "1"], ["--frontier", "5"], ["--lots", "1"], ["--book", "book.csv"],
    ] {
      let run = try Command(
        ["hedge", "--chain", "chain.csv", "--venues", "v.json"] + option,
        in: Folder(TinyMarket.files.merging(["v.json": Self.file]) { $1 }))
      #expect(run.exitCode == 64 && run.errors.contains("--venues cannot be had with"))
    }
  }
}
