public import Foundation

extension JSONValue {
  /// Reads one JSON text.
  ///
  /// - Parameters:
  ///   - data: UTF-8 bytes; a byte-order mark is skipped.
  ///   - path: the file named in errors.
  ///   - firstLine: the line number of the first byte, for texts that are one line of a file.
  /// - Throws: ``CoreError`` naming line and column when the text is not valid JSON or not UTF-8.
  public init(
    parsing data: Data, path: String = "JSON text", firstLine: Int = 1
  ) throws(CoreError) {
    try self.init(parsing: [UInt8](data), path: path, firstLine: firstLine)
  }

  /// Reads one JSON text from bytes; see ``init(parsing:path:firstLine:)-(Data,_,_)``.
  public init(
    parsing bytes: [UInt8], path: String = "JSON text", firstLine: Int = 1
  ) throws(CoreError) {
    var parser = JSONParser(bytes: bytes, path: path, firstLine: firstLine)
    self = try parser.parseDocument()
  }

  /// Reads a JSON file.
  ///
  /// - Throws: ``CoreError`` when the file is missing, unreadable or not valid JSON.
  public init(contentsOf url: URL) throws(CoreError) {
    let data: Data
    do {
      data = try Data(contentsOf: url)
    } catch {
      let exists = FileManager.default.fileExists(atPath: url.path)
      throw CoreError(
        exists ? .inputOutput : .missing,
        exists
          ? "Could not read the file (\(AtomicFile.reason(error)))." : "There is no such file.",
        at: FileLocation(path: url.path))
    }
    try self.init(parsing: data, path: url.path)
  }
}

/// A recursive-descent reader over UTF-8 bytes (RFC 8259, plus `NaN` and `Infinity` as Python
/// writes them).
struct JSONParser {
  private let bytes: [UInt8]
  private let path: String
  private let firstLine: Int
  private var position = 0
  private var depth = 0
  private static let maximumDepth = 200

