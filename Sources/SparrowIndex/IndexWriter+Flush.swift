import SparrowCore
import Synchronization

extension IndexWriter {
  /// Writes documents and deletions that are in memory to files; the log starts anew.
  ///
  /// - Throws: ``IndexError`` when the writer is closed or writing fails; nothing is lost then.
  public func flush() throws(IndexError) {
    try state.withLock { (state) throws(IndexError) in
      try Self.checkUsable(state)
      try flush(&state)
    }
    startCompaction()
  }

  /// Flushes under the lock.
  ///
  /// New files are complete and durable before the manifest names them, and old ones go after it
  /// no longer does. Until the manifest is replaced, nothing in memory changes, so a failure
  /// leaves the index as it was.
  func flush(_ state: inout State) throws(IndexError) {
    guard state.contents.hasUnsavedChanges || state.log != nil else { return }
    var manifest = state.manifest
    var contents = state.contents
    let rows = contents.unsavedRows
    if rows.count > 0 {
      let name = IndexFolder.segment(manifest.nextFile)
      manifest.nextFile += 1
      try writeSegment(rows, name: name, isCancelled: { false })
      contents.disk.append(try adoptSegment(name))
    }
    for position in contents.disk.indices where contents.disk[position].hasUnsavedDeletions {
      try saveDeletions(&contents.disk[position], &manifest)
    }
    contents.disk.removeAll { $0.view.liveCount == 0 }
    contents.removeUnsaved()
    manifest.log = manifest.nextFile
    manifest.nextFile += 1
    try publish(manifest, &state, contents: contents)
    // The flush has happened: what follows is tidying up, and is done again when the index is
    // opened the next time.
    if let log = state.log {
      state.log = nil
      try? log.retire()
    }
    removeLeftovers(state)
  }

  /// Writes a segment file under its temporary name.
  func writeSegment(
    _ rows: OrderedRows, name: String, isCancelled: () -> Bool
  ) throws(IndexError) {
    let temporary = folder.file(IndexFolder.temporary(name))
    do {
      let file = try files.createFile(temporary)
      _ = try SegmentWriter.write(
        rows, dimension: dimension, precision: precision, to: file, isCancelled: isCancelled)
      try file.close()
    } catch {
      try? files.remove(temporary)
      throw error
    }
  }

  /// Gives a written segment its name and opens it.
  func adoptSegment(_ name: String) throws(IndexError) -> IndexContents.DiskSegment {
    try files.rename(
      folder.file(IndexFolder.temporary(name)), to: folder.file(name))
    // The file was written and checksummed a moment ago; reading it back would prove nothing.
    let segment = try Segment(path: folder.file(name), verification: .quick)
    return IndexContents.DiskSegment(
      file: name, view: SegmentView(segment: segment), deletionFile: nil, savedDeletedCount: 0)
  }

  /// Writes the deletions of a segment to a new file.
  func saveDeletions(
    _ segment: inout IndexContents.DiskSegment, _ manifest: inout Manifest
  ) throws(IndexError) {
    guard let deletions = segment.view.deletions else { return }
    let name = IndexFolder.deletions(manifest.nextFile)
    manifest.nextFile += 1
    let file = try files.createFile(folder.file(name))
    try file.write(DeletionFile.bytes(of: deletions), at: 0)
    try file.sync()
    try file.close()
    segment.deletionFile = name
    segment.savedDeletedCount = segment.view.deletedCount
  }

  /// Makes a manifest the current one and the contents those of the index.
  ///
  /// If replacing the manifest fails, it is not known which of the two a reader would find: the
  /// writer stops for good, and opening the index again shows.
  func publish(
    _ manifest: Manifest, _ state: inout State, contents: IndexContents
  ) throws(IndexError) {
    var manifest = manifest
    manifest.generation += 1
    manifest.segments = contents.disk.map(Self.entry)
    do {
      try files.syncFolder(folder.path)
      try Self.writeManifest(manifest, in: folder, files: files)
    } catch {
      try? files.remove(folder.file(IndexFolder.temporary(IndexFolder.manifest)))
      throw error
    }
    do {
      try Self.replaceManifest(in: folder, files: files)
    } catch {
      state.failure = error
      throw error
    }
    state.manifest = manifest
    state.contents = contents
  }

  /// Publishes the manifest of a new index.
  static func publish(
    _ manifest: Manifest, in folder: IndexFolder, files: any FileSystem
  ) throws(IndexError) {
    try writeManifest(manifest, in: folder, files: files)
    try replaceManifest(in: folder, files: files)
  }

  private static func writeManifest(
    _ manifest: Manifest, in folder: IndexFolder, files: any FileSystem
  ) throws(IndexError) {
    let name = IndexFolder.temporary(IndexFolder.manifest)
    let file = try files.createFile(folder.file(name))
    try file.write(manifest.bytes, at: 0)
    try file.sync()
    try file.close()
  }

  private static func replaceManifest(
    in folder: IndexFolder, files: any FileSystem
  ) throws(IndexError) {
    let name = IndexFolder.temporary(IndexFolder.manifest)
    try files.rename(folder.file(name), to: folder.file(IndexFolder.manifest))
    try files.syncFolder(folder.path)
  }

  /// Removes files that the manifest no longer names.
  ///
  /// Searches that still use them keep them mapped.
  func removeLeftovers(_ state: State) {
    for name in folder.leftovers(inUse: state.manifest.files) {
      // A merge writes its segment without the lock.
      if name.hasSuffix(".tmp") { continue }
      try? files.remove(folder.file(name))
    }
  }

  private static func entry(_ segment: IndexContents.DiskSegment) -> Manifest.Entry {
    let stored = segment.view.segment
    return Manifest.Entry(
      file: segment.file, documentCount: stored.documentCount, byteCount: stored.byteCount,
      headerChecksum: stored.header.checksum, deletions: segment.deletionFile,
      deletedCount: segment.savedDeletedCount)
  }
}
