/// The limits of a search and the one who listens to it.
final class SearchClock {
  let settings: BranchAndBound.Settings
  private let observer: BranchAndBound.Observer?
  private let start = ContinuousClock.now
  private var lastReport = -Double.infinity
  private(set) var isOutOfTime = false

  init(settings: BranchAndBound.Settings, observer: BranchAndBound.Observer?) {
    self.settings = settings
    self.observer = observer
  }

  var seconds: Double {
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }

  /// Whether the time is up; once true it stays so.
  func checkTime() -> Bool {
    if !isOutOfTime && settings.timeLimit.isFinite { isOutOfTime = seconds >= settings.timeLimit }
    return isOutOfTime
  }

  /// Tells the observer, at most twice a second unless it is `urgent`.
  func report(
    urgent: Bool = false, incumbent: Double, bound: Double, nodes: Int, openNodes: Int
  ) {
    guard let observer else { return }
    let now = seconds
    if !urgent && now - lastReport < 0.5 { return }
    lastReport = now
    observer(
      .init(
        incumbent: incumbent, bound: min(bound, incumbent), nodes: nodes, openNodes: openNodes,
        seconds: now))
  }
}
