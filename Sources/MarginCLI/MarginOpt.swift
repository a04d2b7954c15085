import ArgumentParser
import Foundation
import MarginOptimization

/// The command `marginopt`.
@main
struct MarginOpt: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "marginopt",
    abstract: "Finds how little margin can be posted while risk stays where it is wanted.",
    discussion: """
      Example: marginopt hedge --sample --profile paradex

      Every command has --help with an example, and --json for programs. Exit codes: 0 done, \
      2 an answer that is not a solution (infeasible, not optimal), 64 wrong usage, 65 wrong data, \
      66 a file that cannot be read.
      """,
    version: "0.1.0",
    subcommands: [
      HedgeCommand.self, MarginCommand.self, RiskCommand.self, MergeCommand.self,
      CalibrateCommand.self, PriceCommand.self, SolveCommand.self, ValidateCommand.self,
      SampleCommand.self,
    ])

  static func main() {
    // The package has its own parallel loops, and last bits must not depend on the machine's cores.
    BLAS.threadCount = 1
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error where error is ReportedError {
      report(error)
      Foundation.exit(dataErrorCode)
    } catch is EncodingError {
      report(
        InputError("a figure is beyond the range of numbers; look for a wrong unit in the data"))
      Foundation.exit(dataErrorCode)
    } catch {
      exit(withError: error)
    }
  }
}
