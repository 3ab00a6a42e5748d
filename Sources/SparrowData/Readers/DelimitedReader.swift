import SparrowCore

/// Reads values separated by commas or tabs, quoted as in RFC 4180.
///
/// A value in double quotes may hold separators and line ends, and two double quotes for one. Empty
/// lines are skipped.
struct DelimitedReader: RowReader {
  private(set) var columns: [String] = []
  private(set) var lineNumber = 0
  private var lines: LineReader
  private let separator: UInt8
  private let usesQuotes: Bool
  private var fieldCount = 0
  private var positions: [Int] = []
  private var isNumeric: [Bool] = []

  private static let quote = UInt8(ascii: "\"")

  init(
    _ lines: LineReader, separator: UInt8, _ options: DatasetReadingOptions
  ) throws(DataError) {
    self.lines = lines
    self.separator = separator
    usesQuotes = options.usesQuotes
    let names: [String]
    if let given = options.columnNames {
      names = given
    } else {
      guard let header = try nextRecord() else {
        throw DataError(
          .invalidData, "The first line must name the columns; the file is empty.",
          at: FileLocation(path: lines.path))
      }
      names = try header.enumerated().map { position, field throws(DataError) in
        try text(field, column: "\(position + 1)")
      }
    }
    guard !names.contains(""), Set(names).count == names.count else {
      throw DataError(
        .invalidData,
        "Every column needs a name of its own; found \(names.map { "'\($0)'" }.joined(separator: ", ")). Does the file have a header?",
        at: location)
    }
    fieldCount = names.count
    columns = options.columns ?? names
    positions = try SparrowData.positions(of: columns, in: names, at: location)
    isNumeric = columns.map { options.numericColumns.contains($0) }
  }

  mutating func next() throws(DataError) -> [DatasetValue]? {
    guard let fields = try nextRecord() else { return nil }
    guard fields.count == fieldCount else {
      throw DataError(
        .invalidData,
        "Every row needs \(fieldCount) values, as many as there are columns; found \(fields.count). Values that hold a separator, a line end or a quote must be in double quotes.",
        at: location)
    }
    var row: [DatasetValue] = []
    row.reserveCapacity(columns.count)
    for (column, position) in positions.enumerated() {
      let text = try text(fields[position], column: columns[column])
      row.append(isNumeric[column] ? Self.number(text) : .string(text))
    }
    return row
  }

  private var location: FileLocation { FileLocation(path: lines.path, line: lineNumber) }

  private func text(_ field: [UInt8], column: String) throws(DataError) -> String {
    guard let text = String(validating: field, as: UTF8.self) else {
      throw DataError(
        .invalidData,
        "The value of column '\(column)' is not valid UTF-8. Convert the file to UTF-8 first.",
        at: location)
    }
    return text
  }

  /// Reads a value of a numeric column; what is no number stays text, and nothing is null.
  private static func number(_ text: String) -> DatasetValue {
    if text.isEmpty { return .null }
    if let integer = Int(text) { return .integer(integer) }
    if let number = Double(text) { return .float(number) }
    switch text.lowercased() {
    case "true": return .bool(true)
    case "false": return .bool(false)
    default: break
    }
    if text.hasPrefix("["), let list = try? JSONValue(parsing: [UInt8](text.utf8)),
      let value = DatasetValue(list), case .floats = value
    {
      return value
    }
    return .string(text)
  }

  /// The fields of the next record, which may go over several lines.
  private mutating func nextRecord() throws(DataError) -> [[UInt8]]? {
    var fields: [[UInt8]] = []
    var field: [UInt8] = []
    var isQuoted = false
    while let line = try nextLine() {
      if !isQuoted {
        if line.isEmpty || line == [UInt8(ascii: "\r")] { continue }
        lineNumber = lines.lineNumber
      }
      var position = 0
      while position < line.count {
        let byte = line[position]
        if isQuoted {
          if byte != Self.quote {
            field.append(byte)
          } else if position + 1 < line.count, line[position + 1] == Self.quote {
            field.append(byte)
            position += 1
          } else {
            isQuoted = false
            try checkEndOfQuotes(line, position + 1)
          }
        } else if byte == separator {
          fields.append(field)
          field.removeAll(keepingCapacity: true)
        } else if byte == Self.quote, usesQuotes, field.isEmpty {
          isQuoted = true
        } else if byte != UInt8(ascii: "\r") || position + 1 < line.count {
          field.append(byte)
        }
        position += 1
      }
      guard isQuoted else {
        fields.append(field)
        return fields
      }
      field.append(UInt8(ascii: "\n"))
    }
    guard !isQuoted else {
      throw DataError(
        .invalidData,
        "A value in double quotes that begins in this row never ends. If quotes have no meaning in this file, read it without them (usesQuotes = false).",
        at: location)
    }
    return nil
  }

  private func checkEndOfQuotes(_ line: [UInt8], _ position: Int) throws(DataError) {
    guard position < line.count, line[position] != separator,
      !(line[position] == UInt8(ascii: "\r") && position + 1 == line.count)
    else { return }
    throw DataError(
      .invalidData,
      "After a closing quote a separator or the end of the line must follow; found '\(Character(Unicode.Scalar(line[position])))' at byte \(position + 1). Quotes within a value are doubled; if they have no meaning in this file, read it without them (usesQuotes = false).",
      at: FileLocation(path: lines.path, line: lines.lineNumber))
  }

  private mutating func nextLine() throws(DataError) -> [UInt8]? {
    do throws(CoreError) {
      return try lines.nextKeepingCarriageReturn()
    } catch {
      throw DataError(error)
    }
  }
}
