#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A run of bytes between blanks: one field of a line.
///
/// It points into the text that is being read and lives no longer than that.
struct Field {
  let start: UnsafePointer<UInt8>
  let count: Int

  var string: String {
    String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  func equals(_ other: Field) -> Bool {
    count == other.count && memcmp(start, other.start, count) == 0
  }

  /// The value of a decimal number, infinite from 1e20 on; the exponent letter of Fortran, D, is
  /// understood. Nil if it is none.
  var number: Double? {
    guard let value = shortDecimal ?? anyDecimal else { return nil }
    return abs(value) >= QPSReader.infinity ? (value > 0 ? .infinity : -.infinity) : value
  }

  /// The value where at most 19 digits and a small power of ten give it exactly rounded: a product or
  /// quotient of two exact doubles (W. D. Clinger, "How to read floating point numbers accurately",
  /// 1990).
  private var shortDecimal: Double? {
    var place = 0
    var negative = false
    if count > 0, start[0] == UInt8(ascii: "-") || start[0] == UInt8(ascii: "+") {
      negative = start[0] == UInt8(ascii: "-")
      place = 1
    }
    var digits: UInt64 = 0
    var (used, fraction, seenPoint, any) = (0, 0, false, false)
    while place < count {
      let byte = start[place]
      if byte >= 48, byte <= 57 {
        any = true
        if used > 0 || byte != 48 { used += 1 }
        guard used <= 19 else { return nil }
        digits = digits &* 10 &+ UInt64(byte - 48)
        if seenPoint { fraction += 1 }
      } else if byte == UInt8(ascii: "."), !seenPoint {
        seenPoint = true
      } else {
        break
      }
      place += 1
    }
    guard any, let exponent = exponent(from: place) else { return nil }
    let power = exponent - fraction
    guard digits <= 1 << 53, abs(power) <= 22 else { return nil }
    let magnitude =
      power < 0 ? Double(digits) / Self.powers[-power] : Double(digits) * Self.powers[power]
    return negative ? -magnitude : magnitude
  }

  /// The exponent that the rest of the field spells; zero for nothing, nil for anything else.
  private func exponent(from first: Int) -> Int? {
    guard first < count else { return 0 }
    guard "eEdD".utf8.contains(start[first]) else { return nil }
    var place = first + 1
    var negative = false
    if place < count, start[place] == UInt8(ascii: "-") || start[place] == UInt8(ascii: "+") {
      negative = start[place] == UInt8(ascii: "-")
      place += 1
    }
    guard place < count, count - place <= 4 else { return nil }
    var value = 0
    while place < count {
      guard start[place] >= 48, start[place] <= 57 else { return nil }
      value = value * 10 + Int(start[place] - 48)
      place += 1
    }
    return negative ? -value : value
  }

  private static let powers: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]

  private var anyDecimal: Double? {
    let text = string
    let plain = Double(text)
    let value = plain ?? Double(text.replacing("D", with: "E").replacing("d", with: "e"))
    return value.flatMap { $0.isNaN ? nil : $0 }
  }
}

/// Names in the order of their first appearance, found again by their bytes.
///
/// Open addressing over one arena of bytes: a million names cost no allocation each.
struct NameTable {
  private var bytes: [UInt8] = []
  private var ends: [Int] = [0]
  private var slots = [Int32](repeating: -1, count: 64)

  /// The number of names.
  var count: Int { ends.count - 1 }

  /// The name with an index.
  subscript(index: Int) -> String {
    String(decoding: bytes[ends[index]..<ends[index + 1]], as: UTF8.self)
  }

  /// All names in order.
  var names: [String] { (0..<count).map { self[$0] } }

  /// The index of a name, if it is known.
  func index(of field: Field) -> Int? {
    let slot = slots[self.slot(of: field)]
    return slot < 0 ? nil : Int(slot)
  }

  /// Whether the name with an index is that of the field.
  func has(_ field: Field, at index: Int) -> Bool {
    let (first, count) = (ends[index], ends[index + 1] - ends[index])
    return count == field.count
      && bytes.withUnsafeBufferPointer { bytes in
        guard let start = bytes.baseAddress else { return count == 0 }
        return memcmp(start + first, field.start, count) == 0
      }
  }

  /// Adds a name that is not known yet.
  mutating func append(_ field: Field) {
    if 2 * count >= slots.count { grow() }
    let place = slot(of: field)
    slots[place] = Int32(count)
    bytes.append(contentsOf: UnsafeBufferPointer(start: field.start, count: field.count))
    ends.append(bytes.count)
  }

  /// The slot that holds the name, or the free one where it belongs.
  private func slot(of field: Field) -> Int {
    var place = Self.hash(field.start, field.count) & (slots.count - 1)
    while slots[place] >= 0, !has(field, at: Int(slots[place])) {
      place = (place + 1) & (slots.count - 1)
    }
    return place
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: 2 * slots.count)
    for index in 0..<count {
      bytes.withUnsafeBufferPointer { bytes in
        guard let start = bytes.baseAddress else { return }
        var place =
          Self.hash(start + ends[index], ends[index + 1] - ends[index]) & (slots.count - 1)
        while slots[place] >= 0 { place = (place + 1) & (slots.count - 1) }
        slots[place] = Int32(index)
      }
    }
  }

  /// FNV-1a, folded.
  private static func hash(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for i in 0..<count { hash = (hash ^ UInt64(start[i])) &* 0x100_0000_01b3 }
    return Int(truncatingIfNeeded: (hash ^ (hash >> 29)) & 0x7fff_ffff_ffff)
  }
}
