import Foundation
import Testing

/// A run that must end in a message: which file, line and field, and what to do.
struct BadInput: Sendable, CustomTestStringConvertible {
  var name: String
  var files: [String: String] = [:]
  var arguments: [String]
  var exitCode: Int32 = 65
  var message: [String]

  var testDescription: String { name }

  static let tiny = ["--chain", "chain.csv", "--book", "book.csv"]

  static func chain(_ name: String, _ text: String, _ message: String...) -> BadInput {
    BadInput(
      name: name, files: ["chain.csv": text], arguments: ["margin"] + tiny, message: message)
  }

  static func field(_ column: String, _ value: String, row: Int = 1, _ message: String) -> BadInput
  {
    chain(
      "\(column) = \(value)", TinyMarket.chain(column, of: row, value),
      "chain.csv:\(row + 2): \(column): ", message)
  }

  static func book(_ line: String, _ message: String...) -> BadInput {
    BadInput(
      name: "book with \(line)", files: ["book.csv": TinyMarket.book(line)],
      arguments: ["margin"] + tiny, message: message)
  }

  static func prices(_ name: String, _ text: String, _ message: String...) -> BadInput {
    BadInput(
      name: name, files: ["prices.csv": text],
      arguments: ["risk", "--prices", "prices.csv"] + tiny, message: message)
  }

  static func usage(_ arguments: [String], _ message: String...) -> BadInput {
    BadInput(
      name: arguments.joined(separator: " "), arguments: arguments, exitCode: 64, message: message)
  }

  static func limit(_ limit: String, _ message: String) -> BadInput {
    usage(["hedge", "--sample", "--limit", limit], "'\(limit)'", message)
  }

  static func program(
    _ name: String, replacing old: String, by new: String, exitCode: Int32 = 65,
    _ message: String...
  ) -> BadInput {
    BadInput(
      name: name, files: ["p.qps": TinyMarket.program.replacing(old, with: new)],
      arguments: ["solve", "p.qps"], exitCode: exitCode, message: message)
  }
}

@Suite("Bad input gives a message, never a crash", .serialized)
struct BadInputTests {
  func check(_ input: BadInput) throws {
    let folder = try Folder(TinyMarket.files.merging(input.files) { $1 })
    let run = try Command(input.arguments, in: folder)
    #expect(!run.endedBySignal)
    #expect(run.exitCode == input.exitCode, "\(run.errors)")
    // What the search found is the answer; what kept it from searching is an error.
    let said = input.exitCode == 2 ? run.output : run.errors
    #expect((input.exitCode == 2 ? run.errors : run.output) == "")
    for words in input.message {
      #expect(said.contains(words), "said instead: \(said)")
    }
  }

  static let chains: [BadInput] =
    [
      "bid_price", "ask_price", "mark_price", "underlying", "implied_volatility", "open_interest",
      "volume", "index_price",
    ].flatMap { column in
      [
        .field(column, "NaN", "'NaN' is not a finite number"),
        .field(column, "inf", "'inf' is not a finite number"),
        .field(column, "1e300", "'1e300' is beyond 1e15"),
        .field(column, "-0.3", "-0.3 is negative"),
        .field(column, "abc", "'abc' is not a number"),
      ]
    } + [
      .field("funding_rate", "nan", row: 0, "'nan' is not a finite number"),
      .field("mark_price", "", "the field is empty"),
      .field("implied_volatility", "42", "volatilities are decimals"),
      .field("bid_price", "0.5", "the bid 0.5 is above the ask 0.028"),
      .field("snap", "yesterday", "not a moment"),
      .field("instrument_name", "FOO BAR", "not an instrument"),
      .field("instrument_name", "BTC-31FEB27-60000-P", "there is no day '31FEB27'"),
      .chain(
        "too few fields", TinyMarket.chain(TinyMarket.rows + ["2026-08-17T08:00:00Z,1"]),
        "chain.csv:5: row: 2 fields where the header has 11"),
      .chain(
        "too many fields", TinyMarket.chain(TinyMarket.rows + [TinyMarket.rows[1] + "1,2,3"]),
        "chain.csv:5: row: 13 fields where the header has 11"),
      .chain(
        "instrument twice", TinyMarket.chain(TinyMarket.rows + [TinyMarket.rows[1]]),
        "chain.csv:5: instrument_name: BTC-25SEP26-60000-P is quoted twice, first in line 3"),
      .chain("empty chain", "", "chain.csv: the file is empty"),
      .chain("header alone", TinyMarket.chain([]), "chain.csv: there are no rows below the header"),
      .chain(
        "column missing", TinyMarket.chain().replacing("mark_price", with: "fair"),
        "chain.csv: the column 'mark_price' is missing", "bid_price, ask_price, fair"),
      BadInput(
        name: "expired option, refused",
        files: ["chain.csv": TinyMarket.chain("instrument_name", of: 2, "BTC-1AUG26-66000-C")],
        arguments: ["margin", "--reject-expired"] + BadInput.tiny,
        message: ["chain.csv:4: instrument_name: BTC-1AUG26-66000-C had expired", "remove the row"]),
      BadInput(
        name: "file that is not there",
        arguments: ["margin", "--chain", "none.csv", "--book", "b"],
        exitCode: 66, message: ["none.csv: there is no such file"]),
      BadInput(
        name: "folder instead of a file", arguments: ["margin", "--chain", ".", "--book", "b"],
        exitCode: 66, message: [".: is a folder"]),
    ]

