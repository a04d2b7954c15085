import Foundation

/// Prints a value as JSON on standard output, keys sorted. Numbers that are not finite become null
/// through ``finite(_:)``.
func printJSON(_ value: some Encodable) throws { print(try jsonText(value)) }

/// A value as JSON, keys sorted.
func jsonText(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// JSON has no infinity: nil stands for a limit that is absent.
func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
