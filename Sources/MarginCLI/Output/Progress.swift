import Foundation

/// A line on standard error that long work rewrites; silent where that is not a terminal.
struct ProgressLine {
  private let isShown: Bool
  init(isShown: Bool = true) { self.isShown = isShown && isatty(STDERR_FILENO) == 1 }

  func show(_ text: String) {
    guard isShown else { return }
    FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
  }

  func clear() {
    guard isShown else { return }
    FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
  }
}
