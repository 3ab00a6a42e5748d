import Dispatch
public import Foundation
public import SparrowCore
import Synchronization

/// Changes an index on disk: adds, replaces and deletes documents.
///
/// An index has one writer at a time, across processes, and any number of readers
/// (``IndexReader``). All methods may be called from several threads; they block while they work
/// with files. Killing the process at any moment loses nothing that a call had confirmed.
///
/// ```swift
/// let writer = try IndexWriter(creatingAt: folder, dimension: encoder.dimension)
/// try writer.upsert(ids, try encoder.encode(texts, role: .document))
/// let hits = try writer.snapshot().search(query)
/// try writer.close()
/// ```
public final class IndexWriter: Sendable {
  /// What changes, under one lock.
  struct State {
    var manifest: Manifest
    var contents: IndexContents
    /// The log, once something has been written to it.
    var log: LogWriter?
    var isClosed = false
    /// Why nothing can be written any more, after a failure that leaves files in doubt.
    var failure: IndexError?
    /// Why the last merge in the background failed.
    var compactionFailure: IndexError?
  }

  /// The folder of the index.
  public let url: URL
  /// The size of the space, `V`.
  public let dimension: Int
  /// How weights are stored.
  public let precision: WeightPrecision

  let configuration: IndexWriterConfiguration
  let folder: IndexFolder
  let files: any FileSystem
  let state: Mutex<State>
  let pool: ScratchPool
  /// Held while segments are merged, so that one merge runs at a time.
  let compaction = Mutex<Void>(())
  /// Whether a flush of the log is due (with ``Durability/interval(_:)``).
  private let isSyncScheduled = Atomic<Bool>(false)
  /// Tells a running merge to stop.
  let isStopping = Atomic<Bool>(false)
  let background = DispatchQueue(label: "sparrow.index.background", qos: .utility)
  private let lock: Mutex<IndexLock?>

  // MARK: Opening

  /// Creates an empty index in a folder, which is created as needed.
  ///
  /// - Parameters:
  ///   - url: the folder.
  ///   - dimension: the size of the space, at most 2²⁴.
  ///   - precision: how weights are stored; float16 by default.
  ///   - configuration: how the writer works.
  /// - Throws: ``IndexError`` when the folder has an index already, cannot be written, or a
  ///   setting is out of range.
  public convenience init(
    creatingAt url: URL, dimension: Int, precision: WeightPrecision = .float16,
    configuration: IndexWriterConfiguration = IndexWriterConfiguration()
  ) throws(IndexError) {
    try self.init(
      creatingAt: url, dimension: dimension, precision: precision, configuration: configuration,
      files: LocalFileSystem())
  }

  /// Opens the index in a folder for changes.
  ///
  /// - Parameters:
  ///   - url: the folder.
  ///   - configuration: how the writer works.
  /// - Throws: ``IndexError`` when there is no index, another writer has it open, or a file is
  ///   damaged.
  public convenience init(
    openingAt url: URL, configuration: IndexWriterConfiguration = IndexWriterConfiguration()
  ) throws(IndexError) {
    try self.init(openingAt: url, configuration: configuration, files: LocalFileSystem())
  }

  package convenience init(
    creatingAt url: URL, dimension: Int, precision: WeightPrecision,
    configuration: IndexWriterConfiguration, files: any FileSystem
  ) throws(IndexError) {
    try SegmentHeader.checkDimension(dimension)
    let folder = IndexFolder(url)
    try files.createFolder(folder.path)
    let lock = try IndexLock(folder)
    guard !folder.hasManifest else {
      throw IndexError(
        .usage, "There is an index in this folder already. Open it, or choose another folder.",
        at: FileLocation(path: folder.path))
    }
    let manifest = Manifest(
      identifier: UUID().uuidString, dimension: dimension, precision: precision)
    try Self.publish(manifest, in: folder, files: files)
    let contents = IndexContents(dimension: dimension, precision: precision)
    try self.init(
      url: url, state: State(manifest: manifest, contents: contents), lock: lock,
      configuration: configuration, files: files)
  }