  init(bytes: [UInt8], path: String, firstLine: Int) {
    self.bytes = bytes
    self.path = path
    self.firstLine = firstLine
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  mutating func parseDocument() throws(CoreError) -> JSONValue {
    skipSpace()
    let value = try parseValue()
    skipSpace()
    guard position == bytes.count else { throw failure("expected the end of the text") }
    return value
  }

  private func failure(_ expectation: String) -> CoreError {
    var line = firstLine
    var lineStart = 0
    for index in 0..<min(position, bytes.count) where bytes[index] == UInt8(ascii: "\n") {
      line += 1
      lineStart = index + 1
    }
    let found =
      position < bytes.count
      ? "'\(Character(Unicode.Scalar(bytes[position])))'" : "the end of the text"
    return CoreError(
      .invalidData, "This is not valid JSON: \(expectation), found \(found).",
      at: FileLocation(path: path, line: line, item: "column \(position - lineStart + 1)"))
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  private mutating func parseValue() throws(CoreError) -> JSONValue {
    guard position < bytes.count else { throw failure("expected a value") }
    switch bytes[position] {
    case UInt8(ascii: "{"): return try parseObject()
    case UInt8(ascii: "["): return try parseArray()
    case UInt8(ascii: "\""): return .string(try parseString())
    case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
    case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
    case UInt8(ascii: "n"): return try parseWord("null", .null)
    case UInt8(ascii: "N"): return try parseWord("NaN", .number(.nan))
    case UInt8(ascii: "I"): return try parseWord("Infinity", .number(.infinity))
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
    default: throw failure("expected a value")
    }
  }

  private mutating func parseWord(
    _ word: StaticString, _ value: JSONValue
  ) throws(CoreError) -> JSONValue {
    for byte in word.description.utf8 {
      guard position < bytes.count, bytes[position] == byte else {
        throw failure("expected '\(word)'")
      }
      position += 1
    }
    return value
  }

  private mutating func enter() throws(CoreError) {
    depth += 1
    guard depth <= Self.maximumDepth else {
      throw failure("expected at most \(Self.maximumDepth) nested arrays and objects")
    }
    position += 1
    skipSpace()
  }

  private mutating func parseObject() throws(CoreError) -> JSONValue {
    try enter()
    defer { depth -= 1 }
    var object = JSONObject()
    if position < bytes.count, bytes[position] == UInt8(ascii: "}") {
      position += 1
      return .object(object)
    }
    while true {
      guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
        throw failure("expected a key in double quotes")
      }
      let key = try parseString()
      skipSpace()
      guard position < bytes.count, bytes[position] == UInt8(ascii: ":") else {
        throw failure("expected ':'")
      }
      position += 1
      skipSpace()
      object[key] = try parseValue()
      skipSpace()
      guard position < bytes.count else { throw failure("expected ',' or '}'") }
      if bytes[position] == UInt8(ascii: "}") {
        position += 1
        return .object(object)
      }
      guard bytes[position] == UInt8(ascii: ",") else { throw failure("expected ',' or '}'") }
      position += 1
      skipSpace()
    }
  }

  private mutating func parseArray() throws(CoreError) -> JSONValue {
    try enter()
    defer { depth -= 1 }
    var elements: [JSONValue] = []
    if position < bytes.count, bytes[position] == UInt8(ascii: "]") {
      position += 1
      return .array(elements)
    }
    while true {
      elements.append(try parseValue())
      skipSpace()
      guard position < bytes.count else { throw failure("expected ',' or ']'") }
      if bytes[position] == UInt8(ascii: "]") {
        position += 1
        return .array(elements)
      }
      guard bytes[position] == UInt8(ascii: ",") else { throw failure("expected ',' or ']'") }
      position += 1
      skipSpace()
    }
  }

  private mutating func parseNumber() throws(CoreError) -> JSONValue {
    let start = position
    if bytes[position] == UInt8(ascii: "-") { position += 1 }
    if position < bytes.count, bytes[position] == UInt8(ascii: "I") {
      return try parseWord("Infinity", .number(-.infinity))
    }
    let integerStart = position
    skipDigits()
    guard position > integerStart else { throw failure("expected a digit") }
    if bytes[integerStart] == UInt8(ascii: "0"), position > integerStart + 1 {
      position = integerStart + 1
      throw failure("a number must not begin with 0")
    }
    var isInteger = true
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      let fractionStart = position
      skipDigits()
      guard position > fractionStart else { throw failure("expected a digit") }
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      position += 1
      if position < bytes.count,
        bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-")
      {
        position += 1
      }
      let exponentStart = position
      skipDigits()
      guard position > exponentStart else { throw failure("expected a digit") }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger { return Int64(text).map { .integer($0) } ?? .bigInteger(text) }
    guard let number = Double(text) else { throw failure("expected a number") }
    return .number(number)
  }

  private mutating func skipDigits() {
    while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position])
    {
      position += 1
    }
  }

  private mutating func parseString() throws(CoreError) -> String {
    position += 1
    let start = position
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        let text = try decode(bytes[start..<position], at: start)
        position += 1
        return text
      }
      if byte == UInt8(ascii: "\\") { return try parseEscapedString(from: start) }
      guard byte >= 0x20 else {
        throw failure("a control character in a string must be escaped")
      }
      position += 1
    }
    throw failure("expected the closing '\"' of a string")
  }

  private mutating func parseEscapedString(from start: Int) throws(CoreError) -> String {
    var unescaped = Array(bytes[start..<position])
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""):
        let text = try decode(unescaped[...], at: start)
        position += 1
        return text
      case UInt8(ascii: "\\"):
        position += 1
        try parseEscape(into: &unescaped)
      default:
        guard byte >= 0x20 else {
          throw failure("a control character in a string must be escaped")
        }
        unescaped.append(byte)
        position += 1
      }
    }
    throw failure("expected the closing '\"' of a string")
  }

  private mutating func parseEscape(into output: inout [UInt8]) throws(CoreError) {
    guard position < bytes.count else { throw failure("expected an escape") }
    let byte = bytes[position]
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): output.append(byte)
    case UInt8(ascii: "b"): output.append(0x08)
    case UInt8(ascii: "f"): output.append(0x0C)
    case UInt8(ascii: "n"): output.append(0x0A)
    case UInt8(ascii: "r"): output.append(0x0D)
    case UInt8(ascii: "t"): output.append(0x09)
    case UInt8(ascii: "u"):
      position += 1
      var code = try parseHexadecimal()
      if (0xD800..<0xDC00).contains(code), position + 1 < bytes.count,
        bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
      {
        let saved = position
        position += 2
        let low = try parseHexadecimal()
        if (0xDC00..<0xE000).contains(low) {
          code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        } else {
          position = saved
        }
      }
      // A surrogate without its partner has no UTF-8 form and becomes the replacement character.
      let scalar = Unicode.Scalar(code) ?? "\u{FFFD}"
      output.append(contentsOf: String(Character(scalar)).utf8)
      return
    default: throw failure("unknown escape")
    }
    position += 1
  }

  private mutating func parseHexadecimal() throws(CoreError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.count,
        let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue
      else { throw failure("expected four hexadecimal digits") }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }

  private func decode(_ slice: ArraySlice<UInt8>, at start: Int) throws(CoreError) -> String {
    guard let text = String(validating: slice, as: UTF8.self) else {
      throw failure("a string that begins at byte \(start) is not valid UTF-8")
    }
    return text
  }
}
