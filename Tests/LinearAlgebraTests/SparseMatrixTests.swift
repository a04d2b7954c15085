import LinearAlgebra
import Testing

@Suite("Sparse matrix")
struct SparseMatrixTests {
  static let dense = Matrix(rows: [[1, 0, 2, 0], [0, 0, 0, -3], [4, 0, 5, 6]])

  @Test
  func `A dense matrix comes back from its sparse form`() {
    #expect(Matrix(SparseMatrix(Self.dense)) == Self.dense)
    #expect(SparseMatrix(Self.dense).entryCount == 6)
    #expect(Matrix(SparseMatrix(rows: 2, columns: 3)) == Matrix(rows: 2, columns: 3))
  }

  @Test
  func `Triplets in any order are sorted, and those of one place are added`() {
    let matrix = SparseMatrix(
      rows: 3, columns: 2,
      triplets: [
        Triplet(row: 2, column: 1, value: 5), Triplet(row: 0, column: 1, value: 1),
        Triplet(row: 2, column: 1, value: -2),
      ])
    #expect(matrix.entryCount == 2)
    #expect(Matrix(matrix) == Matrix(rows: [[0, 1], [0, 0], [0, 3]]))
    #expect(SparseMatrix(rows: 0, columns: 0, triplets: []).entryCount == 0)
  }

  @Test
  func `Subscripts find entries, and zeros where nothing is stored`() {
    let matrix = SparseMatrix(Self.dense)
    for i in 0..<3 { for j in 0..<4 { #expect(matrix[i, j] == Self.dense[i, j]) } }
  }

  @Test
  func `The transpose and both products are those of the dense matrix`() {
    let matrix = SparseMatrix(Self.dense)
    #expect(Matrix(matrix.transposed) == Self.dense.transposed)
    #expect(matrix.transposed.transposed == matrix)
    #expect(matrix.multiplying([1, 2, 3, 4]) == [7, -12, 43])
    #expect(matrix.transposeMultiplying([1, 2, 3]) == [13, 0, 17, 12])
  }
}
