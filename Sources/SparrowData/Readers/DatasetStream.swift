public import Foundation
public import SparrowCore

/// One row of a dataset.
public struct DatasetRow: Sendable, Hashable {
  /// The names of the columns in order.
  public let columns: [String]
  /// The values in the order of `columns`.
  public let values: [DatasetValue]

  /// A value by its column, nil when there is no such column.
  public subscript(column: String) -> DatasetValue? {
    columns.firstIndex(of: column).map { values[$0] }
  }
}

/// Reads rows one after another from files of any size, in bounded memory.
///
/// ```swift
/// var stream = try DatasetStream(contentsOf: URL(fileURLWithPath: "pairs.jsonl.gz"))
/// while let row = try stream.next() {
///   print(row["query"]?.string ?? "")
/// }
/// ```
public struct DatasetStream {
  private var remaining: ArraySlice<URL>
  private let options: DatasetReadingOptions
  private var reader: (any RowReader)?
  private var path = ""
  private var firstColumns: (names: [String], path: String)?
  private var columnKinds = ColumnKinds()

  /// Opens files of the same columns, which are read one after another; a folder stands for the data
  /// files in it.
  ///
  /// - Throws: ``DataError`` when there is no file, or one is missing or of unknown format.
  public init(
    contentsOf urls: [URL], options: DatasetReadingOptions = DatasetReadingOptions()
  ) throws(DataError) {
    var files: [URL] = []
    for url in urls {
      if DatasetFiles.isFolder(url) {
        files += try DatasetFiles.files(in: url)
      } else {
        guard FileManager.default.fileExists(atPath: url.path) else {
          throw DataError(.missing, "There is no such file.", at: FileLocation(path: url.path))
        }
        if options.format == nil { _ = try DatasetFormat.recognise(url) }
        files.append(url)
      }
    }
    guard !files.isEmpty else {
      throw DataError(.usage, "A dataset needs at least one file; none was named.")
    }
    remaining = files[...]
    self.options = options
  }

  /// Opens one file, or the data files of a folder.
  ///
  /// - Throws: ``DataError`` as ``init(contentsOf:options:)-([URL],_)``.
  public init(
    contentsOf url: URL, options: DatasetReadingOptions = DatasetReadingOptions()
  ) throws(DataError) {
    try self.init(contentsOf: [url], options: options)
  }

  /// Where the row returned last begins.
  public var location: FileLocation { FileLocation(path: path, line: reader?.lineNumber) }

  /// The kind of each column as far as it was read, nil where only nulls were seen.
  public var kinds: [DatasetValue.Kind?] { columnKinds.kinds }

  /// The next row, nil at the end.
  ///
  /// - Throws: ``DataError`` naming file and line when a row cannot be read, has other columns than
  ///   the first, or holds another kind of value than the rows before.
  public mutating func next() throws(DataError) -> DatasetRow? {
    while true {
      if reader == nil {
        guard let url = remaining.popFirst() else { return nil }
        path = url.path
        reader = try makeRowReader(url, options)
      }
      guard let values = try reader?.next(), let columns = reader?.columns else {
        reader = nil
        continue
      }
      let row = try arranged(values, columns)
      try columnKinds.add(row.values, columns: row.columns, at: location)
      return row
    }
  }

  /// Brings the values of a later file into the order of the first file's columns.
  private mutating func arranged(
    _ values: [DatasetValue], _ columns: [String]
  ) throws(DataError) -> DatasetRow {
    guard let first = firstColumns else {
      firstColumns = (columns, path)
      return DatasetRow(columns: columns, values: values)
    }
    if columns == first.names { return DatasetRow(columns: first.names, values: values) }
    guard Set(columns) == Set(first.names) else {
      throw DataError(
        .invalidData,
        "All files need the same columns; found \(columns.map { "'\($0)'" }.joined(separator: ", ")) here and \(first.names.map { "'\($0)'" }.joined(separator: ", ")) in \(first.path).",
        at: location)
    }
    let positions = try positions(of: first.names, in: columns, at: location)
    return DatasetRow(columns: first.names, values: positions.map { values[$0] })
  }
}
