import Foundation
import RawRoutines

/// Prints, for each comparison of the sections asked for, our time, the peer's and their ratio.
@main
struct Ratios {
  static func main() throws {
    var sections = Array(CommandLine.arguments.dropFirst())
    var seconds = 1.0
    if let option = sections.firstIndex(of: "--seconds"), option + 1 < sections.count,
      let value = Double(sections[option + 1])
    {
      seconds = value
      sections.removeSubrange(option...(option + 1))
    }
    let known = RatioSuite.all.map(\.section)
    if let stranger = sections.first(where: { !known.contains($0) }) {
      print("There is no section \(stranger). Sections: \(known.joined(separator: ", ")).")
      print("Usage: swift run -c release Ratios [--seconds S] [section ...]")
      exit(2)
    }

    // One thread on both sides: what is compared is the way to the routine, not its threads.
    raw_set_threads(1)
    for suite in RatioSuite.all where sections.isEmpty || sections.contains(suite.section) {
      print("\n\(suite.section)")
      print(row("name", "peer", "ours", "peer's", "ratio", "median", "processor"))
      for comparison in try suite.comparisons() {
        let result = Measurement(comparison, seconds: seconds)
        print(
          row(
            comparison.name, comparison.peerName, duration(result.ours), duration(result.peer),
            figure(result.ratio), figure(result.medianRatio), figure(result.processorRatio)))
        if let note = comparison.note(result) { print("    \(note)") }
      }
    }
  }

  private static func row(_ name: String, _ peer: String, _ figures: String...) -> String {
    let names = [(name, 32), (peer, 24)].map { text, width in
      text.padding(toLength: max(width, text.count), withPad: " ", startingAt: 0)
    }
    let right = figures.map { String(repeating: " ", count: max(1, 11 - $0.count)) + $0 }
    return (names + right).joined()
  }

  private static func figure(_ ratio: Double) -> String { String(format: "%.3f", ratio) }

  private static func duration(_ seconds: Double) -> String {
    switch seconds {
    case ..<1e-6: String(format: "%.1f ns", seconds * 1e9)
    case ..<1e-3: String(format: "%.2f us", seconds * 1e6)
    case ..<1: String(format: "%.2f ms", seconds * 1e3)
    default: String(format: "%.2f s", seconds)
    }
  }
}
