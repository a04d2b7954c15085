import MarginOptimization
import Testing

/// The Swift examples of the README and of the DocC articles, compiled and run.
///
/// `DocumentedCodeTests` fails where a document shows an example whose lines do not stand here, so
/// that what is documented compiles; the expectations below each example say what it prints.
@Suite("Examples of the README and the articles")
struct DocumentationExamples {
  @Test("a matrix, its transpose, its diagonal")
  func matrix() {
    var printed = Transcript()
    func print(_ items: Any...) { printed.add(items) }

    let matrix: Matrix = [[4, 1], [1, 2]]
    print(matrix.transposed == matrix, matrix.diagonal)  // true [4.0, 2.0]

    #expect(printed.lines == ["true [4.0, 2.0]"])
  }

  @Test("a book of signed quantities")
  func book() {
    var printed = Transcript()
    func print(_ items: Any...) { printed.add(items) }

    let perpetual = Instrument(
      name: "BTC-PERPETUAL", underlying: "BTC", settlement: .inverse, kind: .perpetual)
    var book = Portfolio([Position(-20, perpetual)])
    book.add(5, of: perpetual)
    print(book.quantity(of: perpetual))  // -15.0

    #expect(printed.lines == ["-15.0"])
  }
}

/// What an example printed: an example's calls of `print` reach a local function of that name.
struct Transcript {
  private(set) var lines: [String] = []

  mutating func add(_ items: [Any]) {
    lines.append(items.map { "\($0)" }.joined(separator: " "))
  }
}