  package convenience init(
    openingAt url: URL, configuration: IndexWriterConfiguration, files: any FileSystem
  ) throws(IndexError) {
    let folder = IndexFolder(url)
    // A missing index is reported before a lock file is left in a folder that is none.
    _ = try Manifest(in: folder)
    let lock = try IndexLock(folder)
    let manifest = try Manifest(in: folder)
    let contents = try IndexContents(
      manifest, in: folder, verification: configuration.verification)
    var state = State(manifest: manifest, contents: contents)
    try Self.recover(&state, in: folder, configuration: configuration, files: files)
    for name in folder.leftovers(inUse: manifest.files) { try files.remove(folder.file(name)) }
    try self.init(
      url: url, state: state, lock: lock, configuration: configuration, files: files)
  }

  private init(
    url: URL, state: State, lock: IndexLock, configuration: IndexWriterConfiguration,
    files: any FileSystem
  ) throws(IndexError) {
    try configuration.validate()
    self.url = url
    self.configuration = configuration
    self.files = files
    self.lock = Mutex(lock)
    folder = IndexFolder(url)
    dimension = state.manifest.dimension
    precision = state.manifest.precision
    pool = ScratchPool(dimension: state.manifest.dimension)
    self.state = Mutex(state)
  }

  /// Applies the log to the segments and prepares it for further records.
  private static func recover(
    _ state: inout State, in folder: IndexFolder, configuration: IndexWriterConfiguration,
    files: any FileSystem
  ) throws(IndexError) {
    let path = folder.file(IndexFolder.log(state.manifest.log))
    var reader: LogReader?
    do {
      reader = try LogReader(path: path, manifest: state.manifest)
      while let operation = try reader?.next() { state.contents.apply(operation) }
    } catch {
      guard configuration.recovery == .discardDamagedLog else { throw error }
    }
    guard let reader else { return }
    state.log = try LogWriter.resume(
      in: folder, manifest: state.manifest, after: reader, files: files)
  }

  // MARK: Changing

  /// Adds documents, or replaces those whose identifiers are in the index.
  ///
  /// The call is applied whole or, after a crash, not at all. Of documents with the same
  /// identifier the last one stays.
  ///
  /// - Throws: ``IndexError`` when a document does not fit the index (nothing is changed then),
  ///   the writer is closed, or writing fails.
  public func upsert(_ documents: [IndexedDocument]) throws(IndexError) {
    var prepared: [PreparedDocument] = []
    prepared.reserveCapacity(documents.count)
    for document in documents {
      prepared.append(
        try PreparedDocument(document, dimension: dimension, precision: precision))
    }
    try perform(.upsert(prepared))
  }

  /// Adds or replaces documents without fields; row `i` of `vectors` belongs to `ids[i]`.
  ///
  /// - Throws: ``IndexError`` when the counts differ or a vector does not fit the index (nothing
  ///   is changed then), the writer is closed, or writing fails.
  public func upsert(_ ids: [DocumentID], _ vectors: SparseMatrix) throws(IndexError) {
    guard ids.count == vectors.rowCount, vectors.columnCount == dimension else {
      throw IndexError(
        .usage,
        "Each document needs one vector of dimension \(dimension); found \(ids.count) identifiers and \(vectors.rowCount) vectors of dimension \(vectors.columnCount)."
      )
    }
    var prepared: [PreparedDocument] = []
    prepared.reserveCapacity(ids.count)
    for (row, id) in ids.enumerated() {
      let entries = vectors.entries(ofRow: row)
      prepared.append(
        try PreparedDocument(
          id: id, indices: entries.indices, values: entries.values, record: [],
          precision: precision))
    }
    try perform(.upsert(prepared))
  }

  /// Deletes documents; identifiers that are not in the index are ignored.
  ///
  /// - Throws: ``IndexError`` when the writer is closed or writing fails.
  public func delete(_ ids: [DocumentID]) throws(IndexError) {
    try perform(.delete(ids))
  }

  /// Deletes all documents that pass a filter.
  ///
  /// - Parameter filter: the condition.
  /// - Returns: how many documents were deleted.
  /// - Throws: ``IndexError`` when the writer is closed or writing fails.
  @discardableResult
  public func delete(where filter: DocumentFilter) throws(IndexError) -> Int {
    let ids = try snapshot().identifiers(where: filter)
    try delete(ids)
    return ids.count
  }

