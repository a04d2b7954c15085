internal import CKernels

extension Selection {
  /// The (k + 1)-th largest value, and the sum of what the k larger ones exceed it by.
  ///
  /// A threshold a little below the value comes from a sample of some 16,000, evenly spaced. One pass
  /// gathers what reaches it, a few more than k values, and the selection is made among those. Where
  /// the threshold turns out too high, or too many reach it, as ties may, the whole is selected from:
  /// the answer is exact in every case.
  static func upperTail(_ k: Int, of values: [Double]) -> (value: Double, excess: Double) {
    precondition(k >= 0 && k < values.count, "An order statistic must lie within the sample.")
    if let tail = gathered(atLeast: k + 1, of: values) { return exceedance(k, of: tail) }
    return exceedance(k, of: values)
  }

  /// All values from some threshold on, at least `least` of them; nil where that does not pay.
  private static func gathered(atLeast least: Int, of values: [Double]) -> [Double]? {
    let n = values.count
    guard n > 8192 && least < n / 5 else { return nil }
    let step = max(n / 16_384, 4)
    var sample = stride(from: step / 2, to: n, by: step).map { values[$0] }
    let share = Double(least) / Double(n)
    let size = Double(sample.count)
    let reached = Int(share * size + 4 * (share * (1 - share) * size).squareRoot() + 4)
    guard reached < sample.count else { return nil }
    let rank = sample.count - 1 - reached
    let threshold = sample.withUnsafeMutableBufferPointer { place(rank, in: $0) }
    let capacity = Int(1.5 * Double(n) * Double(reached) / size) + 64
    let tail = [Double](unsafeUninitializedCapacity: capacity + 64) { out, found in
      found = ck_gather_tail(n, values, threshold, out.baseAddress, capacity)
    }
    return tail.count >= least && tail.count <= capacity ? tail : nil
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
