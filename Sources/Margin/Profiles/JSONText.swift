import Foundation

/// Text that is to be JSON.
enum JSONText {
  /// - Throws: `MarginError.profile` with the line where the text is no JSON: NaN is none.
  static func requireValid(_ json: Data, fileName: String) throws {
    do {
      _ = try JSONSerialization.jsonObject(with: json)
    } catch {
      let words = (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String ?? ""
      let place = lineNumber(named: words, in: json)
      throw MarginError.profile(
        fileName, field: place.map { "line \($0)" } ?? "file", reason: "not valid JSON: \(words)")
    }
  }

  /// The line of the character that a parser's words end with, from one.
  private static func lineNumber(named words: String, in json: Data) -> Int? {
    let digits = words.filter(\.isNumber)
    guard let character = Int(digits), character <= json.count else { return nil }
    var lines = 1
    for byte in json.prefix(character) where byte == UInt8(ascii: "\n") { lines += 1 }
    return lines
  }
}
