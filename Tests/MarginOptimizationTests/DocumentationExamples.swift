import MarginOptimization
import Testing

/// The Swift examples of the README and of the DocC articles, compiled and run.
///
/// `DocumentedCodeTests` fails where a document shows an example whose lines do not stand here, so
/// that what is documented compiles; the expectations below each example say what it prints.
@Suite("Examples of the README and the articles")
struct DocumentationExamples {
  @Test("a quadratic program, solved once and again with another cost")
  func quadraticProgram() throws {
    var printed = Transcript()
    func print(_ items: Any...) { printed.add(items) }

    // minimize ½ xᵀPx + cᵀx  subject to  Ax = b,  l ≤ x ≤ u
    var problem = QuadraticProgram(quadraticCost: [[4, 1], [1, 2]], linearCost: [1, 1])
    problem.constrain([[1, 1]], equalTo: [1])
    problem.bound(atLeast: [0, 0], atMost: [0.7, 0.7])

    let solution = try problem.solve()
    print(solution.status, solution.x, solution.objective)  // optimal [0.3, 0.7] 1.88
    print(solution.duals.equality, solution.duals.bounds)  // [-2.9] [0.0, 0.2]
    print(solution.residuals.largest < 1e-9)  // true: measured on the data as given

    // Keep the workspace, change the data, solve again.
    var solver = try InteriorPointSolver(problem)
    try solver.update(linearCost: [1, 2])
    print(solver.solve().x)  // [0.5, 0.5]

    #expect(
      printed.lines == ["optimal [0.3, 0.7] 1.88", "[-2.9] [0.0, 0.2]", "true", "[0.5, 0.5]"])
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
  /// The printed lines, each number with a fraction rounded to the digits that documents show.
  private(set) var lines: [String] = []

  mutating func add(_ items: [Any]) {
    let line = items.map { "\($0)" }.joined(separator: " ")
    lines.append(
      line.replacing(/-?[0-9]+\.[0-9]+(?:e-?[0-9]+)?/) { match in
        guard let value = Double(match.output) else { return String(match.output) }
        let rounded = (value * 1e6).rounded() / 1e6
        return "\(rounded == 0 ? 0 : rounded)"
      })
  }
}
