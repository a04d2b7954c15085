/// A value of a file of reference cases with the place at which it stands, so that what is missing
/// can be named.
package struct ReferenceReader: Sendable {
  package let file: ReferenceFile
  package let value: ReferenceValue
  package let place: String

  /// - Throws: ``ReferenceError`` where there is no value.
  package init(
    _ file: ReferenceFile, _ value: ReferenceValue?, at place: String
  ) throws(ReferenceError) {
    guard let value else { throw file.error(place, "is missing") }
    (self.file, self.value, self.place) = (file, value, place)
  }

  package func error(_ key: String, _ problem: String) -> ReferenceError {
    file.error("\(place).\(key)", problem)
  }

  package func has(_ key: String) -> Bool { value[key] != nil }

  package func object(_ key: String) throws(ReferenceError) -> ReferenceReader {
    try ReferenceReader(file, value[key], at: "\(place).\(key)")
  }

  package func number(_ key: String) throws(ReferenceError) -> Double {
    guard let number = value[key]?.number else { throw error(key, "is not a number") }
    return number
  }

  package func text(_ key: String) throws(ReferenceError) -> String {
    guard let text = value[key]?.text else { throw error(key, "is not text") }
    return text
  }

  /// A truth value, which some files write as 0 or 1.
  package func flag(_ key: String) throws(ReferenceError) -> Bool {
    if let flag = value[key]?.flag { return flag }
    guard let number = value[key]?.number, number == 0 || number == 1 else {
      throw error(key, "is neither true nor false")
    }
    return number == 1
  }

  package func list(_ key: String) throws(ReferenceError) -> [ReferenceReader] {
    guard let list = value[key]?.list else { throw error(key, "is not a list") }
    return try list.enumerated().map { i, entry throws(ReferenceError) in
      try ReferenceReader(file, entry, at: "\(place).\(key)[\(i)]")
    }
  }
}

/// A number found for a reference case, with the size of the terms that cancel in it.
package struct ReferenceFinding: Sendable {
  package var value: Double
  package var terms: Double

  package init(_ value: Double, terms: Double = 0) { (self.value, self.terms) = (value, terms) }
}

extension [String: ReferenceFinding] {
  /// The findings that a case expects; a number that it expects and that was not found fails it.
  ///
  /// - Throws: ``ReferenceError`` where nothing is expected.
  package func compared(with expected: ReferenceReader) throws(ReferenceError)
    -> [ReferenceCase.Quantity]
  {
    guard let members = expected.value.object, !members.isEmpty else {
      throw expected.file.error(expected.place, "is no object with the numbers that are expected")
    }
    return members.sorted { $0.key < $1.key }.compactMap { name, value in
      value.number.map { number in
        let found = self[name]
        return ReferenceCase.Quantity(
          name, expected: number, found: found?.value ?? .nan, terms: found?.terms ?? 0)
      }
    }
  }
}

extension ReferenceFile {
  /// Every case, computed by a closure from its entry.
  ///
  /// What a case throws is its own failure, or refusal where the rule refuses it; others go on.
  ///
  /// - Throws: ``ReferenceError`` where there are no cases.
  package func cases(
    _ quantities: (_ entry: ReferenceReader) throws -> [ReferenceCase.Quantity]
  ) throws(ReferenceError) -> [ReferenceCase] {
    guard let entries = contents["cases"]?.list, !entries.isEmpty else {
      throw error("cases", "is not a list with cases")
    }
    var cases: [ReferenceCase] = []
    for (i, entry) in entries.enumerated() {
      let name = entry["name"]?.text ?? "cases[\(i)]"
      let reader = try ReferenceReader(self, entry, at: name)
      do {
        cases.append(ReferenceCase(name, .computed(try quantities(reader))))
      } catch MarginError.unverifiedRule(let rule, _) {
        cases.append(ReferenceCase(name, .refused(reason: rule)))
      } catch {
        cases.append(ReferenceCase(name, .failed(reason: "\(error)")))
      }
    }
    return cases
  }
}
