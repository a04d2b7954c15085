public import Foundation

extension QuadraticProgram {
  /// A program from a text in QPS format.
  ///
  /// Fields are separated by spaces; names hold none. The first row of type N is the objective, further
  /// ones are free rows; minus the right-hand side of the objective is its constant. Variables have
  /// the bounds [0, ∞) unless BOUNDS says otherwise; a negative upper bound leaves the lower one at
  /// zero. Between the markers INTORG and INTEND, or by BV, LI, UI and SI, variables are integer; one
  /// between the markers without any bound is binary. By SC and SI they are semicontinuous, zero or
  /// between the lower and the given upper bound. Magnitudes from 1e20 on are infinite in sides and bounds. ``rowOrder`` is that of ROWS.
  ///
  /// - Throws: ``QPSError`` with the line and the field.
  public init(qps text: String) throws(QPSError) {
    var reader = QPSReader()
    self = try reader.read(text)
  }

  /// A program from a file in QPS format, as ``init(qps:)`` reads it.
  ///
  /// - Throws: ``QPSError``, or the error of Foundation if the file cannot be read.
  public init(contentsOf url: URL) throws {
    let data = try Data(contentsOf: url)
    guard let text = String(validating: data, as: UTF8.self) else {
      throw QPSError(line: 0, field: url.lastPathComponent, fault: .notText)
    }
    try self.init(qps: text)
  }

  /// Writes the program to a file in QPS format; see ``qps()``.
  public func write(to url: URL) throws {
    try Data(qps().utf8).write(to: url)
  }
}
