internal import Foundation
internal import LinearAlgebra

/// The P&L of one expiry's options as a function of move and level, interpolated at Chebyshev points and
/// checked at the points between them, where the error of smooth functions is greatest, and at strikes,
/// where these functions bend most.
///
/// Points are doubled, those there kept, until the error holds.
struct ExpirySeries: Sendable {
  let series: ChebyshevSeries
  /// The largest error seen at a held-back point, in dollars.
  let heldBackError: Double
  let heldBackPoints: Int
  /// Points at which the options were priced, held-back ones included.
  let pricedPoints: Int

  /// nil where `most` priced points do not reach the tolerance.
  init?(
    of pricer: ExpiryPricer, x: ChebyshevAxis, y: ChebyshevAxis, tolerance: Double, most: Int
  ) {
    var (m, n) = pricer.degrees(x: x, y: y, tolerance: tolerance)
    if (m + 1) * (n + 1) + 2 * m * max(n, 1) > most { return nil }
    var values = pricer.values(atX: x.points(degree: m), y: y.points(degree: n))
    var priced = values.elements.count
    while true {
      let candidate = ChebyshevSeries(x: x, y: y, values: values)
      let tails = candidate.tails
      // Tails far beyond the tolerance need no check to say so.
      if max(tails.x, tails.y) <= 64 * tolerance {
        let xs = x.pointsBetween(degree: m) + pricer.strikes(on: x, most: m)
        let ys = y.pointsBetween(degree: n)
        let truth = pricer.values(atX: xs, y: ys)
        priced += truth.elements.count
        let error = zip(truth.elements, candidate.values(atX: xs, y: ys).elements)
          .reduce(0) { max($0, abs($1.0 - $1.1)) }
        if error <= tolerance {
          (series, heldBackError, heldBackPoints) = (candidate, error, truth.elements.count)
          pricedPoints = priced
          return
        }
        if !error.isFinite { return nil }
      }
      let refinesY = tails.y > tails.x
      let added = refinesY ? (m + 1) * n : m * (n + 1)
      let checked = 2 * (refinesY ? m : 2 * m) * max(refinesY ? 2 * n : n, 1)
      if priced + added + checked > most { return nil }
      if refinesY {
        values = values.interleavingColumns(
          pricer.values(atX: x.points(degree: m), y: y.pointsBetween(degree: n)))
        n *= 2
      } else {
        values = values.interleavingRows(
          pricer.values(atX: x.pointsBetween(degree: m), y: y.points(degree: n)))
        m *= 2
      }
      priced += added
    }
  }
}

/// The options of one expiry over a horizon.
struct ExpiryPricer: Sendable {
  let expiry: CollapsedBook.Expiry
  /// The factor on a level move at this expiry.
  let factor: Double
  /// Years that pass.
  let elapsed: Double
  /// Whether levels move; else `y` is ignored.
  let movesLevels: Bool

  /// P&L at all pairs of the points: one row for each x.
  func values(atX xs: [Double], y ys: [Double]) -> Matrix {
    var result = Matrix(rows: xs.count, columns: ys.count)
    let moves = ys.flatMap { _ in xs }
    let levels = ys.flatMap { y in xs.map { _ in y } }
    result.elements.withUnsafeMutableBufferPointer { result in
      moves.withUnsafeBufferPointer { moves in
        levels.withUnsafeBufferPointer { levels in
          for first in stride(from: 0, to: moves.count, by: scenarioBlock) {
            let part = first..<min(first + scenarioBlock, moves.count)
            expiry.addProfitAndLoss(
              moves: .init(rebasing: moves[part]),
              levels: movesLevels ? .init(rebasing: levels[part]) : nil, factor: factor,
              elapsed: elapsed, into: .init(rebasing: result[part]))
          }
        }
      }
    }
    return result
  }

  /// The moves that lead to the strikes of the largest quantities, at most so many.
  func strikes(on x: ChebyshevAxis, most: Int) -> [Double] {
    var places: [Double: Double] = [:]
    for term in expiry.terms {
      let place = (term.strike - term.forward) / term.forward
      if place > x.lower && place < x.upper {
        places[place, default: 0] += abs(term.quantity) * term.forward
      }
    }
    return places.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(most).map(\.key)
  }

  /// A first guess of the degrees. Values bend over a width w = s K/F in the move, s = σ√T, and their
  /// coefficients fall as exp(−(k w/h)²/2) over a half-width h; in the level they are analytic but where
  /// the volatility vanishes, and fall as ρ^(−l), ρ that of the ellipse through that point.
  func degrees(x: ChebyshevAxis, y: ChebyshevAxis, tolerance: Double) -> (x: Int, y: Int) {
    let (low, high) = movesLevels ? (1 + factor * y.lower, 1 + factor * y.upper) : (1, 1)
    let rootTime = (expiry.years - elapsed).squareRoot()
    let scale = (max(low, 0.05) * high).squareRoot()
    var (width, amplitude) = (Double.infinity, 0.0)
    for term in expiry.terms where term.volatility > 0 {
      let s = term.volatility * rootTime
      let strike = min(max(term.strike / term.forward, 1 + x.lower), 1 + x.upper)
      width = min(width, s * scale * strike)
      amplitude += abs(term.quantity) * term.forward * min(0.4 * s * high, 1)
    }
    let digits = max(log(amplitude / tolerance), 1)
    let alongX = x.halfWidth / width * (2 * digits).squareRoot()
    guard high > low else { return (Self.degree(atLeast: 0.8 * alongX + 5), 0) }
    let centre = (high + low) / (high - low)
    let ρ = centre + max(centre * centre - 1, 0).squareRoot()
    return (
      Self.degree(atLeast: 0.8 * alongX + 5),
      Self.degree(atLeast: min(0.6 * digits / log(ρ), 32) + 1)
    )
  }

  /// The least of 4, 6, 8, 12, 16, 24 … that is not below a number.
  private static func degree(atLeast least: Double) -> Int {
    var n = 4
    while Double(n) < least && n < 1 << 20 { n = n & (n - 1) == 0 ? n / 2 * 3 : n / 3 * 4 }
    return n
  }
}

extension Matrix {
  /// This matrix's rows with one of the others between each two.
  func interleavingRows(_ others: Matrix) -> Matrix {
    var result = Matrix(rows: rows + others.rows, columns: columns)
    for j in 0..<columns {
      for i in 0..<rows { result[2 * i, j] = self[i, j] }
      for i in 0..<others.rows { result[2 * i + 1, j] = others[i, j] }
    }
    return result
  }

  /// This matrix's columns with one of the others between each two.
  func interleavingColumns(_ others: Matrix) -> Matrix {
    var result = Matrix(rows: rows, columns: columns + others.columns)
    for i in 0..<rows {
      for j in 0..<columns { result[i, 2 * j] = self[i, j] }
      for j in 0..<others.columns { result[i, 2 * j + 1] = others[i, j] }
    }
    return result
  }
}
