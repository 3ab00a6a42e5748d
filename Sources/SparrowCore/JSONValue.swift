/// A JSON value that keeps the order of object keys, and integers apart from fractions.
///
/// Foundation's reader loses the order of keys, which here carries meaning: columns of a training
/// set are told apart by it, and saved configurations keep it.
public enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case integer(Int64)
  /// An integer beyond 64 bits, as it was written.
  case bigInteger(String)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  /// The float32 number, written with the fewest digits that read back to it.
  public static func shortest(_ value: Float) -> JSONValue {
    guard value.isFinite, let decimal = Double(value.description) else {
      return .number(Double(value))
    }
    return .number(decimal)
  }

  /// True for ``null``.
  public var isNull: Bool { self == .null }
  /// The truth value, nil for other kinds.
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// The text, nil for other kinds.
  public var string: String? { if case .string(let value) = self { value } else { nil } }
  /// The elements, nil for other kinds.
  public var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
  /// The members, nil for other kinds.
  public var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
  /// The integer, nil for other kinds.
  ///
  /// A fraction-free number counts as an integer.
  public var int: Int? {
    switch self {
    case .integer(let value): Int(exactly: value)
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }
  /// The number as float64, nil for other kinds.
  public var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .bigInteger(let text): Double(text)
    case .number(let value): value
    default: nil
    }
  }
  /// A member of an object; nil when absent or when this is no object.
  public subscript(key: String) -> JSONValue? { object?[key] }
  /// What kind of value this is, in words, for messages.
  public var kindName: String {
    switch self {
    case .null: "null"
    case .bool: "true or false"
    case .integer, .bigInteger, .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  /// Makes a string.
  public init(stringLiteral value: String) { self = .string(value) }
  /// Makes an integer.
  public init(integerLiteral value: Int64) { self = .integer(value) }
  /// Makes a number.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// Makes a truth value.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// Makes an array.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// Makes an object; of repeated keys the last value counts.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(JSONObject(elements))
  }
  /// Makes null.
  public init(nilLiteral: ()) { self = .null }
}

/// The members of a JSON object in the order in which they were written.
public struct JSONObject: Sendable, Hashable {
  /// Keys in order, without repeats.
  public private(set) var keys: [String] = []
  /// Values in the order of `keys`.
  public private(set) var values: [JSONValue] = []
  private var positions: [ExactText: Int] = [:]

  /// Below this many members a linear search is faster than hashing.
  private static let hashingCount = 12

  /// Makes an empty object.
  public init() {}

  /// Makes an object from members; of repeated keys the last value counts.
  public init(_ members: [(String, JSONValue)]) {
    for (key, value) in members { self[key] = value }
  }

  /// The number of members.
  public var count: Int { keys.count }
  /// Whether there are no members.
  public var isEmpty: Bool { keys.isEmpty }

  /// A member's value.
  ///
  /// Setting a new key appends it; setting nil removes the member.
  public subscript(key: String) -> JSONValue? {
    get { position(of: key).map { values[$0] } }
    set {
      if let position = position(of: key) {
        if let newValue {
          values[position] = newValue
        } else {
          keys.remove(at: position)
          values.remove(at: position)
          rebuildPositions()
        }
      } else if let newValue {
        keys.append(key)
        values.append(newValue)
        if keys.count == Self.hashingCount {
          rebuildPositions()
        } else if keys.count > Self.hashingCount {
          positions[ExactText(key)] = keys.count - 1
        }
      }
    }
  }

  /// The same members with keys in ascending order of their UTF-8 bytes.
  public var sortedByKey: JSONObject {
    JSONObject(
      zip(keys, values).sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) })
  }

  /// Keys and values in order.
  public var members: Zip2Sequence<[String], [JSONValue]> { zip(keys, values) }

  private func position(of key: String) -> Int? {
    if keys.count >= Self.hashingCount { return positions[ExactText(key)] }
    return keys.firstIndex { ExactText($0) == ExactText(key) }
  }

  private mutating func rebuildPositions() {
    positions = [:]
    guard keys.count >= Self.hashingCount else { return }
    for (position, key) in keys.enumerated() { positions[ExactText(key)] = position }
  }
}

/// A text that equals another only byte by byte.
///
/// Strings compare by canonical equivalence, but `"\u212B"` and `"\u00C5"` are two keys of an object.
private struct ExactText: Hashable, Sendable {
  private let text: String

  init(_ text: String) { self.text = text }

  static func == (left: ExactText, right: ExactText) -> Bool {
    left.text.utf8.count == right.text.utf8.count
      && left.text.utf8.elementsEqual(right.text.utf8)
  }

  func hash(into hasher: inout Hasher) {
    let isHashed: Void? = unsafe text.utf8.withContiguousStorageIfAvailable { bytes in
      unsafe hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
    }
    if isHashed == nil { for byte in text.utf8 { hasher.combine(byte) } }
  }
}
