import ArgumentParser
import Foundation
import MarginOptimization

struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract:
      "Writes the files of the bundled sample: chain.csv, book.csv, prices.csv, venues.json.",
    discussion: "Example: marginopt sample --directory sample")

  @Option(
    help: ArgumentHelp(
      "The folder to write to; made where it does not exist.", valueName: "folder"))
  var directory = "."

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let folder = URL(filePath: directory)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      note("error: --directory \(directory): the folder cannot be made; name one you may write to")
      throw noOutputCode
    }
    var written: [String] = []
    for (name, text) in [
      ("chain.csv", SampleMarket.chainCSV()), ("book.csv", try SampleMarket.bookCSV()),
      ("prices.csv", SampleMarket.pricesCSV()), ("venues.json", VenuesFile.sample),
    ] {
      let path = folder.appending(path: name).path(percentEncoded: false)
      try writeText(text, to: path)
      written.append(path)
    }
    if json { try printJSON(["files": written]) } else { written.forEach { print("wrote \($0)") } }
  }
}
