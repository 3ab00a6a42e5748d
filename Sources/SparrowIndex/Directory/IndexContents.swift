import SparrowCore

/// The documents of an index: segments on disk, segments in memory, and rows not yet in a segment.
///
/// Writers and readers share it: both apply operations in the order of the log. A document lives
/// in at most one place.
struct IndexContents: Sendable {
  /// A segment file and its state.
  struct DiskSegment: Sendable {
    let file: String
    var view: SegmentView
    /// The deletion file that the manifest names, and how many documents it lists.
    var deletionFile: String?
    var savedDeletedCount: Int

    /// Whether documents were deleted that no deletion file lists.
    var hasUnsavedDeletions: Bool { view.deletedCount != savedDeletedCount }
  }

  let dimension: Int
  let precision: WeightPrecision
  var disk: [DiskSegment] = []
  private(set) var memory: [SegmentView] = []
  private(set) var pending: PendingRows

  init(dimension: Int, precision: WeightPrecision) {
    self.dimension = dimension
    self.precision = precision
    pending = PendingRows(dimension: dimension, precision: precision)
  }

  /// Opens the segments of a manifest, taking over those that are open already.
  ///
  /// - Throws: ``IndexError`` when a file is missing or damaged.
  init(
    _ manifest: Manifest, in folder: IndexFolder, verification: FileVerification,
    reusing open: [DiskSegment] = []
  ) throws(IndexError) {
    self.init(dimension: manifest.dimension, precision: manifest.precision)
    for entry in manifest.segments {
      let known = open.first { $0.file == entry.file }?.view.segment
      let segment =
        if let known { known } else {
          try Self.openSegment(entry, manifest, folder, verification)
        }
      var deletions: Bitmap?
      if let file = entry.deletions {
        deletions = try DeletionFile.read(
          folder.file(file), documentCount: segment.documentCount)
      }
      let view = SegmentView(segment: segment, deletions: deletions)
      guard view.deletedCount == entry.deletedCount else {
        throw SegmentHeader.damage(
          "its deleted documents do not match the manifest", segment.path)
      }
      disk.append(
        DiskSegment(
          file: entry.file, view: view, deletionFile: entry.deletions,
          savedDeletedCount: view.deletedCount))
    }
  }

  private static func openSegment(
    _ entry: Manifest.Entry, _ manifest: Manifest, _ folder: IndexFolder,
    _ verification: FileVerification
  ) throws(IndexError) -> Segment {
    let segment = try Segment(path: folder.file(entry.file), verification: verification)
    let header = segment.header
    let isTheOne =
      segment.header.checksum == entry.headerChecksum && segment.byteCount == entry.byteCount
      && header.documentCount == entry.documentCount && header.dimension == manifest.dimension
      && header.precision == manifest.precision
    guard isTheOne else {
      throw SegmentHeader.damage("it is not the file that the manifest names", segment.path)
    }
    return segment
  }

  /// The number of documents.
  var documentCount: Int {
    disk.reduce(0) { $0 + $1.view.liveCount } + memory.reduce(0) { $0 + $1.liveCount }
      + pending.liveCount
  }

  /// About how much memory the documents take that are in no file.
  var memoryByteCount: Int {
    memory.reduce(0) { $0 + $1.segment.byteCount } + pending.byteCount
  }

  /// Whether anything would be lost without the log.
  var hasUnsavedChanges: Bool {
    !memory.isEmpty || pending.rowCount > 0 || disk.contains(where: \.hasUnsavedDeletions)
  }

  // MARK: Changes

  /// Applies an operation.
  mutating func apply(_ operation: IndexOperation) {
    switch operation {
    case .upsert(let documents):
      for document in documents {
        deleteFromSegments(document.id)
        pending.upsert(document)
      }
    case .delete(let ids):
      for id in ids {
        deleteFromSegments(id)
        pending.remove(id)
      }
    }
  }

  /// Whether a document is in the index.
  func contains(_ id: DocumentID) -> Bool {
    func isLive(in view: SegmentView) -> Bool {
      view.segment.number(of: id).map(view.isLive) ?? false
    }
    return pending.row(of: id) != nil || memory.contains(where: isLive)
      || disk.contains { isLive(in: $0.view) }
  }

  private mutating func deleteFromSegments(_ id: DocumentID) {
    for position in memory.indices {
      if let number = memory[position].segment.number(of: id) {
        memory[position].delete(number)
      }
    }
    for position in disk.indices {
      if let number = disk[position].view.segment.number(of: id) {
        disk[position].view.delete(number)
      }
    }
  }

  /// Moves pending rows into a segment in memory, so that searches find them.
  ///
  /// Segments of similar size are merged, so there are never more than a few and a document is
  /// written anew only as often as the logarithm of their number.
  ///
  /// - Throws: ``IndexError`` when memory runs out.
  mutating func sealPending() throws(IndexError) {
    guard pending.rowCount > 0 else { return }
    var parts: [(source: RowSource, rows: [Int])] = [
      (.pending(pending), (0..<pending.rowCount).filter(pending.isLive))
    ]
    var size = pending.liveCount
    var kept = memory
    while let last = kept.last, last.segment.documentCount < 2 * size {
      parts.append((.segment(last.segment), last.liveNumbers))
      size += last.liveCount
      kept.removeLast()
    }
    if size > 0 {
      let segment = try SegmentWriter.makeInMemory(
        OrderedRows(parts: parts), dimension: dimension, precision: precision)
      kept.append(SegmentView(segment: segment))
    }
    memory = kept
    pending.removeAll()
  }

  /// All documents that are in no file, in order.
  var unsavedRows: OrderedRows {
    var parts = memory.map { (source: RowSource.segment($0.segment), rows: $0.liveNumbers) }
    parts.append((.pending(pending), (0..<pending.rowCount).filter(pending.isLive)))
    return OrderedRows(parts: parts)
  }

  /// Forgets the documents that were in no file, because one has been written.
  mutating func removeUnsaved() {
    memory.removeAll()
    pending.removeAll()
  }

  /// The segments as they are now; pending rows must have been sealed.
  var views: [SegmentView] { disk.map(\.view) + memory }
}
