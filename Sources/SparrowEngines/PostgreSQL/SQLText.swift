import SparrowCore
import SparrowIndex

/// A statement with parameters, which are sent apart from it.
struct SQLStatement: Sendable, Hashable {
  var text = ""
  var parameters: [String?] = []

  init(_ text: String = "", _ parameters: [String?] = []) {
    self.text = text
    self.parameters = parameters
  }

  /// Adds a parameter and returns how the statement names it.
  mutating func parameter(_ value: String, as type: String) -> String {
    parameters.append(value)
    return "$\(parameters.count)::\(type)"
  }
}

/// Spellings of values in PostgreSQL's text formats.
enum SQLText {
  /// A name in quotes.
  static func name(_ name: String) -> String {
    "\"" + name.replacing("\"", with: "\"\"") + "\""
  }

  /// pgvector's `sparsevec`: indices from 1, then the dimension.
  static func sparse(_ vector: SparseVector) -> String {
    var json = JSONBytes()
    json.append("{")
    json.appendJoined(zip(vector.indices, vector.values)) { "\(UInt64($0) + 1):\($1)" }
    json.append("}/\(vector.dimension)")
    return String(decoding: json.bytes, as: UTF8.self)
  }

  /// Reads a `sparsevec`.
  ///
  /// - Throws: ``EngineError`` of kind `internalError` when it is none.
  static func sparse(parsing text: String) throws(EngineError) -> SparseVector {
    let parts = text.split(separator: "/")
    let entries = parts.first?.dropFirst().dropLast().split(separator: ",") ?? []
    var indices: [TokenID] = []
    var values: [Float] = []
    for entry in entries {
      let pair = entry.split(separator: ":")
      guard pair.count == 2, let index = TokenID(pair[0]), index > 0, let value = Float(pair[1])
      else { break }
      indices.append(index - 1)
      values.append(value)
    }
    guard parts.count == 2, let dimension = Int(parts[1]), indices.count == entries.count,
      let vector = try? SparseVector(dimension: dimension, indices: indices, values: values)
    else {
      throw EngineError(
        .internalError, "PostgreSQL returned a sparse vector that cannot be read.")
    }
    return vector
  }

  /// pgvector's `vector`.
  static func dense(_ vector: [Float]) -> String {
    "[" + vector.map { "\($0)" }.joined(separator: ",") + "]"
  }

  /// Reads a `vector`.
  static func dense(parsing text: String) -> [Float] {
    text.dropFirst().dropLast().split(separator: ",").compactMap { Float($0) }
  }

  /// An array of texts.
  static func array(_ words: [String]) -> String {
    let quoted = words.map { word in
      "\"" + word.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
    return "{" + quoted.joined(separator: ",") + "}"
  }

  /// Reads an array of texts.
  static func words(parsing text: String) -> [String] {
    var words: [String] = []
    var word = ""
    var isQuoted = false
    var isEscaped = false
    for character in text.dropFirst() {
      if isEscaped {
        word.append(character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == "\"" {
        isQuoted.toggle()
      } else if !isQuoted, character == "," || character == "}" {
        if text != "{}" { words.append(word) }
        word = ""
      } else {
        word.append(character)
      }
    }
    return words
  }

  /// A line of COPY's text format, nil for null.
  static func copyLine(_ columns: [String?]) -> [UInt8] {
    var line: [UInt8] = []
    for (position, column) in columns.enumerated() {
      if position > 0 { line.append(UInt8(ascii: "\t")) }
      guard let column else {
        line.append(contentsOf: Array("\\N".utf8))
        continue
      }
      for byte in column.utf8 {
        switch byte {
        case UInt8(ascii: "\\"): line.append(contentsOf: Array("\\\\".utf8))
        case UInt8(ascii: "\t"): line.append(contentsOf: Array("\\t".utf8))
        case UInt8(ascii: "\n"): line.append(contentsOf: Array("\\n".utf8))
        case UInt8(ascii: "\r"): line.append(contentsOf: Array("\\r".utf8))
        default: line.append(byte)
        }
      }
    }
    line.append(UInt8(ascii: "\n"))
    return line
  }
}

/// Filters as conditions of SQL.
enum SQLFilter {
  /// A condition over the columns of the table.
  ///
  /// - Throws: ``EngineError`` of kind `usage` when a field's name cannot be used.
  static func condition(
    _ filter: DocumentFilter, _ statement: inout SQLStatement
  ) throws(EngineError) -> String {
    switch filter {
    case .keyword(let field, let words):
      try FieldName.check(field)
      let list = statement.parameter(SQLText.array(words.sorted()), as: "text[]")
      return "coalesce(\(SQLText.name(field)) && \(list), false)"
    case .number(let field, let lowest, let highest):
      try FieldName.check(field)
      let name = SQLText.name(field)
      var bounds = ["\(name) is not null"]
      if let lowest {
        bounds.append("\(name) >= \(statement.parameter("\(lowest)", as: "float8"))")
      }
      if let highest {
        bounds.append("\(name) <= \(statement.parameter("\(highest)", as: "float8"))")
      }
      return "(" + bounds.joined(separator: " and ") + ")"
    case .exists(let field):
      try FieldName.check(field)
      return "\(SQLText.name(field)) is not null"
    case .identifiers(let ids):
      let list = statement.parameter(SQLText.array(ids.sorted().map(\.rawValue)), as: "text[]")
      return "id = any(\(list))"
    case .all(let filters): return try joined(filters, "and", empty: "true", &statement)
    case .any(let filters): return try joined(filters, "or", empty: "false", &statement)
    case .not(let filter): return "not \(try condition(filter, &statement))"
    }
  }

  private static func joined(
    _ filters: [DocumentFilter], _ word: String, empty: String, _ statement: inout SQLStatement
  ) throws(EngineError) -> String {
    guard !filters.isEmpty else { return empty }
    var parts: [String] = []
    for filter in filters { parts.append(try condition(filter, &statement)) }
    return "(" + parts.joined(separator: " \(word) ") + ")"
  }
}
