package import Foundation

/// Fields of a JSON text that the value decoded from it does not have.
package enum UnknownField {
  /// The path of the first such field, in the order of the alphabet; nil where there is none.
  package static func first(
    in json: Data, decodedAs value: some Encodable, besides known: Set<String> = []
  ) throws -> String? {
    guard
      var given = try JSONSerialization.jsonObject(with: json) as? [String: Any],
      let kept = try JSONSerialization.jsonObject(with: JSONEncoder().encode(value))
        as? [String: Any]
    else { return nil }
    for field in known { given[field] = nil }
    return first(in: given, beside: kept, path: "")
  }

  private static func first(in given: Any, beside kept: Any?, path: String) -> String? {
    if let given = given as? [String: Any] {
      let kept = kept as? [String: Any] ?? [:]
      for (key, value) in given.sorted(by: { $0.key < $1.key }) where !(value is NSNull) {
        let place = path.isEmpty ? key : "\(path).\(key)"
        guard let other = kept[key] else { return place }
        if let found = first(in: value, beside: other, path: place) { return found }
      }
    } else if let given = given as? [Any], let kept = kept as? [Any], given.count == kept.count {
      for (i, value) in given.enumerated() {
        if let found = first(in: value, beside: kept[i], path: "\(path)[\(i)]") { return found }
      }
    }
    return nil
  }
}
