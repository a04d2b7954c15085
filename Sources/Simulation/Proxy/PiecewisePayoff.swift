internal import CKernels

/// Σ wᵢ max(m − kᵢ, 0), the payoff of options that expire inside the horizon, at the cost of a look-up
/// and with no error but rounding.
///
/// Cells hold one kink at most; where kinks lie closer than a cell, the second of a cell goes into a
/// second layer of cells, and so on, and layers add up.
struct PiecewisePayoff: Sendable {
  struct Kink: Sendable, Hashable {
    let place: Double
    let weight: Double
  }

  private let axis: ck_axis
  /// [a, b, w, k] for each cell of each layer.
  private let layers: [[Double]]

  /// A payoff over an axis; kinks beyond its ends count as well.
  init(_ kinks: [Kink], over x: ChebyshevAxis) {
    let sorted = kinks.filter { $0.place < x.upper }.sorted { $0.place < $1.place }
    var best: (axis: ck_axis, layers: [[Kink]])?
    for count in [256, 1024, 4096] {
      let axis = x.cells(count)
      let layers = Self.layers(of: sorted, on: axis)
      if layers.count < best?.layers.count ?? .max { best = (axis, layers) }
    }
    let chosen = best ?? (x.cells(1), [])
    axis = chosen.axis
    layers = chosen.layers.map { Self.cells(of: $0, on: chosen.axis) }
  }

  /// The cell of a place, by the arithmetic of the kernel: what lies below a kink has no later cell.
  private static func cell(of place: Double, on axis: ck_axis) -> Int {
    Int(min(max((place - axis.origin) * axis.inverse_width, 0), Double(axis.cells - 1)))
  }

  private static func layers(of kinks: [Kink], on axis: ck_axis) -> [[Kink]] {
    var layers: [[Kink]] = []
    var (last, depth) = (-1, 0)
    for kink in kinks {
      // A kink at or below the lower end bends nothing: its cell has room for another.
      let cell = kink.place <= axis.origin ? -1 : cell(of: kink.place, on: axis)
      depth = cell == last && cell >= 0 ? depth + 1 : 0
      last = cell
      if depth == layers.count { layers.append([]) }
      layers[depth].append(kink)
    }
    return layers
  }

  private static func cells(of kinks: [Kink], on axis: ck_axis) -> [Double] {
    var result: [Double] = []
    var (constant, slope, next) = (0.0, 0.0, 0)
    for i in 0..<axis.cells {
      while next < kinks.count
        && (kinks[next].place <= axis.origin || cell(of: kinks[next].place, on: axis) < i)
      {
        constant -= kinks[next].weight * kinks[next].place
        slope += kinks[next].weight
        next += 1
      }
      let bends = next < kinks.count && cell(of: kinks[next].place, on: axis) == i
      result += [
        constant, slope, bends ? kinks[next].weight : 0, bends ? kinks[next].place : 0,
      ]
    }
    return result
  }

  /// Adds the payoff at the moves to `result`.
  func add(
    at moves: UnsafeBufferPointer<Double>, to result: UnsafeMutableBufferPointer<Double>
  ) {
    guard let m = moves.baseAddress, let out = result.baseAddress else { return }
    for layer in layers { ck_add_hinges(layer, axis, moves.count, m, out) }
  }
}
