/// A moment in coordinated universal time, in seconds since 1970.
public struct Timestamp: Sendable, Hashable, Comparable, Codable {
  public var secondsSince1970: Double

  public init(secondsSince1970: Double) { self.secondsSince1970 = secondsSince1970 }

  public static func < (a: Timestamp, b: Timestamp) -> Bool {
    a.secondsSince1970 < b.secondsSince1970
  }

  /// Time from `start` to this moment in years of 365 days; negative before it.
  public func years(since start: Timestamp) -> Double {
    (secondsSince1970 - start.secondsSince1970) / (365 * 86_400)
  }
}
