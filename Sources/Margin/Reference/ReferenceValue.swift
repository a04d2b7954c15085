/// A JSON value of a file of reference cases, whose layout depends on its method.
///
/// Numbers are doubles; object keys lose their order.
public indirect enum ReferenceValue: Sendable, Hashable {
  case null
  case flag(Bool)
  case number(Double)
  case text(String)
  case list([ReferenceValue])
  case object([String: ReferenceValue])

  /// The value of a key; nil where this is no object or has no such key.
  public subscript(key: String) -> ReferenceValue? {
    if case .object(let members) = self { return members[key] }
    return nil
  }

  /// The number, where this is one.
  public var number: Double? { if case .number(let value) = self { value } else { nil } }
  /// The text, where this is one.
  public var text: String? { if case .text(let value) = self { value } else { nil } }
  /// The truth value, where this is one.
  public var flag: Bool? { if case .flag(let value) = self { value } else { nil } }
  /// The elements, where this is a list.
  public var list: [ReferenceValue]? { if case .list(let values) = self { values } else { nil } }
  /// The members, where this is an object.
  public var object: [String: ReferenceValue]? {
    if case .object(let members) = self { members } else { nil }
  }
}

extension ReferenceValue: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .flag(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let values = try? container.decode([ReferenceValue].self) {
      self = .list(values)
    } else {
      self = .object(try container.decode([String: ReferenceValue].self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .flag(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    case .list(let values): try container.encode(values)
    case .object(let members): try container.encode(members)
    }
  }
}
