import ArgumentParser
import Foundation
import MarginOptimization

struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Holds the margin methodologies against files of values that others computed.",
    discussion: """
      A file is JSON with method, source, tolerances (absolute, relative or both) and cases, in the \
      layout of its method; the method is recognized by it. Printed for each file: how many cases \
      passed and failed, how many were refused because the rule is not known, and the worst error with \
      its case. Exit code 1 where a case fails, 2 where none was computed. SIMM files need the \
      calibration, which is the user's.

      Example: marginopt validate derive_pmrm1.json derive_pmrm2.json
      Example: marginopt validate isda_simm_2_6.json --calibration simmcalibration_2.6.xml --json
      """)

  @Argument(help: ArgumentHelp("The files.", valueName: "file")) var files: [String]

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A SIMM calibration, XML as of ORE or JSON; may be repeated.", valueName: "file"))
  var calibration: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many failed cases to name for each file.", valueName: "count"))
  var failures = 10

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws { try require("--failures", failures, in: 0...1_000_000) }

  func run() throws {
    let methods = try referenceMethods()
    let progress = ProgressLine(isShown: !json)
    var reports: [ValidationReport] = []
    for path in files {
      progress.show("checking \(path)")
      let file =
        path == "-"
        ? try ReferenceFile(json: Data(readText(path).utf8), name: "standard input")
        : try ReferenceFile(contentsOf: URL(filePath: path))
      // A file may hold cases of several methodologies.
      let own = methods.filter { $0.recognizes(file) }
      guard !own.isEmpty else {
        throw ReferenceError(
          file: path, field: "method",
          problem: "'\(file.method)' is no methodology known here"
            + (calibration.isEmpty ? "; SIMM needs --calibration FILE" : ""))
      }
      let cases = try own.flatMap { try $0.cases(of: file) }
      reports.append(ValidationReport(file, cases, naming: failures))
    }
    progress.clear()
    if json { try printJSON(reports) } else { print(ValidationReport.text(of: reports)) }
    if reports.contains(where: { $0.failed > 0 }) { throw ExitCode(1) }
    if reports.allSatisfy({ $0.passed == 0 }) { throw noSolutionCode }
  }
}

extension ValidateCommand {
  private func referenceMethods() throws -> [any ReferenceMethod] {
    let calibrations = try calibration.map { path in
      try SIMMCalibration(contentsOf: URL(filePath: path))
    }
    let simm: [any ReferenceMethod] =
      calibrations.isEmpty
      ? []
      : [
        SIMMReference(calibrations: calibrations), SIMMReportReference(calibrations: calibrations),
      ]
    let others: [any ReferenceMethod] = [
      LeastMarginReference(), StrategyMarginReference(), LinearPerpetualReference(),
      ShortOptionReference(), try DeribitPortfolioMarginReference(), SPANReference(),
    ]
    return Derive.referenceMethods + others + simm
  }
}

/// What `validate` prints of a file.
struct ValidationReport: Encodable {
  struct Failure: Encodable {
    var name: String
    var quantity: String?
    var expected: Double?
    var found: Double?
    var reason: String?
  }

  var file: String
  var method: String
  var source: String
  var cases: Int
  var passed: Int
  var failed: Int
  var refused: Int
  /// The numbers compared in all computed cases.
  var numbers: Int
  /// The largest difference over its tolerance, and where; nil where nothing was computed.
  var worst: Double?
  var worstCase: String?
  var worstQuantity: String?
  var failures: [Failure]
  /// Why cases were refused, each reason once.
  var refusals: [String]

  init(_ file: ReferenceFile, _ results: [ReferenceCase], naming limit: Int) {
    (self.file, method, source) = (file.name, file.method, file.source)
    cases = results.count
    passed = results.count { $0.passes(in: file) }
    (failed, refused, numbers, failures, refusals) = (0, 0, 0, [], [])
    for result in results {
      switch result.outcome {
      case .computed(let quantities):
        numbers += quantities.count
        guard let quantity = result.worst(in: file) else { continue }
        let error = quantity.error(in: file)
        if worst.map({ error > $0 }) ?? true {
          (worst, worstCase, worstQuantity) = (error, result.name, quantity.name)
        }
        if error > 1 {
          failed += 1
          failures.append(
            Failure(
              name: result.name, quantity: quantity.name, expected: finite(quantity.expected),
              found: finite(quantity.found)))
        }
      case .refused(let reason):
        refused += 1
        if !refusals.contains(reason) { refusals.append(reason) }
      case .failed(let reason):
        failed += 1
        failures.append(Failure(name: result.name, reason: reason))
      }
    }
    worst = worst.flatMap(finite)
    failures = Array(failures.prefix(limit))
  }

  static func text(of reports: [ValidationReport]) -> String {
    var table = Table("file", "cases", "passed", "failed", "refused", "worst/tolerance", "in case")
    for report in reports {
      table.add(
        URL(filePath: report.file).lastPathComponent, "\(report.cases)", "\(report.passed)",
        "\(report.failed)", "\(report.refused)", report.worst.map(scientific) ?? "",
        [report.worstCase, report.worstQuantity].compactMap { $0 }.joined(separator: ": "))
    }
    var lines = [table.text]
    for report in reports {
      lines += report.failures.map { failure in
        let what =
          failure.reason
          ?? "\(failure.quantity ?? ""): expected \(failure.expected ?? .nan), found "
          + "\(failure.found.map { "\($0)" } ?? "no finite number")"
        return "\(report.file): \(failure.name): \(what)"
      }
      lines += report.refusals.map { "\(report.file): refused: \($0)" }
    }
    return lines.joined(separator: "\n")
  }
}
