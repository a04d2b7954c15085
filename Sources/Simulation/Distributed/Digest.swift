internal import LinearAlgebra
internal import Pricing

/// A 64-bit digest of numbers and text, the same on every machine (FNV-1a).
struct Digest {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  private mutating func add(byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }

  mutating func add(_ word: UInt64) {
    for shift in stride(from: 0, to: 64, by: 8) {
      add(byte: UInt8(truncatingIfNeeded: word >> UInt64(shift)))
    }
  }

  mutating func add(_ numbers: [Double], _ words: UInt64...) {
    add(UInt64(numbers.count))
    for number in numbers { add(number.bitPattern) }
    for word in words { add(word) }
  }

  mutating func add(_ text: String) {
    add(UInt64(text.utf8.count))
    for byte in text.utf8 { add(byte: byte) }
  }

  mutating func add(_ model: MonteCarlo) {
    for name in model.underlyings { add(name) }
    add(model.covariance.elements)
    add(model.mean)
    if case .studentT(let ν) = model.shape { add([ν]) }
    let term = model.volatilityTerm
    add(
      [term.reference, term.floorDays, term.shortPower, term.longPower],
      model.returns == .logarithmic ? 0 : 1)
  }

  mutating func add(_ book: CollapsedBook) {
    for underlying in book.underlyings {
      add(underlying.name)
      add([underlying.linear])
      for expiry in underlying.expiries {
        add([expiry.years])
        for term in expiry.terms {
          add(
            [term.forward, term.strike, term.volatility, term.quantity],
            term.right == .call ? 0 : 1)
        }
      }
    }
  }
}
