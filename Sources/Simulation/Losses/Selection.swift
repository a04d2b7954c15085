/// Selection of an order statistic without a full sort.
enum Selection {
  /// The value that would stand at index `k` if `values` were sorted in ascending order.
  ///
  /// Hoare's FIND (1961) with the median of three as pivot; expected O(n). Should the partition
  /// shrink badly many times in a row, what is left is sorted, so the worst case is O(n log n).
  static func ascending(_ k: Int, of values: [Double]) -> Double {
    precondition(k >= 0 && k < values.count, "An order statistic must lie within the sample.")
    var x = values
    return x.withUnsafeMutableBufferPointer { x in
      var (low, high) = (0, x.count - 1)
      var rounds = 4 * (Int.bitWidth - x.count.leadingZeroBitCount)
      while low < high {
        if rounds == 0 {
          x[low...high].sort()
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
