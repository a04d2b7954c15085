import RawRoutines

/// Memory of the raw side, freed with its owner.
final class Scratch {
  let start: UnsafeMutablePointer<Double>
  let buffer: UnsafeMutableBufferPointer<Double>

  init(_ count: Int) {
    buffer = .allocate(capacity: count)
    buffer.initialize(repeating: 0)
    start = buffer.baseAddress ?? .allocate(capacity: 1)
  }

  deinit { buffer.deallocate() }
}

/// Uses a result, which the optimizer must then not remove.
func keep(_ value: Double) { raw_keep(value) }
func keep(_ value: Int) { raw_keep(Double(value)) }
