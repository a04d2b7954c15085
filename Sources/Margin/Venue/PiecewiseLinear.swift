/// The value of a piecewise linear function at x and its slope on the piece where x lies.
struct LinearPiece {
  var value: Double
  var slope: Double

  static func + (a: LinearPiece, b: LinearPiece) -> LinearPiece {
    LinearPiece(value: a.value + b.value, slope: a.slope + b.slope)
  }

  static func * (factor: Double, a: LinearPiece) -> LinearPiece {
    LinearPiece(value: factor * a.value, slope: factor * a.slope)
  }

  var magnitude: LinearPiece { value < 0 ? -1 * self : self }
  var positivePart: LinearPiece { value > 0 ? self : .zero }

  static let zero = LinearPiece(value: 0, slope: 0)
}

/// An affine function of one variable.
struct Affine1D {
  var constant: Double
  var slope: Double

  func at(_ x: Double) -> LinearPiece { LinearPiece(value: constant + slope * x, slope: slope) }

  /// Where it vanishes; not finite where it does not.
  var root: Double { -constant / slope }
}

/// The places where a piecewise linear function may bend, ascending, in memory of the caller.
struct Kinks {
  static let capacity = 12
  private let room: UnsafeMutableBufferPointer<Double>
  private(set) var count = 0

  /// - Precondition: room for `capacity` numbers.
  init(_ room: UnsafeMutableBufferPointer<Double>) { self.room = room }

  init(copying other: Kinks, into room: UnsafeMutableBufferPointer<Double>) {
    self.room = room
    count = other.count
    for i in 0..<count { room[i] = other.room[i] }
  }

  subscript(i: Int) -> Double { room[i] }
  var first: Double { room[0] }
  var last: Double { room[count - 1] }

  /// Keeps what is the size of a trade that can be made.
  mutating func insert(_ value: Double) {
    guard abs(value) <= AccountBook.largestQuantity else { return }
    var i = count
    while i > 0 && room[i - 1] > value {
      room[i] = room[i - 1]
      i -= 1
    }
    room[i] = value
    count += 1
  }

  /// Points before the first kink and after the last, from which the function is linear outward.
  private var before: Double { first - max(1, abs(first)) }
  private var after: Double { last + max(1, abs(last)) }

  /// The x with f(x) ≤ level.
  ///
  /// - Parameter isConvex: whether f is; otherwise the interval is the one about 0.
  /// - Returns: the ends of an interval, possibly infinite; nil where there is none, or f is not
  ///   convex and f(0) > level.
  /// - Precondition: 0 is a kink, and f is linear between kinks.
  func interval(
    where f: (Double) -> LinearPiece, isAtMost level: Double, isConvex: Bool
  ) -> (Double, Double)? {
    guard let anchor = anchor(of: f, atMost: level, isConvex: isConvex) else { return nil }
    return (
      end(from: anchor, toward: -1, of: f, level: level),
      end(from: anchor, toward: 1, of: f, level: level)
    )
  }

  /// A place where f ≤ level.
  private func anchor(
    of f: (Double) -> LinearPiece, atMost level: Double, isConvex: Bool
  ) -> Double? {
    if f(0).value <= level { return 0 }
    guard isConvex else { return nil }
    var best = (x: first, value: f(first).value)
    for i in 1..<max(count, 1) {
      let value = f(room[i]).value
      if value < best.value { best = (room[i], value) }
    }
    if best.value <= level { return best.x }
    let (up, down) = (f(after), f(before))
    let x: Double
    if up.slope < 0 {
      x = last + (f(last).value - level) / -up.slope
    } else if down.slope > 0 {
      x = first - (f(first).value - level) / down.slope
    } else {
      return nil
    }
    return abs(x) <= AccountBook.largestQuantity ? x : nil
  }

  /// How far f stays at most `level` from the anchor in one direction.
  private func end(
    from anchor: Double, toward direction: Double, of f: (Double) -> LinearPiece, level: Double
  ) -> Double {
    var (x, value) = (anchor, f(anchor).value)
    for k in 0..<count {
      let next = direction > 0 ? room[k] : room[count - 1 - k]
      if (next - x) * direction <= 0 { continue }
      let reached = f(next).value
      if reached > level {
        return x + (next - x) * max(0, min(1, (level - value) / (reached - value)))
      }
      (x, value) = (next, reached)
    }
    let outside = direction > 0 ? max(after, x + abs(x)) : min(before, x - abs(x))
    let slope = direction * f(outside).slope
    return slope > 0 ? x + direction * max(0, level - value) / slope : direction * .infinity
  }
}
