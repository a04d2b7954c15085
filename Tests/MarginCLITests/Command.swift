import Foundation
import Testing

/// The command `marginopt` as a process, and what it left behind.
struct Command {
  var exitCode: Int32
  var endedBySignal: Bool
  var output: String
  var errors: String

  /// The executable beside the test bundle: some folder above an argument of this process has it.
  static let executable: URL? = {
    let places =
      CommandLine.arguments.filter { $0.contains("/") }.map { URL(filePath: $0) }
      + [Bundle.main.executableURL, Bundle.main.bundleURL].compactMap { $0 }
    for place in places {
      var folder = place.standardizedFileURL
      for _ in 0..<6 {
        folder.deleteLastPathComponent()
        let file = folder.appending(path: "marginopt")
        var isFolder: ObjCBool = false
        let path = file.path(percentEncoded: false)
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue
        {
          return file
        }
      }
    }
    return nil
  }()

  /// Runs the command to its end in a folder; `input` is its standard input.
  init(_ arguments: [String], in folder: Folder, input: String = "") throws {
    let process = Process()
    let executable: URL = try #require(
      Self.executable, "marginopt is not beside the tests; build the package first")
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = folder.url
    process.environment = ProcessInfo.processInfo.environment.merging([
      "OPENBLAS_NUM_THREADS": "1", "SWIFT_BACKTRACE": "enable=no",
    ]) { $1 }
    // Files, for a pipe that nobody reads fills up.
    let streams = try ["in", "out", "err"].map { name in
      let file = folder.url.appending(path: ".std\(name)")
      try Data((name == "in" ? input : "").utf8).write(to: file)
      return file
    }
    process.standardInput = try FileHandle(forReadingFrom: streams[0])
    process.standardOutput = try FileHandle(forWritingTo: streams[1])
    process.standardError = try FileHandle(forWritingTo: streams[2])
    try process.run()
    process.waitUntilExit()
    exitCode = process.terminationStatus
    endedBySignal = process.terminationReason == .uncaughtSignal
    output = String(decoding: try Data(contentsOf: streams[1]), as: UTF8.self)
    errors = String(decoding: try Data(contentsOf: streams[2]), as: UTF8.self)
  }

  /// The output as a JSON object.
  func json() throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
  }
}

/// A temporary folder with files, removed with its last reference.
final class Folder {
  let url: URL

  init(_ files: [String: String] = [:]) throws {
    url = FileManager.default.temporaryDirectory.appending(path: "marginopt-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    for (name, text) in files {
      try Data(text.utf8).write(to: url.appending(path: name))
    }
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}
