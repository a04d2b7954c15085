import Foundation
import MarginOptimization

/// Numbers from a file of little-endian doubles, one after the other; the file is mapped, not read.
struct DoubleReader {
  private let data: Data
  private var next = 0

  init(_ path: String) throws {
    data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
  }

  mutating func count() -> Int { Int(vector(1)[0]) }

  mutating func number() -> Double { vector(1)[0] }

  mutating func vector(_ count: Int) -> [Double] {
    precondition(8 * (next + count) <= data.count, "The file ends before its numbers do.")
    defer { next += count }
    return [Double](unsafeUninitializedCapacity: count) { buffer, written in
      written = data.copyBytes(to: buffer, from: 8 * next..<8 * (next + count)) / 8
    }
  }

  /// Stored by columns.
  mutating func matrix(_ rows: Int, _ columns: Int) -> Matrix {
    Matrix(rows: rows, columns: columns, elements: vector(rows * columns))
  }

  /// n, m, P, c, A, l, u and the bounds of a dense program.
  mutating func program() -> QuadraticProgram {
    let (n, m) = (count(), count())
    var program = QuadraticProgram(quadraticCost: matrix(n, n), linearCost: vector(n))
    addRows(m, to: &program)
    return program
  }

  /// A, l, u and the bounds; rows with equal sides are equalities, one row a call, in their order.
  mutating func addRows(_ m: Int, to program: inout QuadraticProgram) {
    let n = program.variableCount
    let (A, l, u) = (matrix(m, n), vector(m), vector(m))
    for i in 0..<m {
      let row = Matrix(rows: 1, columns: n) { _, j in A[i, j] }
      if l[i] == u[i] {
        program.constrain(row, equalTo: [l[i]])
      } else {
        program.constrain(row, atLeast: [l[i]], atMost: [u[i]])
      }
    }
    program.bound(atLeast: vector(n), atMost: vector(n))
  }
}