  @Test("in a chain", arguments: chains)
  func chain(_ input: BadInput) throws { try check(input) }

  static let books: [BadInput] = [
    .book("HELLO,1,coin", "book.csv:2: instrument: 'HELLO' is not an instrument"),
    .book("BTC-25DEC26-9-C,1,coin", "book.csv:2: instrument:", "no quote of BTC-25DEC26-9-C"),
    .book("SOL-PERPETUAL,1,coin", "book.csv:2: instrument:", "add it to the chain"),
    .book("BTC-1AUG26-60000-P,1,coin", "book.csv:2: instrument:", "had expired"),
    .book("BTC-PERPETUAL,NaN,coin", "book.csv:2: quantity: 'NaN' is not a finite number"),
    .book("BTC-PERPETUAL,-inf,coin", "book.csv:2: quantity: '-inf' is not a finite number"),
    .book("BTC-PERPETUAL,1e308,coin", "book.csv:2: quantity: '1e308' is beyond 1e15"),
    .book("BTC-PERPETUAL,,coin", "book.csv:2: quantity: the field is empty"),
    .book("BTC-PERPETUAL,1,000,coin", "book.csv:2: row: 4 fields where the header has 3"),
    .book("BTC-25SEP26-60000-P,1,usd", "book.csv:2: unit:", "give an option's quantity in coins"),
    .book("BTC-PERPETUAL,1,eur", "book.csv:2: unit: 'eur' should be coin or usd"),
    .book("# nothing", "book.csv: the book has no positions below its header"),
  ]

  @Test("in a book", arguments: books)
  func book(_ input: BadInput) throws { try check(input) }

  static let histories: [BadInput] = [
    .prices(
      "gap in prices", TinyMarket.prices { $0[3] = "2026-08-04," },
      "prices.csv:5: BTC: the price is missing", "--missing-prices"),
    .prices(
      "date twice", TinyMarket.prices { $0[3] = $0[2] },
      "prices.csv:5: the date 2026-08-03 is there twice"),
    .prices(
      "dates out of order", TinyMarket.prices { $0.swapAt(3, 4) }, "prices.csv:6:", "sort the lines"
    ),
    .prices(
      "negative price", TinyMarket.prices { $0[3] = "2026-08-04,-5" },
      "prices.csv:5: BTC: the price -5.0 is not positive"),
    .prices(
      "infinite price", TinyMarket.prices { $0[3] = "2026-08-04,inf" }, "prices.csv:5: BTC:"),
    .prices(
      "hexadecimal price", TinyMarket.prices { $0[3] = "2026-08-04,0xFF" },
      "prices.csv:5: BTC: '0xFF' is not a number"),
    .prices(
      "huge price", TinyMarket.prices { $0[3] = "2026-08-04,1e300" },
      "prices.csv: BTC: the price moves by a factor of", "2026-08-04", "correct that price"),
    .prices("one row", TinyMarket.prices { $0 = [$0[0]] }, "prices.csv: 1 dates", "too few"),
    .prices(
      "two rows", TinyMarket.prices { $0 = [$0[0], $0[1]] },
      "prices.csv: 2 dates are too few; covariances need at least 3"),
    .prices("no header", "", "prices.csv: the file has no header line"),
    .prices(
      "other underlying", TinyMarket.prices().replacing("BTC", with: "XRP"),
      "prices.csv: has no column BTC (it has XRP)"),
    BadInput(
      name: "limit on expected shortfall without prices",
      arguments: ["hedge", "--limit", "es0.99=..1000"] + BadInput.tiny, exitCode: 64,
      message: ["Scenarios need --prices FILE"]),
  ]

  @Test("in prices", arguments: histories)
  func prices(_ input: BadInput) throws { try check(input) }

