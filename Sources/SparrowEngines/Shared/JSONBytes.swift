import SparrowCore
import SparrowIndex

/// Writes documents' JSON without building a tree first: a vector has a hundred numbers and more.
struct JSONBytes {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  /// A value by the ordinary writer.
  mutating func append(_ value: JSONValue) { bytes.append(contentsOf: value.data(.compact)) }

  /// A member of an object: its name, then `value`.
  mutating func append(_ name: String, _ value: JSONValue) {
    append(.string(name))
    append(":")
    append(value)
  }

  /// Numbers as an array; floats with the fewest digits that read back to them.
  mutating func appendArray(_ numbers: some Sequence<some CustomStringConvertible>) {
    append("[")
    appendJoined(numbers) { "\($0)" }
    append("]")
  }

  /// Elements with commas between them.
  mutating func appendJoined<Element>(
    _ elements: some Sequence<Element>, _ text: (Element) -> String
  ) {
    var isFirst = true
    for element in elements {
      if !isFirst { append(",") }
      append(text(element))
      isFirst = false
    }
  }
}

extension FieldValue {
  /// The value as engines take it: one word or a list of words, or a number.
  var json: JSONValue {
    switch self {
    case .keywords(let words) where words.count == 1: .string(words[0])
    case .keywords(let words): .array(words.map { .string($0) })
    case .number(let number): .number(number)
    }
  }

  /// Reads what ``json`` gives; nil for other things.
  init?(json: JSONValue) {
    if let word = json.string {
      self = .keyword(word)
    } else if let number = json.double {
      self = .number(number)
    } else if let words = json.array {
      self = .keywords(words.compactMap(\.string))
    } else {
      return nil
    }
  }
}
