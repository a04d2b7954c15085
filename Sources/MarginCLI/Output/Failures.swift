import ArgumentParser
import Foundation
import MarginOptimization

/// Errors whose description is written for the user: printed as they are, with exit code 65.
protocol ReportedError: Error, CustomStringConvertible {}

extension MarketError: ReportedError {}
extension MarginError: ReportedError {}
extension HedgeError: ReportedError {}
extension ProblemError: ReportedError {}
extension QPSError: ReportedError {}
extension FactorizationError: ReportedError {}
extension SimulationError: ReportedError {}
extension HistoryError: ReportedError {}
extension EstimationError: ReportedError {}
extension DistributionError: ReportedError {}

/// EX_DATAERR: the input data are wrong.
let dataErrorCode: Int32 = 65
/// The command answered, but the answer is no solution.
let noSolutionCode = ExitCode(2)
/// EX_NOINPUT: a file cannot be read.
let noInputCode = ExitCode(66)

func report(_ error: any Error) { note("error: \(error)") }

/// A line to standard error.
func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

/// The text of a file, or of standard input for `-`.
func readText(_ path: String) throws -> String {
  let data: Data? =
    path == "-"
    ? try FileHandle.standardInput.readToEnd() : FileManager.default.contents(atPath: path)
  guard let data else {
    note("error: \(path): cannot be read")
    throw noInputCode
  }
  return String(decoding: data, as: UTF8.self)
}

func writeText(_ text: String, to path: String) throws {
  do { try text.write(toFile: path, atomically: true, encoding: .utf8) } catch {
    note("error: \(path): cannot be written")
    throw ExitCode(73)
  }
}
