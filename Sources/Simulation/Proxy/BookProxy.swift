internal import LinearAlgebra

/// The P&L of a book as a sum of functions, one for each underlying.
struct BookProxy: Sendable {
  let parts: [UnderlyingProxy]

  /// A bound of the error of one loss, in dollars: that of the functions, and of the rounding of sums.
  let errorBound: Double
  var heldBackPoints: Int { parts.reduce(0) { $0 + $1.heldBackPoints } }
  var optionValuations: Int { parts.reduce(0) { $0 + $1.optionValuations } }
  var expiringCount: Int { parts.reduce(0) { $0 + $1.expiringCount } }
  var fullOptionCount: Int { parts.reduce(0) { $0 + $1.fullOptionCount } }

  /// A proxy within `tolerance` dollars over one domain for each underlying of the book.
  init(
    of book: CollapsedBook, horizon: UnderlyingProxy.Horizon, domains: [UnderlyingProxy.Domain],
    tolerance: Double, most: Int
  ) {
    let share = tolerance / Double(max(book.underlyings.count, 1))
    parts = BLAS.withSingleThreadedBLAS {
      zip(book.underlyings, domains).map { underlying, domain in
        UnderlyingProxy(
          of: underlying, horizon: horizon, domain: domain, tolerance: share, most: most)
      }
    }
    errorBound = parts.reduce(16 * .ulpOfOne * book.grossValue) { $0 + $1.errorBound }
  }

  /// The expiries that are priced in full, in words.
  func reasons(_ book: CollapsedBook) -> [String] {
    zip(book.underlyings, parts).flatMap { underlying, part in
      part.inFull.map {
        "options on \(underlying.name) with \(($0.years * 36_500).rounded() / 100) days to expiry are cheaper to price in every scenario than to interpolate"
      }
    }
  }
}
