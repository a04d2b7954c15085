public import Foundation

/// Reference data that is not part of the package: a folder named `shared` beside the checkout, or
/// the folder that the environment variable `MARGINOPT_REFERENCE_DATA` names.
///
/// Tests that need it carry `.enabled(if: ReferenceData.isPresent, …)` and so say when they skip.
public enum ReferenceData {
  public static let folder: URL? = {
    let named = ProcessInfo.processInfo.environment["MARGINOPT_REFERENCE_DATA"]
    let beside = URL(filePath: #filePath).deletingLastPathComponent()  // TestSupport
      .deletingLastPathComponent()  // Tests
      .deletingLastPathComponent()  // the package
      .deletingLastPathComponent()
      .appending(path: "shared")
    let folder = named.map { URL(filePath: $0) } ?? beside
    let vectors = folder.appending(path: "vectors").path(percentEncoded: false)
    return FileManager.default.fileExists(atPath: vectors) ? folder : nil
  }()

  public static var isPresent: Bool { folder != nil }

  /// The address of a file below the folder, as in `vectors/risk/bs_haug1998_values.csv`.
  public static func url(_ path: String) throws -> URL {
    guard let folder else { throw CocoaError(.fileNoSuchFile) }
    return folder.appending(path: path)
  }

  public static func text(_ path: String) throws -> String {
    try String(contentsOf: url(path), encoding: .utf8)
  }

  /// The rows of a comma-separated file, each a dictionary by the names in its first line.
  /// Lines that start with # are comments; no field holds a comma.
  public static func rows(_ path: String) throws -> [[String: String]] {
    let lines = try text(path).split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }
    guard let header = lines.first else { return [] }
    let names = header.split(separator: ",", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    return lines.dropFirst().map { line in
      let fields = line.split(separator: ",", omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      return Dictionary(zip(names, fields), uniquingKeysWith: { first, _ in first })
    }
  }

  /// The QPS text of a problem of Maros and Mészáros, which is stored compressed.
  public static func marosMeszaros(_ name: String) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/gzip")
    process.arguments = [
      "-dc", try url("data/maros_meszaros/\(name).QPS.gz").path(percentEncoded: false),
    ]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }

  /// A JSON file as Foundation objects.
  public static func json(_ path: String) throws -> [String: Any] {
    let object = try JSONSerialization.jsonObject(with: Data(contentsOf: url(path)))
    return object as? [String: Any] ?? [:]
  }
}
