public import Foundation

/// The parameters of a methodology: a dated data file, never code.
///
/// Each has a name, a source and an effective date, and says of itself which field makes no sense.
public protocol MarginProfile: Sendable, Codable {
  var name: String { get }
  /// Where the parameters come from, in words.
  var source: String { get }
  /// The date from which the parameters are in force, as yyyy-mm-dd.
  var effective: String { get }
  /// The first field whose value makes no sense, and why; nil when all do.
  var firstFault: (field: String, reason: String)? { get }
}

extension MarginProfile {
  /// A profile read from a JSON file.
  ///
  /// - Throws: `MarginError.profile` with the field at fault.
  public init(contentsOf url: URL) throws {
    let name = url.lastPathComponent
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw MarginError.profile(name, field: "file", reason: "cannot be read: \(url.path)")
    }
    try self.init(json: data, fileName: name)
  }

  /// A profile from JSON text.
  ///
  /// - Throws: `MarginError.profile` with the field at fault.
  public init(json: Data, fileName: String = "profile") throws {
    try JSONText.requireValid(json, fileName: fileName)
    do {
      self = try JSONDecoder().decode(Self.self, from: json)
    } catch let error as DecodingError {
      let (field, reason) = error.fieldAndReason
      throw MarginError.profile(fileName, field: field, reason: reason)
    }
    guard effective.wholeMatch(of: /\d{4}-\d{2}-\d{2}/) != nil else {
      throw MarginError.profile(
        name, field: "effective", reason: "'\(effective)' is not a date as 2026-01-31")
    }
    try requireNoFault()
  }

  /// - Throws: `MarginError.profile` with the field at fault.
  func requireNoFault() throws(MarginError) {
    if let (field, reason) = firstFault {
      throw .profile(name, field: field, reason: reason)
    }
  }
}

/// A profile with parameters by underlying, and perhaps some for all others.
protocol UnderlyingProfile: MarginProfile {
  associatedtype Parameters: Sendable
  var underlyings: [String: Parameters] { get }
  var otherUnderlyings: Parameters? { get }
  /// The first field of an underlying's parameters whose value makes no sense, and why.
  func fault(of parameters: Parameters) -> (field: String, reason: String)?
}

extension UnderlyingProfile {
  /// - Throws: `MarginError.underlyingNotCovered`.
  func parameters(of underlying: String) throws(MarginError) -> Parameters {
    guard let found = underlyings[underlying] ?? otherUnderlyings else {
      throw .underlyingNotCovered(underlying, profile: name, covered: Array(underlyings.keys))
    }
    return found
  }

  /// The first field whose value makes no sense, underlying by underlying.
  var firstFaultOfUnderlyings: (field: String, reason: String)? {
    let all =
      underlyings.sorted { $0.key < $1.key }.map { ("underlyings.\($0.key)", $0.value) }
      + (otherUnderlyings.map { [("otherUnderlyings", $0)] } ?? [])
    if all.isEmpty { return ("underlyings", "needs at least one underlying") }
    for (name, parameters) in all {
      if let (field, reason) = fault(of: parameters) { return ("\(name).\(field)", reason) }
    }
    return nil
  }
}

extension DecodingError {
  /// The path of the field that could not be decoded, and why.
  package var fieldAndReason: (field: String, reason: String) {
    func path(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
      let keys = context.codingPath + (key.map { [$0] } ?? [])
      return keys.isEmpty
        ? "file"
        : keys.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
          .joined(separator: ".").replacing(".[", with: "[")
    }
    return switch self {
    case .keyNotFound(let key, let context): (path(context, key), "is missing")
    case .typeMismatch(let type, let context): (path(context), "is not a \(type)")
    case .valueNotFound(_, let context): (path(context), "is null")
    case .dataCorrupted(let context):
      (
        path(context),
        context.debugDescription
          + (context.underlyingError.map { " (\(Self.place(in: $0)))" } ?? "")
      )
    @unknown default: ("file", "cannot be decoded")
    }
  }

  /// Where a parser stopped, as it says so itself.
  private static func place(in error: any Error) -> String {
    (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String
      ?? error.localizedDescription
  }
}
