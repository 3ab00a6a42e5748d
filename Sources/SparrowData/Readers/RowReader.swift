import Foundation
import SparrowCore

/// Reads the rows of one file in order.
protocol RowReader {
  /// The columns in order; known after the first call of ``next()`` at the latest.
  var columns: [String] { get }
  /// The line on which the row returned last begins.
  var lineNumber: Int { get }
  /// The next row's values in the order of `columns`, nil at the end.
  mutating func next() throws(DataError) -> [DatasetValue]?
}

/// Opens a file in its format.
func makeRowReader(
  _ url: URL, _ options: DatasetReadingOptions
) throws(DataError) -> any RowReader {
  let format = if let given = options.format { given } else { try DatasetFormat.recognise(url) }
  let lines: LineReader
  do throws(CoreError) {
    lines = try LineReader(possiblyCompressed: url)
  } catch {
    throw DataError(error)
  }
  switch format {
  case .jsonLines: return JSONLinesReader(lines, columns: options.columns)
  case .csv: return try DelimitedReader(lines, separator: UInt8(ascii: ","), options)
  case .tsv: return try DelimitedReader(lines, separator: UInt8(ascii: "\t"), options)
  case .text: return try PlainTextReader(lines, columns: options.columns)
  }
}

/// The position of each wanted column, or an error that lists the columns there are.
func positions(
  of wanted: [String], in columns: [String], at location: FileLocation
) throws(DataError) -> [Int] {
  var positions: [Int] = []
  for name in wanted {
    guard let position = columns.firstIndex(of: name) else {
      throw DataError(
        .missing,
        "There is no column '\(name)'; the columns are \(columns.map { "'\($0)'" }.joined(separator: ", ")).",
        at: location)
    }
    positions.append(position)
  }
  return positions
}
