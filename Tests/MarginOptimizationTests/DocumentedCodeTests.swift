import Foundation
import Testing

/// The documents against the code beside them: examples are compiled, links lead somewhere.
@Suite("Documents")
struct DocumentedCodeTests {
  static let package = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The paths, from the package's folder, of every Markdown file a reader may open.
  static let documents: [String] = {
    let articles = "Sources/MarginOptimization/MarginOptimization.docc"
    return ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
      + ["Documentation", "Documentation/Decisions", "Documentation/Sample", articles].flatMap {
        folder in
        let names = try? FileManager.default.contentsOfDirectory(
          atPath: package.appending(path: folder).path(percentEncoded: false))
        return (names ?? []).filter { $0.hasSuffix(".md") }.sorted().map { "\(folder)/\($0)" }
      }
  }()

  static func text(_ path: String) throws -> String {
    try String(contentsOf: package.appending(path: path), encoding: .utf8)
  }

  @Test("every Swift example stands, compiled, in DocumentationExamples", arguments: documents)
  func examplesAreCompiled(document: String) throws {
    let compiled = try ["", "+Margin", "+Venue", "+Hedging"].flatMap { theme in
      Self.code(
        try Self.text("Tests/MarginOptimizationTests/DocumentationExamples\(theme).swift")
          .split(separator: "\n"))
    }
    for block in Self.swiftBlocks(of: try Self.text(document)) {
      let lines = Self.code(block.lines)
      #expect(
        Self.contains(compiled, lines),
        "\(document):\(block.start): this example is not in DocumentationExamples*.swift")
    }
  }

  @Test("an example that is not compiled is noticed")
  func extraction() {
    let blocks = Self.swiftBlocks(of: "a\n```swift\nimport X\n\n  let a = 1\n```\n```\nb\n```\n")
    #expect(blocks.map(\.start) == [2])
    #expect(blocks.map { Self.code($0.lines) } == [["let a = 1"]])
    #expect(Self.contains(["x", "let a = 1", "y"], ["let a = 1", "y"]))
    #expect(!Self.contains(["let a = 1", "x", "y"], ["let a = 1", "y"]))
    #expect(!Self.contains(["let a = 1"], ["let a = 1", "y"]))
  }

  @Test("the README and the articles show examples")
  func thereAreExamples() throws {
    let shown = try Self.documents.flatMap { Self.swiftBlocks(of: try Self.text($0)) }
    #expect(!shown.isEmpty)
  }

  @Test("every relative link leads to a file", arguments: documents)
  func linksLeadSomewhere(document: String) throws {
    let folder = Self.package.appending(path: document).deletingLastPathComponent()
    for match in try Self.text(document).matches(of: /\]\(([^)#\s]+)(?:#[^)]*)?\)/) {
      let target = String(match.output.1)
      if target.contains(":") { continue }  // an address with a scheme
      let path = folder.appending(path: target).path(percentEncoded: false)
      #expect(FileManager.default.fileExists(atPath: path), "\(document) links to \(target)")
    }
  }

  /// The blocks between ```` ```swift ```` and ```` ``` ````, with the line number of their fence.
  static func swiftBlocks(of document: String) -> [(start: Int, lines: [Substring])] {
    var blocks: [(start: Int, lines: [Substring])] = []
    var isInside = false
    let lines = document.split(separator: "\n", omittingEmptySubsequences: false)
    for (i, line) in lines.enumerated() {
      let trimmed = line.trimmingPrefix(while: \.isWhitespace)
      if isInside {
        if trimmed.hasPrefix("```") {
          isInside = false
        } else {
          blocks[blocks.count - 1].lines.append(line)
        }
      } else if trimmed.hasPrefix("```swift") {
        isInside = true
        blocks.append((i + 1, []))
      }
    }
    return blocks
  }

  /// Lines without indentation, blank lines and imports: what is compared.
  static func code(_ lines: [Substring]) -> [String] {
    lines.map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty && !$0.hasPrefix("import ") }
  }

  /// Whether `part` occurs in `whole` as consecutive lines.
  static func contains(_ whole: [String], _ part: [String]) -> Bool {
    guard part.count <= whole.count else { return false }
    return (0...(whole.count - part.count)).contains { start in
      whole[start..<(start + part.count)].elementsEqual(part)
    }
  }
}
