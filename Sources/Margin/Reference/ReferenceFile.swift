public import Foundation

/// A file of cases with values that others computed, to hold a methodology against.
///
/// The layout: `method`, `source` and `licence` in words; `tolerances` with `absolute`, `relative` or both,
/// or `tolerance` in words that begin with an amount of a currency; `parameters` for all cases; `cases`.
/// What is in a case depends on the method. A file of reports may have
/// neither method nor tolerances: its source says what it is, and the digits that it prints what passes.
public struct ReferenceFile: Sendable {
  /// The name of the file, for errors.
  public let name: String
  /// What the cases are cases of, in words.
  public let method: String
  /// Where the values come from, in words.
  public let source: String
  /// The difference that passes in the unit of each quantity, and the one relative to the expected
  /// value. A case passes where the difference is at most the larger of the two.
  public let absoluteTolerance: Double
  public let relativeTolerance: Double
  /// The whole file.
  public let contents: ReferenceValue
  /// Where the file is; nil where it was read from text.
  public private(set) var url: URL?

  /// Reads a file.
  ///
  /// - Throws: ``ReferenceError`` that names the file and the field.
  public init(json data: Data, name: String) throws(ReferenceError) {
    do {
      contents = try JSONDecoder().decode(ReferenceValue.self, from: data)
    } catch {
      throw ReferenceError(file: name, problem: "is not JSON: \(error.localizedDescription)")
    }
    self.name = name
    let source = contents["source"]?.text
    guard let method = contents["method"]?.text ?? source else {
      throw ReferenceError(file: name, field: "method", problem: "is missing")
    }
    self.method = method
    self.source = source ?? ""
    // Where there are none, the figure with which the prose begins, as in "1 USDC (rounded up)".
    let prose = contents["tolerances"] == nil ? contents["tolerance"]?.text : nil
    let figure = prose?.prefixMatch(of: /([0-9]*\.?[0-9]+(?:[eE]-?[0-9]+)?) [A-Z]{3,4}\b/)?.1
    absoluteTolerance =
      contents["tolerances"]?["absolute"]?.number ?? figure.flatMap { Double($0) } ?? 0
    relativeTolerance = contents["tolerances"]?["relative"]?.number ?? 0
    guard
      absoluteTolerance > 0 || relativeTolerance > 0
        || contents["method"] == nil && contents["tolerances"] == nil
    else {
      throw ReferenceError(
        file: name, field: "tolerances", problem: "needs absolute or relative, a positive number")
    }
  }

  /// Reads a file from disk.
  ///
  /// - Throws: ``ReferenceError`` that names the file and the field.
  public init(contentsOf url: URL) throws(ReferenceError) {
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw ReferenceError(
        file: url.lastPathComponent, problem: "cannot be read: \(url.path(percentEncoded: false))")
    }
    try self.init(json: data, name: url.lastPathComponent)
    self.url = url
  }

  /// The file of a name in the same folder, to which this one refers.
  ///
  /// - Throws: ``ReferenceError`` where there is none, or this one was read from text.
  public func sibling(_ name: String) throws(ReferenceError) -> ReferenceFile {
    guard let url else {
      throw ReferenceError(
        file: self.name, problem: "refers to \(name), but its folder is not known")
    }
    return try ReferenceFile(contentsOf: url.deletingLastPathComponent().appending(path: name))
  }

  /// The error of a field of this file.
  public func error(_ field: String, _ problem: String) -> ReferenceError {
    ReferenceError(file: name, field: field, problem: problem)
  }

  /// The number at a path of keys from a value.
  ///
  /// - Throws: ``ReferenceError`` with the path, in the case named.
  public func number(
    _ path: String..., in value: ReferenceValue, case name: String
  ) throws(ReferenceError) -> Double {
    var found: ReferenceValue? = value
    for key in path { found = found?[key] }
    guard let number = found?.number else {
      throw error("\(name): \(path.joined(separator: "."))", "is not a number")
    }
    return number
  }
}

/// Why a file of reference cases cannot be used: the file, the field, and what is wrong there.
public struct ReferenceError: Error, Sendable, Hashable, CustomStringConvertible {
  public var file: String
  public var field: String?
  public var problem: String

  public init(file: String, field: String? = nil, problem: String) {
    self.file = file
    self.field = field
    self.problem = problem
  }

  public var description: String { "\(file): \(field.map { "\($0): " } ?? "")\(problem)" }
}
