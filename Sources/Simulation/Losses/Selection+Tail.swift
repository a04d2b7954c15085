internal import CKernels

extension Selection {
  /// The (k + 1)-th largest value, and the sum of what the k larger ones exceed it by; nil where a value
  /// that was read is NaN or infinite.
  ///
  /// A threshold a little below the value comes from a sample of some 16,000 in runs of eight. One pass
  /// gathers what reaches it, a few more than k values, and the selection is made among those. Where
  /// the threshold turns out too high, or too many reach it, as ties may, the whole is selected from:
  /// the answer is exact in every case.
  static func upperTail(_ k: Int, of values: [Double]) -> (value: Double, excess: Double)? {
    precondition(k >= 0 && k < values.count, "An order statistic must lie within the sample.")
    for margin in [4.0, 16] {
      switch gathered(atLeast: k + 1, of: values, margin: margin) {
      case .tail(let tail): return exceedance(k, of: tail)
      case .notFinite: return nil
      case .tooFew: continue
      case .tooMany: return whole(k, of: values)
      }
    }
    return whole(k, of: values)
  }

  private enum Gathered {
    case tail([Double])
    case tooFew, tooMany, notFinite
  }

  private static func whole(_ k: Int, of values: [Double]) -> (value: Double, excess: Double)? {
    ck_all_finite(values, values.count) == 0 ? nil : exceedance(k, of: values)
  }

  /// All values from some threshold on that is by so many deviations below where `least` of them are
  /// expected.
  private static func gathered(
    atLeast least: Int, of values: [Double], margin: Double
  ) -> Gathered {
    let n = values.count
    guard n > 8192 && least < n / 5 else { return .tooMany }
    let step = max(n / 2048, 16)
    var sample: [Double] = []
    sample.reserveCapacity(n / step * 8 + 8)
    for first in stride(from: step / 2, to: n - 8, by: step) {
      for i in first..<(first + 8) { sample.append(values[i]) }
    }
    let (share, size) = (Double(least) / Double(n), Double(sample.count))
    let reached = Int(share * size + margin * (share * (1 - share) * size).squareRoot() + margin)
    guard reached < sample.count else { return .tooMany }
    let rank = sample.count - 1 - reached
    if sample.contains(where: { !$0.isFinite }) { return .notFinite }
    let threshold = sample.withUnsafeMutableBufferPointer { place(rank, in: $0) }
    let capacity = Int(1.5 * Double(n) * Double(reached) / size) + 64
    var finite: Int32 = 1
    let tail = [Double](unsafeUninitializedCapacity: capacity + 64) { out, found in
      found = ck_gather_tail(n, values, threshold, out.baseAddress, capacity, &finite)
    }
    if finite == 0 { return .notFinite }
    return tail.count > capacity ? .tooMany : tail.count < least ? .tooFew : .tail(tail)
  }

  private static func exceedance(
    _ k: Int, of values: [Double]
  ) -> (value: Double, excess: Double) {
    var x = values
    return x.withUnsafeMutableBufferPointer { x in
      let index = x.count - 1 - k
      let value = place(index, in: x)
      return (value, x[(index + 1)...].lazy.map { $0 - value }.compensatedSum())
    }
  }
}
