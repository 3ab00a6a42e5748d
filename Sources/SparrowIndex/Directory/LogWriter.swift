import SparrowCore
import Synchronization

/// Appends records to a log and makes them durable, for several threads at once.
///
/// One flush covers all records appended before it starts, so threads that write at the same time
/// share flushes ("group commit").
final class LogWriter: Sendable {
  private struct Appended {
    var offset: Int
    var sequence: UInt64
  }

  private let file: any WritableFile
  private let dimension: Int
  private let appended: Mutex<Appended>
  /// The sequence number up to which records are durable.
  private let synced: Mutex<UInt64>

  private init(file: any WritableFile, dimension: Int, offset: Int, sequence: UInt64) {
    self.file = file
    self.dimension = dimension
    appended = Mutex(Appended(offset: offset, sequence: sequence))
    synced = Mutex(sequence)
  }

  /// Starts a log: the file with its header is durable when this returns.
  static func create(
    in folder: IndexFolder, manifest: Manifest, files: any FileSystem
  ) throws(IndexError) -> LogWriter {
    let file = try files.createFile(folder.file(IndexFolder.log(manifest.log)))
    let header = LogFormat.header(identifier: manifest.identifier, number: manifest.log)
    try file.write(header, at: 0)
    try file.sync()
    try files.syncFolder(folder.path)
    return LogWriter(
      file: file, dimension: manifest.dimension, offset: header.count, sequence: 0)
  }

  /// Goes on with a log whose records up to `reader`'s position are whole.
  static func resume(
    in folder: IndexFolder, manifest: Manifest, after reader: LogReader, files: any FileSystem
  ) throws(IndexError) -> LogWriter {
    let path = folder.file(IndexFolder.log(manifest.log))
    let file = try files.openFile(path, cutTo: reader.offset)
    try file.sync()
    return LogWriter(
      file: file, dimension: manifest.dimension, offset: reader.offset,
      sequence: reader.sequence)
  }

  /// The number of bytes in the log.
  var byteCount: Int { appended.withLock { $0.offset } }

  /// Appends a record; it is safe from a crash of this process at once, and from a crash of the
  /// machine after ``sync(_:)``.
  ///
  /// - Returns: the record's sequence number.
  func append(_ operation: IndexOperation) throws(IndexError) -> UInt64 {
    try appended.withLock { (appended) throws(IndexError) in
      let record = try LogFormat.record(
        of: operation, sequence: appended.sequence + 1, dimension: dimension)
      try file.write(record, at: appended.offset)
      appended.offset += record.count
      appended.sequence += 1
      return appended.sequence
    }
  }

  /// Returns when the record of a sequence number is durable.
  func sync(_ sequence: UInt64) throws(IndexError) {
    try synced.withLock { (synced) throws(IndexError) in
      guard synced < sequence else { return }
      let target = appended.withLock { $0.sequence }
      try file.sync()
      synced = target
    }
  }

  /// Makes everything appended so far durable.
  func syncAll() throws(IndexError) { try sync(appended.withLock { $0.sequence }) }

  /// Ends the log when its records are durable elsewhere; threads that wait for them go on.
  func retire() throws(IndexError) {
    let last = appended.withLock { $0.sequence }
    try synced.withLock { (synced) throws(IndexError) in
      synced = last
      try file.close()
    }
  }
}
