import LinearAlgebra
import Testing

@Suite("Views and blocks", .oneBLASThread)
struct MatrixViewTests {
  let a = Matrix(rows: 4, columns: 5) { i, j in Double(10 * i + j) }

  @Test("A view reads the block it names, from any kind of range")
  func readsBlock() {
    let block = a[rows: 1..<3, columns: 2...]
    #expect(block.rows == 2 && block.columns == 3 && block.leadingDimension == 4)
    #expect(Matrix(block) == [[12, 13, 14], [22, 23, 24]])
    #expect(block[1, 2] == 24)
    #expect(block.row(1) == [22, 23, 24])
    #expect(block.column(0) == [12, 22])
    #expect(block.diagonal == [12, 23])
    #expect(block.transposed == [[12, 22], [13, 23], [14, 24]])
  }

  @Test("A view of a view is the same block of the matrix")
  func viewOfView() {
    let inner = a[rows: 1..., columns: 1...][rows: 1...2, columns: 2...3]
    #expect(inner == a[rows: 2..<4, columns: 3..<5])
    #expect(Matrix(inner) == [[23, 24], [33, 34]])
  }

  @Test("A view shares the storage of its matrix")
  func sharesStorage() {
    let view = a.view
    let same = a.elements.withUnsafeBufferPointer { mine in
      view.elements.withUnsafeBufferPointer { $0.baseAddress == mine.baseAddress }
    }
    #expect(same)
  }

  @Test("A view keeps the old values when the matrix is written")
  func keepsOldValues() {
    var b = a
    let view = b[rows: 0..<2, columns: 0..<2]
    b[0, 0] = -1
    #expect(view[0, 0] == 0)
    #expect(b[0, 0] == -1)
  }

  @Test("Assigning a block writes that block and nothing else")
  func assignsBlock() {
    var b = a
    b[rows: 1..<3, columns: 1..<3] = Matrix(rows: 2, columns: 2, repeating: -1).view
    for i in 0..<4 {
      for j in 0..<5 {
        let inside = (1..<3).contains(i) && (1..<3).contains(j)
        #expect(b[i, j] == (inside ? -1 : a[i, j]))
      }
    }
  }

  @Test("A block may be assigned from an overlapping block of the same matrix")
  func overlappingAssignment() {
    var b = a
    b[rows: 0..<3, columns: 0..<4] = b[rows: 1..<4, columns: 1..<5]
    for i in 0..<3 {
      for j in 0..<4 { #expect(b[i, j] == a[i + 1, j + 1]) }
    }
  }

  @Test("A block is written in place: no copy of the matrix is made")
  func writesInPlace() {
    var b = Matrix(rows: 3, columns: 3, repeating: 1)
    let before = b.elements.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
    b.withMutableBlock(rows: 1..., columns: ..<2) { block in
      block[0, 0] = 5
      block.scale(by: 2)
      block.add(10, times: Matrix.identity(2))
    }
    let after = b.elements.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
    #expect(before == after)
    #expect(b == [[1, 1, 1], [20, 2, 1], [2, 12, 1]])
  }

  @Test("A product can be written into a block")
  func productIntoBlock() {
    var b = Matrix(rows: 3, columns: 4, repeating: 1)
    b.withMutableBlock(rows: 1..<3, columns: 2..<4) {
      $0.multiply([[1, 2], [3, 4]] as Matrix, [[1, 0], [1, 1]] as Matrix, keeping: 1)
    }
    #expect(b == [[1, 1, 1, 1], [1, 1, 4, 3], [1, 1, 8, 5]])
  }

  @Test("Empty blocks read and write nothing, also at the far edge")
  func emptyBlocks() {
    var b = a
    #expect(b[rows: 4..<4, columns: 5..<5].rows == 0)
    #expect(b[rows: 2..<2, columns: 0..<5].columns == 5)
    b[rows: 4..<4, columns: 0..<5] = Matrix(rows: 0, columns: 5).view
    b.withMutableBlock(rows: 0..<4, columns: 5..<5) { $0.fill(9) }
    #expect(b == a)
    #expect(Matrix(rows: 0, columns: 0).transposed == Matrix(rows: 0, columns: 0))
  }

  @Test(
    "Transposition exchanges indices at every size around the tile",
    arguments: [(1, 1), (1, 40), (16, 16), (17, 15), (33, 50)])
  func transposition(rows: Int, columns: Int) {
    let b = Fixture.random(rows, columns, seed: 3)
    let t = b.transposed
    #expect(t.rows == columns && t.columns == rows)
    for i in 0..<rows {
      for j in 0..<columns { #expect(t[j, i] == b[i, j]) }
    }
    #expect(Fixture.embedded(b).transposed == t)
  }

  @Test("A block outside the matrix stops the program")
  func outside() async {
    await #expect(processExitsWith: .failure) {
      _ = Matrix(rows: 2, columns: 2)[rows: 1..<3, columns: 0..<1]
    }
    await #expect(processExitsWith: .failure) {
      var b = Matrix(rows: 2, columns: 2)
      b[rows: 0..<2, columns: 0..<2] = Matrix(rows: 1, columns: 2).view
    }
  }
}
