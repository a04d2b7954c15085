/// What a matrix and a block of a matrix have in common: both can be read as a view.
///
/// Products, norms and factorizations are written once, for any `DenseMatrix`, and read `Matrix`
/// and `MatrixView` in place.
public protocol DenseMatrix: Sendable {
  /// The number of rows.
  var rows: Int { get }

  /// The number of columns.
  var columns: Int { get }

  /// The elements in place; nothing is copied.
  var view: MatrixView { get }
}

extension DenseMatrix {
  /// Whether there are as many rows as columns.
  public var isSquare: Bool { rows == columns }

  /// The elements on the main diagonal.
  public var diagonal: [Double] {
    let a = view
    return (0..<min(rows, columns)).map { a.elements[a.offset + $0 * (a.leadingDimension + 1)] }
  }

  /// A copy of row `i`.
  public func row(_ i: Int) -> [Double] {
    precondition(i >= 0 && i < rows, "Row \(i) is not in a matrix of \(rows) rows.")
    let a = view
    return (0..<columns).map { a.elements[a.offset + i + $0 * a.leadingDimension] }
  }

  /// A copy of column `j`.
  public func column(_ j: Int) -> [Double] {
    precondition(j >= 0 && j < columns, "Column \(j) is not in a matrix of \(columns) columns.")
    let a = view
    let start = a.offset + j * a.leadingDimension
    return rows == 0 ? [] : Array(a.elements[start..<(start + rows)])
  }

  /// A copy with rows and columns exchanged.
  public var transposed: Matrix {
    let a = view
    let (m, n) = (rows, columns)
    return Matrix(
      rows: n, columns: m,
      initializingWith: { target in
        a.withPointer { source in
          // Tiles that fit the first-level cache: both sides then stream whole lines.
          let tile = 16
          for j0 in stride(from: 0, to: n, by: tile) {
            for i0 in stride(from: 0, to: m, by: tile) {
              for j in j0..<min(j0 + tile, n) {
                for i in i0..<min(i0 + tile, m) {
                  target[j + i * n] = source[i + j * a.leadingDimension]
                }
              }
            }
          }
        }
      })
  }
}

extension Matrix {
  /// A copy of a block.
  public init(_ block: MatrixView) {
    self.init(rows: block.rows, columns: block.columns, initializingWith: { block.copy(to: $0) })
  }
}