  static let usages: [BadInput] = [
    .limit("BTC.delta", "there is no ="), .limit("BTC.delta=5", "is not a range"),
    .limit("BTC.delta=..", "both sides are open"), .limit("BTC.delta=a..b", "'a' is not a number"),
    .limit("BTC.delta=nan..1", "'nan' is not a number"),
    .limit("BTC.delta=1e300..", "'1e300' is not a number of at most 1e15"),
    .limit("BTC.delta=5..-5", "the lower side 5 is above"),
    .limit("BTC.rho=0..1", "'BTC.rho' is not a measure; there are delta, gamma"),
    .limit("es2=..1", "lies between 0 and 1"),
    BadInput(
      name: "limit on an underlying that is not there",
      arguments: ["hedge", "--sample", "--limit", "SOL.delta=-1..1"],
      message: ["--limit SOL.delta=-1..1: the market has no underlying SOL (it has BTC, ETH)"]),
    .usage(["margin"], "Give --chain FILE", "marginopt margin"),
    .usage(["margin", "--chain", "chain.csv"], "Give --book FILE", "marginopt margin"),
    .usage(["margin", "--sample", "--profile", "kraken"], "'kraken' is none of"),
    .usage(["margin", "--sample", "--profile", "es:2"], "as es:0.99"),
    .usage(["hedge", "--sample", "--instruments", "0"], "--instruments lies between 1"),
    .usage(["hedge", "--sample", "--size", "1e300"], "--size lies between 0"),
    .usage(["hedge", "--sample", "--risk-aversion", "nan"], "--risk-aversion", "not at nan"),
    .usage(["hedge", "--sample", "--time-limit", "-1"], "--time-limit"),
    .usage(["risk", "--sample", "--scenarios", "0"], "--scenarios lies between 1"),
    .usage(["risk", "--sample", "--scenarios", "1000000000000"], "--scenarios"),
    .usage(["risk", "--sample", "--half-life", "inf"], "--half-life"),
    .usage(["risk", "--sample", "--half-life", "1e-300"], "--half-life"),
    .usage(["risk", "--sample", "--horizon", "1e19"], "--horizon"),
    .usage(["risk", "--sample", "--contributions", "-1"], "--contributions"),
    .usage(["risk", "--sample", "--confidence", "1"], "--confidence lies between 0 and 1"),
    .usage(["solve", "p.qps", "--tolerance", "nan"], "--tolerance"),
    .usage(["price", "BTC-PERPETUAL", "--forward", "-1", "--time", "2026-08-17"], "--forward"),
    .usage(["hedge", "--sample", "--frobnicate"], "Unknown option '--frobnicate'"),
    BadInput(
      name: "hedging with what is not quoted",
      arguments: ["hedge", "--sample", "--with", "BTC-25DEC26-1-C"],
      message: ["--with: the chain has no quote of BTC-25DEC26-1-C"]),
    BadInput(
      name: "sample written onto a file", arguments: ["sample", "--directory", "chain.csv"],
      exitCode: 73, message: ["--directory chain.csv: the folder cannot be made"]),
  ]

  @Test("in options", arguments: usages)
  func usage(_ input: BadInput) throws { try check(input) }

  static let profiles: [BadInput] = [
    ("{\"name\": ", ["p.json", "not valid JSON"]), ("[]", ["p.json"]),
    ("{\"name\": \"x\"}", ["p.json", "is missing"]),
    (profile(scenario: "\"move\": 0.1", underlying: "SOL"), ["no parameters for BTC", "SOL"]),
    (profile(scenario: "\"move\": 1e300", underlying: "BTC"), ["scenarios[0].move", "1e+300"]),
    (profile(scenario: "\"jump\": 1", underlying: "BTC"), ["scenarios[0].move", "is needed"]),
  ].map { text, message in
    BadInput(
      name: String(text.prefix(60)), files: ["p.json": text],
      arguments: ["margin", "--profile", "p.json"] + BadInput.tiny, message: message)
  }

  static func profile(scenario: String, underlying: String) -> String {
    """
    {"name": "tiny", "source": "none", "effective": "2026-01-01", "unit": "dollars",
     "pool": "underlying", "maintenanceFactor": 0.5,
     "volatilityRules": {"same": {"relative": 0, "shortPower": 0, "longPower": 0}},
     "scenarios": [{\(scenario), "volatility": "same"}],
     "underlyings": {"\(underlying)": {"priceRange": 0.1}}}
    """
  }

  @Test("in a margin profile", arguments: profiles)
  func profile(_ input: BadInput) throws { try check(input) }

