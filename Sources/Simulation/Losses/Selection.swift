/// Selection of an order statistic without a full sort.
package enum Selection {
  /// The value that would stand at index `k` if `values` were sorted in ascending order.
  ///
  /// Hoare's FIND (1961) with the median of three as pivot; expected O(n). Should the partition
  /// shrink badly many times in a row, what is left is sorted, so the worst case is O(n log n).
  package static func ascending(_ k: Int, of values: [Double]) -> Double {
    precondition(k >= 0 && k < values.count, "An order statistic must lie within the sample.")
    if values.count > 8192, let value = bracketed(k, of: values) { return value }
    var x = values
    return x.withUnsafeMutableBufferPointer { place(k, in: $0) }
  }

  /// Reorders `x` so that the value at index `k` is the one that sorting would put there, with none
  /// greater before it and none smaller after it; returns it.
  static func place(_ k: Int, in x: UnsafeMutableBufferPointer<Double>) -> Double {
    var (low, high) = (0, x.count - 1)
    var rounds = 4 * (Int.bitWidth - x.count.leadingZeroBitCount)
    while low < high {
      if rounds == 0 {
        var rest = UnsafeMutableBufferPointer(rebasing: x[low...high])
        rest.sort()
        break
      }
      rounds -= 1
      let pivot = medianOfThree(x[low], x[low + (high - low) / 2], x[high])
      var (i, j) = (low, high)
      while i <= j {
        while x[i] < pivot { i += 1 }
        while pivot < x[j] { j -= 1 }
        if i <= j {
          x.swapAt(i, j)
          i += 1
          j -= 1
        }
      }
      if k <= j { high = j } else if k >= i { low = i } else { break }
    }
    return x[k]
  }

  /// The order statistic among the few values between two bounds from a sorted sample, as in
  /// Floyd and Rivest (1975), so that the whole is read once and not copied; nil where the bounds
  /// miss it or hold too much, as ties do.
  private static func bracketed(_ k: Int, of values: [Double]) -> Double? {
    let n = values.count
    let step = max(n / 2048, 1)
    let sample = stride(from: step / 2, to: n, by: step).map { values[$0] }.sorted()
    let share = Double(k) / Double(n)
    let spread = 4 * (share * (1 - share) * Double(sample.count)).squareRoot() + 4
    let (below, above) = (
      share * Double(sample.count) - spread, share * Double(sample.count) + spread
    )
    let low = below >= 0 ? sample[Int(below)] : -.infinity
    let high = above < Double(sample.count) ? sample[Int(above)] : .infinity
    var smaller = 0
    var candidates: [Double] = []
    candidates.reserveCapacity(n / 4)
    for x in values {
      smaller += x < low ? 1 : 0
      if x >= low && x <= high { candidates.append(x) }
      if candidates.count == n / 4 { return nil }
    }
    let rank = k - smaller
    return candidates.indices.contains(rank) ? ascending(rank, of: candidates) : nil
  }

  private static func medianOfThree(_ a: Double, _ b: Double, _ c: Double) -> Double {
    max(min(a, b), min(max(a, b), c))
  }
}

extension Sequence<Double> {
  /// The sum with Neumaier's compensation: its error does not grow with the number of terms.
  func compensatedSum() -> Double {
    var (sum, correction) = (0.0, 0.0)
    for x in self {
      let t = sum + x
      correction += abs(sum) >= abs(x) ? (sum - t) + x : (x - t) + sum
      sum = t
    }
    return sum + correction
  }
}
