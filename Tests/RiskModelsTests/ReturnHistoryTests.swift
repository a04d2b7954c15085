import Foundation
import LinearAlgebra
import RiskModels
import TestSupport
import Testing

/// Reference data that is stored compressed, unpacked by the system's gzip.
enum CompressedData {
  static func history(_ path: String) throws -> ReturnHistory {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["gzip", "-dc", try ReferenceData.url(path).path(percentEncoded: false)]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let text = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return try TemporaryFile.with(text) { try ReturnHistory(contentsOf: $0) }
  }
}

enum TemporaryFile {
  static func with<R>(_ content: Data, _ body: (URL) throws -> R) throws -> R {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appending(path: "prices.csv")
    try content.write(to: url)
    return try body(url)
  }
}

@Suite struct ReturnHistoryTests {
  func read(
    _ text: String, kind: ReturnHistory.Kind = .logarithmic,
    missing: ReturnHistory.MissingPrices = .error
  ) throws -> ReturnHistory {
    try TemporaryFile.with(Data(text.utf8)) {
      try ReturnHistory(contentsOf: $0, kind: kind, missing: missing)
    }
  }

  let text = """
    date,BTC,ETH
    2024-02-28,100,10
    2024-02-29,110,9

    2024-03-01,99,12

    """

  @Test func `Returns of both kinds, dated by their ends`() throws {
    let simple = try read(text, kind: .simple)
    #expect(simple.dates == ["2024-02-29", "2024-03-01"])
    #expect(simple.factors == ["BTC", "ETH"])
    #expect(
      (simple.returns - Matrix(rows: [[0.1, -0.1], [-0.1, 1 / 3.0]])).norm(.maximum) < 1e-15)
    let logarithmic = try read(text)
    #expect(isClose(logarithmic.returns[0, 0], log(1.1), relative: 1e-15))
    #expect(isClose(logarithmic.returns[1, 1], log(12.0 / 9), relative: 1e-15))
    #expect(logarithmic.last(1).dates == ["2024-03-01"])
    #expect(logarithmic.last(1).returns.row(0) == logarithmic.returns.row(1))
    #expect(logarithmic.last(9) == logarithmic)
  }

  @Test func `Carriage returns, quotes, spaces, times and a byte-order mark are understood`() throws
  {
    let dressed =
      "\u{FEFF}"
      + text.replacingOccurrences(of: "\n", with: "\r\n")
      .replacingOccurrences(of: "BTC", with: " \"BTC\"")
      .replacingOccurrences(of: "2024-02-29", with: "2024-02-29 00:00:00")
    let history = try read(dressed)
    #expect(history.factors == ["BTC", "ETH"])
    #expect(try history.returns == read(text).returns)
  }

  @Test func `Missing prices follow the policy`() throws {
    let gap = text.replacingOccurrences(of: "110,9", with: "110,")
    #expect(
      throws: HistoryError(
        file: "prices.csv", line: 3, field: "ETH", problem: .missingPrice)
    ) { try read(gap) }
    let dropped = try read(gap, kind: .simple, missing: .dropDate)
    #expect(dropped.dates == ["2024-03-01"])
    #expect((dropped.returns - Matrix(rows: [[-0.01, 0.2]])).norm(.maximum) < 1e-15)
    let carried = try read(gap, kind: .simple, missing: .carryForward)
    #expect((carried.returns - Matrix(rows: [[0.1, 0], [-0.1, 0.2]])).norm(.maximum) < 1e-15)
    let first = text.replacingOccurrences(of: "100,10", with: "NaN,10")
    #expect(
      throws: HistoryError(file: "prices.csv", line: 2, field: "BTC", problem: .missingPrice)
    ) { try read(first, missing: .carryForward) }
  }

  static let broken: [(String, String, Int?, String?, HistoryError.Problem)] = [
    ("110,9", "0,9", 3, "BTC", .notPositive(0)),
    ("110,9", "110,-9", 3, "ETH", .notPositive(-9)),
    ("110,9", "inf,9", 3, "BTC", .notFinite(.infinity)),
    ("110,9", "1x0,9", 3, "BTC", .notANumber("1x0")),
    ("110,9", "110", 3, nil, .fieldCount(found: 2, expected: 3)),
    ("110,9", "110,9,8", 3, nil, .fieldCount(found: 4, expected: 3)),
    ("2024-02-29", "2024-02-28", 3, nil, .repeatedDate("2024-02-28")),
    ("2024-03-01", "2024-01-01", 5, nil, .unsortedDate("2024-01-01", after: "2024-02-29")),
    ("2024-03-01", "2023-02-29", 5, nil, .invalidDate("2023-02-29")),
    ("2024-03-01", "01/03/2024", 5, nil, .invalidDate("01/03/2024")),
    ("BTC", "ETH", nil, "ETH", .repeatedFactor),
    ("BTC", "", nil, "", .repeatedFactor),
  ]

  @Test(arguments: broken)
  func `Errors name the file, the line and the field`(
    old: String, new: String, line: Int?, field: String?, problem: HistoryError.Problem
  ) {
    let error = HistoryError(file: "prices.csv", line: line, field: field, problem: problem)
    #expect(throws: error) { try read(text.replacingOccurrences(of: old, with: new)) }
    #expect("\(error)".hasPrefix(line.map { "prices.csv:\($0): " } ?? "prices.csv: "))
  }

  @Test func `Short, empty and absent files are refused`() {
    #expect(throws: HistoryError(file: "prices.csv", problem: .tooFewDates(found: 1))) {
      try read("date,BTC\n2024-01-01,5\n")
    }
    #expect(throws: HistoryError(file: "prices.csv", problem: .tooFewDates(found: 0))) {
      try read("date,BTC\n")
    }
    #expect(throws: HistoryError(file: "prices.csv", problem: .noHeader)) { try read("\n\n") }
    #expect(throws: HistoryError(file: "prices.csv", problem: .noFactors)) {
      try read("date\n2024-01-01\n")
    }
    #expect(throws: HistoryError.self) {
      try ReturnHistory(contentsOf: URL(filePath: "/nowhere/prices.csv"))
    }
  }

  @Test func `Data in memory are checked by row`() throws {
    let dates = ["2024-01-01", "2024-01-02", "2024-01-03"]
    let history = try ReturnHistory(
      prices: [[1], [2], [1]], dates: dates, factors: ["BTC"], kind: .simple)
    #expect(history.returns == [[1], [-0.5]])
    #expect(throws: HistoryError(line: 2, field: "BTC", problem: .missingPrice)) {
      try ReturnHistory(prices: [[1], [.nan], [1]], dates: dates, factors: ["BTC"])
    }
    #expect(
      throws: HistoryError(problem: .sizes(dates: 3, factors: 2, rows: 3, columns: 1))
    ) { try ReturnHistory(prices: [[1], [2], [1]], dates: dates, factors: ["BTC", "ETH"]) }
    #expect(
      throws: HistoryError(line: 2, field: "BTC", problem: .notFinite(.infinity))
    ) { try ReturnHistory(returns: [[1], [.infinity], [1]], dates: dates, factors: ["BTC"]) }
    let given = try ReturnHistory(returns: [[0.1], [0], [0.2]], dates: dates, factors: ["BTC"])
    #expect(given.count == 3)
    #expect(isClose(try SampleCovariance().covariance(of: given)[0, 0], 0.01, relative: 1e-14))
  }
}
