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
    let parts = try files.map(part)
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
      figures: try confidences(parts).map {
        var figure = try RiskReport.Figure($0, losses)
        figure.method = RiskMethod.monteCarlo.rawValue
        return figure
      })
    if json { try printJSON(report) } else { show(report, partCount: parts.count) }
  }

  private func part(_ path: String) throws -> SimulatedPart {
    let part: SimulatedPart
    do {
      part = try JSONDecoder().decode(SimulatedPart.self, from: Data(readText(path).utf8))
    } catch let error as DecodingError {
      throw InputError(path, "no part of marginopt risk --part", error)
    } catch let error as PartialLossesError {
      throw InputError("\(path): \(error)")
    }
    guard part.confidences.allSatisfy({ $0 > 0 && $0 < 1 }) else {
      throw InputError("\(path): confidences: each lies between 0 and 1, as 0.99")
    }
    return part
  }

  /// What any part asks for, in the order of the first: the same in whatever order the parts are given
  /// where all ask for the same.
  private func confidences(_ parts: [SimulatedPart]) -> [Double] {
    parts.flatMap(\.confidences).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  private func show(_ report: Report, partCount: Int) {
    var table = Table("confidence", "VaR USD", "95% interval", "ES USD", "standard error")
    for figure in report.figures {
      table.add(
        confidenceText(figure.confidence), money(figure.valueAtRisk),
        RiskReport.Figure.interval(figure.valueAtRiskLower, figure.valueAtRiskUpper),
        money(figure.expectedShortfall), figure.expectedShortfallStandardError.map(money) ?? "")
    }
    print(
      "\(report.scenarios) scenarios of \(counted(partCount, "part")): mean loss "
        + "\(money(report.mean)), standard deviation \(money(report.standardDeviation)), worst "
        + "\(money(report.worst)) USD\n\n\(table.text)")
  }
}
