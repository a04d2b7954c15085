import Foundation
import MarginOptimization

/// Numbers from a file of little-endian doubles, one after the other.
struct DoubleReader {
  private let values: [Double]
  private var next = 0

  init(_ path: String) throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    values = [Double](unsafeUninitializedCapacity: data.count / 8) { buffer, count in
      count = data.copyBytes(to: buffer) / 8
    }
  }

  mutating func count() -> Int { Int(vector(1)[0]) }

  mutating func number() -> Double { vector(1)[0] }

  mutating func vector(_ count: Int) -> [Double] {
    precondition(next + count <= values.count, "The file ends before its numbers do.")
    defer { next += count }
    return Array(values[next..<next + count])
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
