import SparrowCore

/// Reads one text a line; empty lines are empty texts.
struct PlainTextReader: RowReader {
  let columns = ["text"]
  private var lines: LineReader

  init(_ lines: LineReader, columns wanted: [String]?) throws(DataError) {
    self.lines = lines
    if let wanted {
      _ = try positions(of: wanted, in: ["text"], at: FileLocation(path: lines.path))
    }
  }

  var lineNumber: Int { lines.lineNumber }

  mutating func next() throws(DataError) -> [DatasetValue]? {
    do throws(CoreError) {
      return try lines.nextText().map { [.string($0)] }
    } catch {
      throw DataError(error)
    }
  }
}
