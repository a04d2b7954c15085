/// The number of successes in independent trials.
///
/// Terms are built from the mode outward by the ratio of neighbours and divided by their sum, so
/// probabilities keep nearly full relative accuracy for any number of trials; O(√n) terms matter.
package struct BinomialDistribution {
  let trials: Int
  /// The first number of successes that is stored; those before it have no probability that counts.
  private let first: Int
  /// cumulative[i] = P(B ≤ first + i).
  private let cumulative: [Double]

  package init(trials n: Int, probability p: Double) {
    precondition(n > 0 && p > 0 && p < 1, "A binomial needs trials and a probability in (0, 1).")
    trials = n
    let mode = min(Int(Double(n + 1) * p), n)
    let odds = p / (1 - p)
    let negligible = 1e-30
    var (below, above) = ([Double](), [1.0])
    var (k, term) = (mode, 1.0)
    while k > 0 && term > negligible {
      term *= Double(k) / (Double(n - k + 1) * odds)
      k -= 1
      below.append(term)
    }
    (k, term) = (mode, 1)
    while k < n && term > negligible {
      term *= Double(n - k) * odds / Double(k + 1)
      k += 1
      above.append(term)
    }
    first = mode - below.count
    let terms = below.reversed() + above
    let total = terms.compensatedSum()
    var sum = 0.0
    cumulative = terms.map {
      sum += $0
      return sum / total
    }
  }

  /// P(B ≤ k).
  package func cumulative(_ k: Int) -> Double {
    k < first ? 0 : k - first < cumulative.count ? cumulative[k - first] : 1
  }

  /// The smallest k with P(B ≤ k) ≥ `level`.
  package func quantile(_ level: Double) -> Int {
    first + (cumulative.firstIndex { $0 >= level } ?? cumulative.count - 1)
  }

  /// The smallest k with P(B ≤ k) > `level`.
  package func firstExceeding(_ level: Double) -> Int {
    first + (cumulative.firstIndex { $0 > level } ?? cumulative.count - 1)
  }
}
