public import Foundation
public import SparrowCore

extension Dataset {
  /// Reads a file, or the data files of a folder, into memory.
  ///
  /// - Parameters:
  ///   - url: a file that ends in `.jsonl`, `.json`, `.csv`, `.tsv` or `.txt`, each also with `.gz`, or
  ///     a folder of such files.
  ///   - split: which files of a folder to read, for example `train`.
  ///   - options: which columns are read, and how.
  ///   - progress: receives the number of rows read; nil reports nothing.
  /// - Throws: ``DataError`` naming file and line when a row cannot be read, and when there are no
  ///   rows; `CancellationError` when the task was cancelled.
  public init(
    contentsOf url: URL, split: String? = nil,
    options: DatasetReadingOptions = DatasetReadingOptions(), progress: ProgressReporter? = nil
  ) throws {
    guard let split else {
      try self.init(contentsOf: [url], options: options, progress: progress)
      return
    }
    guard DatasetFiles.isFolder(url) else {
      throw DataError(
        .usage, "A part ('\(split)') can be chosen from a folder only; this is no folder.",
        at: FileLocation(path: url.path))
    }
    try self.init(
      contentsOf: DatasetFiles.files(in: url, split: split), options: options, progress: progress)
  }

  /// Reads several files of the same columns into memory; see
  /// ``init(contentsOf:split:options:progress:)``.
  public init(
    contentsOf urls: [URL], options: DatasetReadingOptions = DatasetReadingOptions(),
    progress: ProgressReporter? = nil
  ) throws {
    let reportInterval = 10_000
    var stream = try DatasetStream(contentsOf: urls, options: options)
    var names: [String] = []
    var columns: [[DatasetValue]] = []
    var origins = Origins()
    var rowCount = 0
    while let row = try stream.next() {
      if columns.isEmpty {
        names = row.columns
        columns = Array(repeating: [], count: names.count)
      }
      for (position, value) in row.values.enumerated() { columns[position].append(value) }
      let location = stream.location
      if origins.paths.last != location.path { origins.paths.append(location.path) }
      origins.rows.append(
        Origins.Origin(
          path: Int32(clamping: origins.paths.count - 1), line: Int32(clamping: location.line ?? 0)
        ))
      rowCount += 1
      if rowCount % reportInterval == 0 {
        try Task.checkCancellation()
        progress?(
          ProgressUpdate(
            activity: "Reading the dataset", completed: rowCount, total: nil, unit: "rows"))
      }
    }
    guard rowCount > 0 else {
      throw DataError(
        .invalidData, "A dataset needs at least one row; there is none.",
        at: urls.first.map { FileLocation(path: $0.path) })
    }
    progress?(
      ProgressUpdate(
        activity: "Reading the dataset", completed: rowCount, total: rowCount, unit: "rows"))
    self.init(
      unchecked: names, rowCount: rowCount, columns: columns, kinds: stream.kinds,
      origins: origins)
  }
}
