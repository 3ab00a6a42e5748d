public import SparrowCore

/// One cell of a dataset.
public enum DatasetValue: Sendable, Hashable {
  /// A text.
  case string(String)
  /// A whole number.
  case integer(Int)
  /// A number with a fraction.
  case float(Double)
  /// True or false.
  case bool(Bool)
  /// A list of numbers, such as a teacher's scores.
  case floats([Double])
  /// A list of texts, such as several negatives of one query.
  case strings([String])
  /// Nothing.
  case null

  /// What kinds of values a column can have.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Texts.
    case string
    /// Whole numbers.
    case integer
    /// Numbers, of which at least one has a fraction.
    case float
    /// True or false.
    case bool
    /// Lists of numbers.
    case floats
    /// Lists of texts.
    case strings

    /// The kind in words, for messages.
    public var name: String {
      switch self {
      case .string: "texts"
      case .integer: "whole numbers"
      case .float: "numbers"
      case .bool: "true or false"
      case .floats: "lists of numbers"
      case .strings: "lists of texts"
      }
    }
  }

  /// The kind, nil for ``null``; an empty list counts as one of numbers.
  public var kind: Kind? {
    switch self {
    case .string: .string
    case .integer: .integer
    case .float: .float
    case .bool: .bool
    case .floats: .floats
    case .strings: .strings
    case .null: nil
    }
  }

  /// The text, nil for other kinds.
  public var string: String? { if case .string(let value) = self { value } else { nil } }
  /// The number as float64 (true is 1), nil for other kinds.
  public var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .float(let value): value
    case .bool(let value): value ? 1 : 0
    default: nil
    }
  }
  /// The numbers of a list, nil for other kinds.
  public var floats: [Double]? { if case .floats(let values) = self { values } else { nil } }
  /// The texts of a list, nil for other kinds; an empty list has none of either kind.
  public var strings: [String]? {
    switch self {
    case .strings(let values): values
    case .floats(let values) where values.isEmpty: []
    default: nil
    }
  }

  /// Takes over a JSON value; nil for an object, a nested list, a list of unlike things, or an
  /// integer beyond 64 bits.
  public init?(_ json: JSONValue) {
    switch json {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .integer(let value): self = .integer(Int(value))
    case .number(let value): self = .float(value)
    case .string(let value): self = .string(value)
    case .bigInteger, .object: return nil
    case .array(let elements):
      let numbers = elements.compactMap(\.double)
      let texts = elements.compactMap(\.string)
      if numbers.count == elements.count {
        self = .floats(numbers)
      } else if texts.count == elements.count {
        self = .strings(texts)
      } else {
        return nil
      }
    }
  }

  /// The value as the reference's Python spells it, by which rows are compared for duplicates.
  var pythonText: String {
    switch self {
    case .string(let value): return value
    case .integer(let value): return String(value)
    case .float(let value): return Self.pythonText(value)
    case .bool(let value): return value ? "True" : "False"
    case .floats(let values):
      return "[" + values.map(Self.pythonText).joined(separator: ", ") + "]"
    case .strings(let values): return JSONValue.array(values.map { .string($0) }).text()
    case .null: return "None"
    }
  }

  private static func pythonText(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    return value.description
  }
}