  static let programs: [BadInput] = [
    .program(
      "row type", replacing: " G row", by: " Q row", "p.qps: line 4: 'Q'", "use N, E, L or G"),
    .program("unknown row", replacing: "x cost 1 row", by: "x cost 1 sow", "p.qps: line 6: 'sow'"),
    .program(
      "cone type", replacing: "ENDATA", by: "CSECTION k 0 POW\nENDATA", "'POW'", "use QUAD"),
    .program("no number", replacing: "cost 2", by: "cost two", "p.qps: line 7: 'two'"),
    .program("NaN", replacing: "cost 2", by: "cost nan", "p.qps: line 7: 'nan'"),
    .program("section", replacing: "RHS\n", by: "RHSS\n", "p.qps: line 8: 'RHSS'"),
    .program("cut off", replacing: "ENDATA", by: "", "p.qps: the text ends without ENDATA"),
    .program(
      "not convex", replacing: "x x 2", by: "x x -2", "p.qps:", "not positive semidefinite",
      "variable x", "check the sign"),
    .program(
      "infeasible", replacing: "ENDATA", by: "BOUNDS\n UP B x 0.2\n UP B y 0.3\nENDATA",
      exitCode: 2, "infeasible: no point meets all rows and bounds"),
    .program("unbounded", replacing: "cost 2", by: "cost -2", exitCode: 2, "unbounded:"),
  ]

  @Test("in a QPS file", arguments: programs)
  func program(_ input: BadInput) throws { try check(input) }

  @Test("that is no text", arguments: [[UInt8](0...255), [0x1F, 0x8B, 8, 0, 1, 2, 3]])
  func garbage(_ bytes: [UInt8]) throws {
    for arguments in [
      ["margin", "--chain", "g", "--book", "book.csv"],
      ["margin", "--chain", "chain.csv", "--book", "g"],
      ["risk", "--prices", "g"] + BadInput.tiny, ["solve", "g"],
    ] {
      let folder = try Folder(TinyMarket.files)
      try Data(bytes).write(to: folder.url.appending(path: "g"))
      let run = try Command(arguments, in: folder)
      #expect(run.exitCode == 65 && !run.endedBySignal && run.output == "")
      #expect(run.errors.hasPrefix("error: g: "))
      #expect(run.errors.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 32 })
    }
  }
}

@Suite("Odd input that is right", .serialized)
struct OddInputTests {
  @Test("an expired option is skipped with a note, which leaves the answer alone")
  func expired() throws {
    var files = TinyMarket.files
    let clean = try Command(["margin"] + BadInput.tiny, in: Folder(files))
    files["chain.csv"] = TinyMarket.chain(
      TinyMarket.rows + ["2026-08-17T08:00:00Z,BTC-1AUG26-60000-P,,,0,63400,0.4,0,0,63400,"])
    let run = try Command(["margin"] + BadInput.tiny, in: Folder(files))
    #expect(run.exitCode == 0)
    #expect(run.output == clean.output)
    #expect(run.errors.contains("skipped: BTC-1AUG26-60000-P had expired"))
  }

  @Test(
    "two underlyings with one price, of singular covariance", arguments: ["ewma", "ledoit-wolf"])
  func singular(_ estimator: String) throws {
    let folder = try Folder([
      "prices.csv": "date,BTC,ETH\n"
        + zip(TinyMarket.dates, TinyMarket.levels).map { "\($0),\($1),\($1)\n" }.joined()
    ])
    let run = try Command(
      ["risk", "--sample", "--prices", "prices.csv", "--covariance", estimator, "--json"],
      in: folder)
    #expect(run.exitCode == 0)
    let figures = try #require(try run.json()["figures"] as? [[String: Any]])
    let methods = Set(figures.compactMap { $0["method"] as? String })
    #expect(
      methods.isSuperset(of: ["delta", "delta-gamma", "historical", "monte-carlo", "guided"]))
    #expect(figures.allSatisfy { $0["expectedShortfall"] is Double })
  }

  @Test("a missing price is dropped or carried when asked", arguments: ["drop", "carry"])
  func missing(_ policy: String) throws {
    var files = TinyMarket.files
    files["prices.csv"] = TinyMarket.prices { $0[3] = "2026-08-04," }
    let run = try Command(
      ["risk", "--prices", "prices.csv", "--missing-prices", policy] + BadInput.tiny,
      in: Folder(files))
    #expect(run.exitCode == 0)
    // A dropped date leaves a return over two days, which is said.
    #expect(run.errors.contains("span more than a day") == (policy == "drop"))
  }
}
