public import Foundation
public import SparrowCore
public import SparrowIndex

extension CollectionIndex {
  /// Builds an index, which replaces the one in the folder when it is complete.
  ///
  /// Documents are read and encoded in windows, so that memory stays bounded. Until the end the
  /// index is written beside its place; whatever ends the build leaves the old one as it was.
  ///
  /// - Parameters:
  ///   - folder: the folder; it must be absent, empty, or hold an index.
  ///   - encoder: turns documents, title, a space and text, into vectors.
  ///   - note: what the index is to know of its documents.
  ///   - precision: how weights are kept; float32 by default, so that scores equal those of a search in
  ///     memory.
  ///   - progress: counts documents; nil reports nothing.
  ///   - documentCount: how many documents there will be, for progress; nil when not known.
  ///   - nextDocuments: returns the next documents, at most as many as asked for, none at the end.
  /// - Returns: how many documents were read, and how many there are.
  /// - Throws: ``RetrievalError`` when the folder holds other things or cannot be replaced; `IndexError`
  ///   when another process writes to it; whatever encoder and `nextDocuments` throw;
  ///   `CancellationError` when the task was cancelled.
  @discardableResult
  public static func build(
    at folder: URL, with encoder: any SparseEncoding, note: CollectionNote,
    precision: WeightPrecision = .float32, progress: ProgressReporter? = nil,
    documentCount: Int? = nil, nextDocuments: (_ count: Int) throws -> [CollectionDocument]
  ) throws -> CollectionLoadReport {
    UnfinishedFolder.restore(folder)
    try checkReplaceable(folder)
    let lock = isIndex(folder) ? try IndexLock(of: folder) : nil
    let place = UnfinishedFolder(for: folder)
    place.removeAbandoned()
    let report: CollectionLoadReport
    do {
      let writer = try IndexWriter(
        creatingAt: place.url, dimension: encoder.dimension, precision: precision,
        configuration: IndexWriterConfiguration(durability: .onFlush))
      let loader = CollectionLoader(
        encoder: encoder, options: note.space.options(progress), documentCount: documentCount)
      report = try loader.load(into: writer, nextDocuments)
      try writer.close()
      try note.write(to: place.url, encoder: encoder)
      try place.replace(folder)
    } catch {
      place.remove()
      throw error
    }
    withExtendedLifetime(lock) {}
    return report
  }

  /// Adds documents to the index in a folder, or replaces those whose identifiers it has.
  ///
  /// Each window of documents is in the index once it is written; what ends the work later takes
  /// nothing back, and doing it again does no harm.
  ///
  /// - Parameters:
  ///   - folder: the folder of an index.
  ///   - encoder: the index's encoder, see ``makeEncoder(for:model:)``.
  ///   - progress: counts documents; nil reports nothing.
  ///   - documentCount: how many documents there will be, for progress; nil when not known.
  ///   - nextDocuments: returns the next documents, at most as many as asked for, none at the end.
  /// - Returns: how many documents were read, and how many there are now.
  /// - Throws: `IndexError` when there is no index or another process writes to it; whatever encoder and
  ///   `nextDocuments` throw; `CancellationError` when the task was cancelled.
  @discardableResult
  public static func add(
    to folder: URL, with encoder: any SparseEncoding, progress: ProgressReporter? = nil,
    documentCount: Int? = nil, nextDocuments: (_ count: Int) throws -> [CollectionDocument]
  ) throws -> CollectionLoadReport {
    let note = try CollectionNote(of: folder)
    let writer = try IndexWriter(openingAt: folder)
    let loader = CollectionLoader(
      encoder: encoder, options: note.space.options(progress), documentCount: documentCount)
    do {
      let report = try loader.load(into: writer, nextDocuments)
      try writer.close()
      return report
    } catch {
      try? writer.close()
      throw error
    }
  }

  /// Whether a folder holds an index, sound or not.
  static func isIndex(_ folder: URL) -> Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent("MANIFEST").path)
  }

  private static func checkReplaceable(_ folder: URL) throws(RetrievalError) {
    let manager = FileManager.default
    var isFolder: ObjCBool = false
    guard unsafe manager.fileExists(atPath: folder.path, isDirectory: &isFolder) else { return }
    guard isFolder.boolValue else {
      throw RetrievalError(
        .usage, "An index is a folder; this is a file. Name another place.",
        at: FileLocation(path: folder.path))
    }
    let names = (try? manager.contentsOfDirectory(atPath: folder.path)) ?? []
    guard names.isEmpty || isIndex(folder) else {
      throw RetrievalError(
        .usage, "The folder holds other files and no index. Name another folder.",
        at: FileLocation(path: folder.path))
    }
  }
}
