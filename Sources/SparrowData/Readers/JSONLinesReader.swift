import SparrowCore

/// Reads one JSON object a line; lines of white space are skipped.
///
/// The first row decides the columns and their order. Later rows may list them in another order, but
/// must have the same ones, unless only some columns are wanted.
struct JSONLinesReader: RowReader {
  private(set) var columns: [String]
  private let isSelection: Bool
  private var firstLine = 0
  private var lines: LineReader

  init(_ lines: LineReader, columns wanted: [String]?) {
    self.lines = lines
    columns = wanted ?? []
    isSelection = wanted != nil
  }

  var lineNumber: Int { lines.lineNumber }

  mutating func next() throws(DataError) -> [DatasetValue]? {
    while true {
      let line: [UInt8]
      do throws(CoreError) {
        guard let next = try lines.next() else { return nil }
        line = next
      } catch {
        throw DataError(error)
      }
      if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) { continue }
      return try row(of: object(in: line))
    }
  }

  private var location: FileLocation { FileLocation(path: lines.path, line: lines.lineNumber) }

  private func object(in line: [UInt8]) throws(DataError) -> JSONObject {
    let value: JSONValue
    do throws(CoreError) {
      value = try JSONValue(parsing: line, path: lines.path, firstLine: lines.lineNumber)
    } catch {
      guard lines.lineNumber == 1, line.first == UInt8(ascii: "[") else { throw DataError(error) }
      throw DataError(
        .invalidData,
        "Each line must be a JSON object of its own; this file is one JSON array. Write its elements one a line.",
        at: location)
    }
    guard let object = value.object else {
      throw DataError(
        .invalidData, "Each line must be a JSON object; found \(value.kindName).", at: location)
    }
    return object
  }

  private mutating func row(of object: JSONObject) throws(DataError) -> [DatasetValue] {
    if firstLine == 0 {
      firstLine = lines.lineNumber
      if !isSelection { columns = object.keys }
      guard !columns.isEmpty else {
        throw DataError(.invalidData, "A row needs at least one column; found none.", at: location)
      }
    }
    var row: [DatasetValue] = []
    row.reserveCapacity(columns.count)
    let isInOrder = object.keys == columns
    for (position, name) in columns.enumerated() {
      guard let value = isInOrder ? object.values[position] : object[name] else {
        throw missing(name, in: object)
      }
      guard let converted = DatasetValue(value) else {
        throw DataError(
          .invalidData,
          "Column '\(name)' holds \(value.kindName) that is neither a list of texts nor one of numbers. Leave the column out by naming the columns to read.",
          at: location)
      }
      row.append(converted)
    }
    if !isSelection, object.count != columns.count {
      let known = Set(columns)
      let extra = object.keys.first { !known.contains($0) } ?? ""
      throw DataError(
        .invalidData,
        "Column '\(extra)' appears here; the rows since line \(firstLine) do not have it. All rows need the same columns.",
        at: location)
    }
    return row
  }

  private func missing(_ name: String, in object: JSONObject) -> DataError {
    let found = object.keys.map { "'\($0)'" }.joined(separator: ", ")
    guard firstLine != lines.lineNumber else {
      return DataError(
        .missing, "There is no column '\(name)'; the columns are \(found).", at: location)
    }
    return DataError(
      .invalidData,
      "Column '\(name)' is missing here, found \(found); the rows since line \(firstLine) have it.",
      at: location)
  }
}
