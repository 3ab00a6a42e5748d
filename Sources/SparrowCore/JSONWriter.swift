public import Foundation

/// How JSON is laid out.
public struct JSONFormat: Sendable, Hashable {
  /// Spaces of each level; nil writes everything on one line.
  public var indent: Int?
  /// Writes non-ASCII characters as `\uXXXX`, as Python does by default.
  public var escapesNonASCII: Bool
  /// Leaves out the spaces after `,` and `:` on one-line texts.
  public var isCompact: Bool

  /// Makes a format; the default equals Python's `json.dumps`.
  public init(indent: Int? = nil, escapesNonASCII: Bool = true, isCompact: Bool = false) {
    self.indent = indent
    self.escapesNonASCII = escapesNonASCII
    self.isCompact = isCompact
  }

  /// No spaces, no escapes: for JSON lines that machines read.
  public static let compact = JSONFormat(escapesNonASCII: false, isCompact: true)
}

extension JSONValue {
  /// The value as JSON text, without a newline at the end.
  public func text(_ format: JSONFormat = JSONFormat()) -> String {
    var output: [UInt8] = []
    write(to: &output, format: format, level: 0)
    return String(decoding: output, as: UTF8.self)
  }

  /// The value as UTF-8 bytes of JSON, without a newline at the end.
  public func data(_ format: JSONFormat = JSONFormat()) -> Data {
    var output: [UInt8] = []
    write(to: &output, format: format, level: 0)
    return Data(output)
  }

  private func write(to output: inout [UInt8], format: JSONFormat, level: Int) {
    switch self {
    case .null: output.append(contentsOf: "null".utf8)
    case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
    case .integer(let value): output.append(contentsOf: value.description.utf8)
    case .bigInteger(let text): output.append(contentsOf: text.utf8)
    case .number(let value): output.append(contentsOf: Self.spelling(of: value).utf8)
    case .string(let value): Self.writeString(value, to: &output, format: format)
    case .array(let elements):
      Self.writeGroup(
        elements, open: "[", close: "]", to: &output, format: format, level: level
      ) { element, output in
        element.write(to: &output, format: format, level: level + 1)
      }
    case .object(let object):
      Self.writeGroup(
        Array(object.members), open: "{", close: "}", to: &output, format: format, level: level
      ) { member, output in
        Self.writeString(member.0, to: &output, format: format)
        output.append(contentsOf: (format.isCompact ? ":" : ": ").utf8)
        member.1.write(to: &output, format: format, level: level + 1)
      }
    }
  }

  private static func writeGroup<Element>(
    _ elements: [Element], open: String, close: String, to output: inout [UInt8],
    format: JSONFormat, level: Int, _ writeElement: (Element, inout [UInt8]) -> Void
  ) {
    output.append(contentsOf: open.utf8)
    for (index, element) in elements.enumerated() {
      if index > 0 {
        output.append(UInt8(ascii: ","))
        if format.indent == nil, !format.isCompact { output.append(UInt8(ascii: " ")) }
      }
      if let indent = format.indent { newLine(indent * (level + 1), to: &output) }
      writeElement(element, &output)
    }
    if let indent = format.indent, !elements.isEmpty { newLine(indent * level, to: &output) }
    output.append(contentsOf: close.utf8)
  }

  private static func newLine(_ spaces: Int, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\n"))
    output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: spaces))
  }

  /// A float64 as Python spells it: shortest digits that read back, `NaN` and `Infinity` as words.
  public static func spelling(of value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    return value.description
  }

  private static func writeString(
    _ text: String, to output: inout [UInt8], format: JSONFormat
  ) {
    output.append(UInt8(ascii: "\""))
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output.append(contentsOf: "\\\"".utf8)
      case "\\": output.append(contentsOf: "\\\\".utf8)
      case "\n": output.append(contentsOf: "\\n".utf8)
      case "\r": output.append(contentsOf: "\\r".utf8)
      case "\t": output.append(contentsOf: "\\t".utf8)
      case "\u{08}": output.append(contentsOf: "\\b".utf8)
      case "\u{0C}": output.append(contentsOf: "\\f".utf8)
      case _ where scalar.value < 0x20 || (format.escapesNonASCII && scalar.value > 0x7E):
        for unit in String(Character(scalar)).utf16 { writeEscape(unit, to: &output) }
      default: output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      }
    }
    output.append(UInt8(ascii: "\""))
  }

  private static func writeEscape(_ unit: UInt16, to output: inout [UInt8]) {
    let digits = String(unit, radix: 16)
    output.append(contentsOf: "\\u".utf8)
    output.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 4 - digits.count))
    output.append(contentsOf: digits.utf8)
  }
}
