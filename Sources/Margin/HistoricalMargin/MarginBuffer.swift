/// An anti-procyclical buffer that is used up while margin rises and filled again while it falls
/// (Delegated Regulation (EU) 153/2013, Article 28(1)(a)).
///
/// With the trailing mean margin r of the days before, what is required of a margin m is
///
///     max(m, min(m, r) (1 + size)),
///
/// so that a rise of up to `size` above the trailing mean calls nothing, and the requirement is never
/// below the margin.
public struct MarginBuffer: Sendable, Hashable {
  /// The buffer as a share of margin, at least 0.25 in the regulation.
  public var size: Double
  /// The days of the trailing mean.
  public var window: Int

  /// - Precondition: the size is not negative, the window at least one day.
  public init(size: Double = 0.25, window: Int = 60) {
    precondition(size >= 0 && size.isFinite, "A buffer is a share of margin, not negative.")
    precondition(window >= 1, "A trailing mean needs at least one day.")
    self.size = size
    self.window = window
  }

  /// What is required on each day of a series of margins; the first day has the full buffer.
  public func requirements(of margins: [Double]) -> [Double] {
    margins.indices.map { t in
      let before = margins[max(0, t - window)..<t]
      let mean = before.isEmpty ? margins[t] : before.reduce(0, +) / Double(before.count)
      return max(margins[t], min(margins[t], mean) * (1 + size))
    }
  }

  /// The share of the buffer that is in place on each day: 1 full, 0 used up.
  public func shares(of margins: [Double]) -> [Double] {
    zip(requirements(of: margins), margins).map { required, margin in
      size > 0 && margin > 0 ? (required / margin - 1) / size : 0
    }
  }
}

/// How much a series of margins moves: what a margin model is judged by besides its coverage (Murphy,
/// Vasios and Vause, "An investigation into the procyclicality of risk-based initial margin models",
/// Bank of England, 2014).
public struct Procyclicality: Sendable, Hashable {
  /// The largest margin over the smallest.
  public let peakToTrough: Double
  /// The mean margin: what safety costs.
  public let mean: Double
  private let margins: [Double]

  /// - Precondition: margins are positive, and there is one at least.
  public init(_ margins: [Double]) {
    precondition(
      !margins.isEmpty && margins.allSatisfy { $0 > 0 && $0.isFinite },
      "Procyclicality is that of positive margins.")
    self.margins = margins
    peakToTrough = (margins.max() ?? 1) / (margins.min() ?? 1)
    mean = margins.reduce(0, +) / Double(margins.count)
  }

  /// The largest relative rise over a number of days; 0 where margin never rises.
  public func largestCall(days: Int) -> Double {
    precondition(days >= 1, "A call is over at least one day.")
    return zip(margins, margins.dropFirst(days)).reduce(0) { max($0, ($1.1 - $1.0) / $1.0) }
  }
}
