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
extension MixedIntegerProgramError: ReportedError {}
extension FactorizationError: ReportedError {}
extension SimulationError: ReportedError {}
extension PartialLossesError: ReportedError {}
extension HistoryError: ReportedError {}
extension EstimationError: ReportedError {}
extension NamedEstimationError: ReportedError {}
extension DistributionError: ReportedError {}
extension ReferenceError: ReportedError {}
extension VolatilityError: ReportedError {}
extension SurfaceError: ReportedError {}
extension ScenarioPriceError: ReportedError {}
extension AmericanOptionError: ReportedError {}
extension CRIFError: ReportedError {}

/// What is wrong with the input, in a sentence for the user.
struct InputError: ReportedError {
  var description: String
  init(_ description: String) { self.description = description }

  /// A JSON file that is not of the kind wanted: what it is not, and the field at fault.
  init(_ path: String, _ what: String, _ error: DecodingError) {
    let (field, reason) = error.fieldAndReason
    self.init("\(path): \(what): \(field): \(reason)")
  }
}

/// EX_DATAERR: the input data are wrong.
let dataErrorCode: Int32 = 65
/// The command answered, but the answer is no solution.
let noSolutionCode = ExitCode(2)
/// EX_NOINPUT: a file cannot be read.
let noInputCode = ExitCode(66)
/// EX_CANTCREAT: a file cannot be written.
let noOutputCode = ExitCode(73)

func report(_ error: any Error) { note("error: \(error)") }

/// A line to standard error; what a terminal would obey in quoted input becomes a question mark.
func note(_ text: String) {
  let safe = String(
    String.UnicodeScalarView(
      text.unicodeScalars.map { $0.properties.generalCategory == .control && $0 != "\n" ? "?" : $0 }
    ))
  FileHandle.standardError.write(Data((safe + "\n").utf8))
}

/// The text of a file, or of standard input for `-`.
func readText(_ path: String) throws -> String {
  let data: Data? =
    path == "-"
    ? try FileHandle.standardInput.readToEnd() ?? Data()
    : FileManager.default.contents(atPath: path)
  guard let data else {
    note("error: \(path): \(reasonUnreadable(path))")
    throw noInputCode
  }
  if data.starts(with: [0x1F, 0x8B]) {
    throw InputError("\(path): compressed by gzip; decompress it first, as zcat does")
  }
  guard let text = String(validating: data, as: UTF8.self) else {
    throw InputError("\(path): not UTF-8 text; is it the right file?")
  }
  return text
}

private func reasonUnreadable(_ path: String) -> String {
  var isFolder: ObjCBool = false
  guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
    return "there is no such file"
  }
  return isFolder.boolValue
    ? "is a folder; name a file in it" : "cannot be read; check its permissions"
}

func writeText(_ text: String, to path: String) throws {
  do { try text.write(toFile: path, atomically: true, encoding: .utf8) } catch {
    note("error: \(path): cannot be written; check that its folder exists and is yours")
    throw noOutputCode
  }
}

/// Refuses a number out of its range, NaN included, in the name of its option.
func require(
  _ option: String, _ value: Double?, in range: ClosedRange<Double>, _ unit: String = ""
) throws {
  guard let value, !range.contains(value) else { return }
  func words(_ x: Double) -> String { String(format: "%g", x) }
  throw ValidationError(
    "\(option) lies between \(words(range.lowerBound)) and \(words(range.upperBound))"
      + (unit.isEmpty ? "" : " \(unit)") + ", not at \(words(value)).")
}

/// As ``require(_:_:in:_:)``, for whole numbers.
func require(_ option: String, _ value: Int, in range: ClosedRange<Int>) throws {
  try require(option, Double(value), in: Double(range.lowerBound)...Double(range.upperBound))
}
