internal import Dispatch

/// The time at which a method gives up and returns what it has.
package struct Deadline: Sendable, Hashable {
  /// Seconds of a clock that does not go back.
  private let time: Double

  /// No limit; its check reads no clock.
  package static let never = Deadline(time: .infinity)

  private init(time: Double) { self.time = time }

  /// So many seconds after `start`, a value of ``now``.
  package init(seconds: Double, after start: Double = Self.now) { time = start + seconds }

  package var hasPassed: Bool { time < .infinity && Self.now > time }

  /// The seconds that are left, not negative.
  var remaining: Double { time < .infinity ? max(0, time - Self.now) : .infinity }

  package static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 }
}
