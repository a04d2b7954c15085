import AllocationCounter
import Foundation
import MarginOptimization
import Workloads

/// Counts the allocations of the solver's iterations, which should be none, and fails if there are any.
///
/// `swift run -c release Allocations [file.qps …]`, in release: without optimization everything
/// allocates.
@main
struct Allocations {
  static func main() throws {
    guard allocation_count() >= 0 else {
      print("Allocations can be counted with glibc only.")
      return
    }
    print("allocations        set-up   per iteration   solve   iterations")
    var isClean = true
    for (name, program) in try programs() {
      isClean = try report(name, program) && isClean
    }
    isClean = batch() && isClean
    isClean = try account() && isClean
    if !isClean {
      print("An iteration or a check of a trade allocates.")
      exit(1)
    }
  }

  private static func programs() throws -> [(String, QuadraticProgram)] {
    let files = CommandLine.arguments.dropFirst()
    if !files.isEmpty {
      return try files.map { path in
        (
          URL(fileURLWithPath: path).lastPathComponent,
          try QuadraticProgram(contentsOf: URL(fileURLWithPath: path))
        )
      }
    }
    return [
      ("dense", denseProgram(size: 200)), ("sparse", chain(of: 5000)),
      ("conic", withNorm(of: denseProgram(size: 100))),
    ]
  }

  /// Solves twice with one work space; the second solution counts.
  private static func report(_ name: String, _ program: QuadraticProgram) throws -> Bool {
    let before = allocation_count()
    var solver = try InteriorPointSolver(program)
    let setup = allocation_count() - before
    _ = solver.solve()
    var marks: [Int] = []
    marks.reserveCapacity(1000)
    let start = allocation_count()
    let solution = solver.solve { _ in marks.append(allocation_count()) }
    let whole = allocation_count() - start
    let perIteration = zip(marks, marks.dropFirst()).map { $1 - $0 }.max() ?? 0
    print(row(name, setup, perIteration, whole, solution.iterations))
    return perIteration == 0
  }

  /// A hundred small programs in storage that is there already.
  private static func batch() -> Bool {
    let (n, m, count) = (20, 4, 100)
    let solver = BatchSolver(maxVariables: n, maxRows: m, workerCount: 1)
    let solve = {
      solver.solve(count: count) { i, program in
        for j in 0..<n {
          program.quadraticCost[j * (n + 1)] = 1 + Double(j)
          program.linearCost[j] = Double((i + 3 * j) % 7) - 3
          program.lower[j] = -1
          program.upper[j] = 1
          for k in 0..<m { program.rows[k * n + j] = Double((k + j) % 5) - 2 }
        }
        for k in 0..<m { program.rowUpper[k] = 1 }
      } deliver: { _, _ in
      }
    }
    solve()
    let start = allocation_count()
    solve()
    let whole = allocation_count() - start
    print(row("batch of \(count)", 0, 0, whole, count))
    // What a call as a whole allocates is allowed, per program nothing.
    return whole < count
  }

  /// Ten thousand checks of trades, searches for their sizes and trades in a loaded account; the
  /// second time counts.
  private static func account() throws -> Bool {
    let venue = try SyntheticVenue(scenarios: 35, coins: ["BTC", "ETH"])
    let table = try venue.table()
    let book = try venue.book(of: 10, in: table)
    let start = allocation_count()
    let account = LoadedAccount(in: table)
    let setup = allocation_count() - start
    func work() -> Double {
      var sum = 0.0
      for k in 0..<10_000 {
        if k.isMultiple(of: 100) { account.load(k / 100 % 10, of: book) }
        let row = k &* 7919 % 1000
        sum += account.margins(afterTrading: 0.5, inRow: row).initial
        sum += account.admissibleSizes(inRow: row, funds: 1e6)?.range.upperBound ?? 0
        account.trade(k.isMultiple(of: 2) ? 0.1 : -0.1, inRow: row)
      }
      return sum
    }
    let first = work()
    let before = allocation_count()
    let isSame = work() == first
    let whole = allocation_count() - before
    print(row("account", setup, whole / 10_000, whole, 10_000))
    return whole == 0 && isSame
  }

  private static func row(_ name: String, _ figures: Int...) -> String {
    let columns = zip(figures, [12, 16, 8, 13]).map { value, width in
      String(repeating: " ", count: max(1, width - "\(value)".count)) + "\(value)"
    }
    return name.padding(toLength: max(14, name.count), withPad: " ", startingAt: 0)
      + columns.joined()
  }

  /// Variables in a chain, with a row for every three of them.
  private static func chain(of n: Int) -> QuadraticProgram {
    var cost: [Triplet] = []
    var rows: [Triplet] = []
    for j in 0..<n {
      cost.append(Triplet(row: j, column: j, value: 2 + Double(j % 3)))
      if j > 0 {
        cost.append(Triplet(row: j, column: j - 1, value: -1))
        cost.append(Triplet(row: j - 1, column: j, value: -1))
      }
      rows.append(Triplet(row: j / 3, column: j, value: 1 + Double(j % 2)))
    }
    var program = QuadraticProgram(
      quadraticCost: SparseMatrix(rows: n, columns: n, triplets: cost),
      linearCost: (0..<n).map { Double($0 % 11) - 5 })
    let count = (n + 2) / 3
    program.constrain(
      SparseMatrix(rows: count, columns: n, triplets: rows),
      atLeast: [Double](repeating: -1, count: count), atMost: [Double](repeating: 2, count: count))
    program.bound(atLeast: [Double](repeating: -3, count: n))
    return program
  }

  /// The program with a limit on ‖x‖.
  private static func withNorm(of program: QuadraticProgram) -> QuadraticProgram {
    var result = program
    let n = program.variableCount
    let identity = (0..<n).map { Triplet(row: $0, column: $0, value: 1) }
    result.limit(normOf: SparseMatrix(rows: n, columns: n, triplets: identity), atMost: 5)
    return result
  }
}
