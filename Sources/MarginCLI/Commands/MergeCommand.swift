import ArgumentParser
import Foundation
import MarginOptimization

struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Joins the parts of a simulation of losses that were run apart.",
    discussion: """
      The parts are what risk --part printed, in any order; together they give the figures of one run \
      to the last bit. A part that is missing is named.

      Example: for k in 1 2 3 4; do marginopt risk --sample --scenarios 1000000 --part $k/4 > \
      part$k.json; done; marginopt merge part1.json part2.json part3.json part4.json
      """)

  @Argument(help: ArgumentHelp("The parts.", valueName: "file")) var files: [String]

  @Flag(help: "Print JSON.")
  var json = false

  struct Report: Encodable {
    var scenarios: Int
    var mean: Double
    var standardDeviation: Double
    var worst: Double
    var errorBound: Double
    var figures: [RiskReport.Figure]
  }

  func run() throws {
    let parts = try files.map { path in
      do {
        return try JSONDecoder().decode(SimulatedPart.self, from: Data(readText(path).utf8))
      } catch let error as DecodingError {
        throw InputError("\(path): no part of marginopt risk --part: \(error.inWords)")
      }
    }
    let losses: PartialLosses
    do { losses = try PartialLosses.merged(parts.map(\.losses)) } catch {
      throw InputError("\(files.joined(separator: ", ")): \(error)")
    }
    let total = parts[0].total
    guard losses.count == total else {
      throw InputError(
        "\(losses.count) of \(total) scenarios are there, paths "
          + losses.paths.map { "\($0.lowerBound)–\($0.upperBound - 1)" }.joined(separator: ", ")
          + "; run the missing parts")
    }
    let report = Report(
      scenarios: losses.count, mean: losses.mean, standardDeviation: losses.standardDeviation,
      worst: losses.worst, errorBound: losses.errorBound,
      figures: try parts[0].confidences.map {
        var figure = try RiskReport.Figure($0, losses)
        figure.method = RiskMethod.monteCarlo.rawValue
        return figure
      })
    if json { return try printJSON(report) }
    var table = Table("confidence", "VaR USD", "95% interval", "ES USD", "standard error")
    for figure in report.figures {
      table.add(
        "\(quantity(100 * figure.confidence))%", money(figure.valueAtRisk),
        RiskReport.Figure.interval(figure.valueAtRiskLower, figure.valueAtRiskUpper),
        money(figure.expectedShortfall), figure.expectedShortfallStandardError.map(money) ?? "")
    }
    print(
      "\(report.scenarios) scenarios of \(counted(parts.count, "part")): mean loss "
        + "\(money(report.mean)), standard deviation \(money(report.standardDeviation)), worst "
        + "\(money(report.worst)) USD\n\n\(table.text)")
  }
}