  private func perform(_ operation: IndexOperation) throws(IndexError) {
    let written = try state.withLock { (state) throws(IndexError) in
      try Self.checkUsable(state)
      let written = try log(operation, &state)
      state.contents.apply(operation)
      if state.contents.memoryByteCount >= configuration.flushByteCount { try flush(&state) }
      return written
    }
    if let written { try makeDurable(written) }
    startCompaction()
  }

  /// Records an operation in the log, if there is to be one.
  private func log(
    _ operation: IndexOperation, _ state: inout State
  ) throws(IndexError) -> (log: LogWriter, sequence: UInt64)? {
    if configuration.durability == .onFlush { return nil }
    do {
      let log: LogWriter
      if let open = state.log {
        log = open
      } else {
        log = try LogWriter.create(in: folder, manifest: state.manifest, files: files)
        state.log = log
      }
      return (log, try log.append(operation))
    } catch {
      if error.category != .usage { state.failure = error }
      throw error
    }
  }

  private func makeDurable(
    _ written: (log: LogWriter, sequence: UInt64)
  ) throws(IndexError) {
    switch configuration.durability {
    case .everyWrite:
      do {
        try written.log.sync(written.sequence)
      } catch {
        state.withLock { $0.failure = error }
        throw error
      }
    case .interval(let interval): scheduleSync(after: interval)
    case .onFlush: break
    }
  }

  /// Makes the log durable some time from now, once for all writes until then.
  private func scheduleSync(after interval: Duration) {
    guard !isSyncScheduled.exchange(true, ordering: .relaxed) else { return }
    let parts = interval.components
    let seconds = Double(parts.seconds) + Double(parts.attoseconds) / 1e18
    background.asyncAfter(deadline: .now() + seconds) { [weak self] in
      guard let self else { return }
      isSyncScheduled.store(false, ordering: .relaxed)
      guard let log = state.withLock({ $0.log }) else { return }
      do throws(IndexError) {
        try log.syncAll()
      } catch {
        state.withLock { $0.failure = error }
      }
    }
  }

  /// Checks that the writer may write.
  static func checkUsable(_ state: State) throws(IndexError) {
    guard !state.isClosed else {
      throw IndexError(.usage, "The index writer has been closed. Open the index again.")
    }
    if let failure = state.failure {
      throw IndexError(
        failure.category,
        "An earlier write failed, so this writer cannot go on (\(failure.message)). Open the index again.",
        at: failure.location)
    }
  }

  // MARK: Reading

  /// The index as it is now, with all changes made by this writer.
  ///
  /// - Returns: a snapshot that later changes do not affect.
  /// - Throws: ``IndexError`` when the writer is closed or memory runs out.
  public func snapshot() throws(IndexError) -> IndexSnapshot {
    let (views, calibration) = try state.withLock { (state) throws(IndexError) in
      guard !state.isClosed else {
        throw IndexError(.usage, "The index writer has been closed. Open the index again.")
      }
      try state.contents.sealPending()
      return (state.contents.views, state.manifest.calibration)
    }
    return IndexSnapshot(dimension: dimension, views: views, pool: pool, calibration: calibration)
  }

  /// What the index consists of now.
  ///
  /// - Returns: counts and sizes.
  public func statistics() -> IndexStatistics {
    state.withLock { state in
      IndexStatistics(
        state.contents, manifest: state.manifest, compactionFailure: state.compactionFailure)
    }
  }

  // MARK: Closing

  /// Writes what is in memory to a segment, waits for a running merge and lets other writers in.
  ///
  /// - Throws: ``IndexError`` when writing fails; the writer is closed all the same, and what was
  ///   confirmed is in the log.
  public func close() throws(IndexError) {
    isStopping.store(true, ordering: .relaxed)
    defer { lock.withLock { $0 = nil } }
    try compaction.withLock { (_) throws(IndexError) in
      try state.withLock { (state) throws(IndexError) in
        guard !state.isClosed else { return }
        defer { state.isClosed = true }
        guard state.failure == nil else { return }
        try flush(&state)
      }
    }
  }
}
