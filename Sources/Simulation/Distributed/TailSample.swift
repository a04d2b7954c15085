/// The largest losses of a simulation with the numbers of their paths: a part of a sample that holds all
/// its tail, exactly.
///
/// Equal losses stand in the order of their paths, so the largest of several parts, and the largest of
/// these, are the same whatever the parts.
public struct TailSample: Sendable, Hashable, Codable {
  /// How many losses are kept at most.
  public let capacity: Int
  /// The losses, the largest first.
  public private(set) var losses: [Double]
  /// The path of each.
  public private(set) var paths: [Int]

  init(capacity: Int, _ entries: [Entry]) {
    self.capacity = capacity
    losses = entries.map(\.loss)
    paths = entries.map(\.path)
  }

  struct Entry: Comparable {
    let loss: Double
    let path: Int
    /// Larger losses first, then lower paths.
    static func < (a: Entry, b: Entry) -> Bool {
      a.loss != b.loss ? a.loss > b.loss : a.path < b.path
    }
  }

  private var entries: [Entry] { zip(losses, paths).map { Entry(loss: $0, path: $1) } }

  /// The largest of both.
  func merging(_ other: TailSample) -> TailSample {
    let (a, b, most) = (entries, other.entries, min(capacity, other.capacity))
    var result: [Entry] = []
    result.reserveCapacity(min(most, a.count + b.count))
    var (i, j) = (0, 0)
    while result.count < most && (i < a.count || j < b.count) {
      if j == b.count || (i < a.count && a[i] < b[j]) {
        result.append(a[i])
        i += 1
      } else {
        result.append(b[j])
        j += 1
      }
    }
    return TailSample(capacity: most, result)
  }

  var isValid: Bool {
    let all = entries
    return capacity > 0 && losses.count == paths.count && losses.count <= capacity
      && losses.allSatisfy(\.isFinite) && zip(all, all.dropFirst()).allSatisfy { $0 < $1 }
  }
}

/// Gathers the largest losses of a stream: what lies below the k-th largest so far is passed over.
struct TailCollector {
  private let capacity: Int
  private var kept: [TailSample.Entry] = []
  private var least = -Double.infinity

  init(capacity: Int) { self.capacity = capacity }

  mutating func add(_ losses: UnsafeBufferPointer<Double>, firstPath: Int) {
    for i in losses.indices where losses[i] >= least {
      kept.append(.init(loss: losses[i], path: firstPath + i))
      if kept.count >= 2 * capacity + 1024 { shrink() }
    }
  }

  /// Leaves at least `capacity` and few more.
  private mutating func shrink() {
    least = Selection.ascending(kept.count - capacity, of: kept.map(\.loss))
    kept.removeAll { $0.loss < least }
    // Many equal losses: only the order of paths decides.
    if kept.count > capacity + capacity / 2 {
      kept.sort()
      kept.removeLast(kept.count - capacity)
    }
  }

  /// What was gathered, in order.
  var sample: TailSample {
    TailSample(capacity: capacity, Array(kept.sorted().prefix(capacity)))
  }
}
