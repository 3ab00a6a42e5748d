public import Foundation
public import SparrowCore

extension Dataset {
  /// Writes the rows as JSON lines, whole or not at all; ``init(contentsOf:split:options:progress:)``
  /// reads them back.
  ///
  /// - Throws: `CoreError` when the file cannot be written; an older one is then still whole.
  public func writeJSONLines(to url: URL) throws(CoreError) {
    try AtomicFile.write(to: url) { handle in
      let rowsAtATime = 1000
      for start in stride(from: 0, to: rowCount, by: rowsAtATime) {
        var lines: [UInt8] = []
        for row in start..<min(start + rowsAtATime, rowCount) {
          let object = JSONObject(columnNames.map { ($0, self[row][$0]?.json ?? .null) })
          lines += JSONValue.object(object).text(.compact).utf8
          lines.append(UInt8(ascii: "\n"))
        }
        try handle.write(contentsOf: Data(lines))
      }
    }
  }
}

extension DatasetValue {
  /// The value as JSON.
  public var json: JSONValue {
    switch self {
    case .string(let text): .string(text)
    case .integer(let number): .integer(Int64(number))
    case .float(let number): .number(number)
    case .bool(let flag): .bool(flag)
    case .floats(let numbers): .array(numbers.map { .number($0) })
    case .strings(let texts): .array(texts.map { .string($0) })
    case .null: .null
    }
  }
}
