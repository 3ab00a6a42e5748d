public import Foundation
public import SparrowCore
public import SparrowIndex

/// A collection's documents in an index on disk, with their texts, and a note of what it was made of.
///
/// ```swift
/// var reader = try collection.documentReader()
/// try CollectionIndex.build(at: folder, with: encoder, source: "scifact, splade-tiny") { count in
///   try (0..<count).compactMap { _ in try reader.next() }
/// }
/// let index = try CollectionIndex(openingAt: folder)
/// let hits = try Retriever(encoder: encoder, snapshot: index.snapshot).search("statins")
/// ```
public struct CollectionIndex: Sendable {
  /// The documents.
  public let snapshot: IndexSnapshot
  /// What the index was made of, as the one who built it put it.
  public let source: String

  /// How many documents are read and encoded at once while an index is built.
  private static let windowDocumentCount = 4096
  private static let sourceFileName = "source.txt"
  /// By this file a folder is known to be an index.
  private static let manifestFileName = "MANIFEST"

  /// Opens the index in a folder.
  ///
  /// - Throws: `IndexError` when there is none or a file is damaged; ``RetrievalError`` when it was
  ///   not built by ``build(at:with:source:options:documentCount:nextDocuments:)``.
  public init(openingAt folder: URL) throws {
    snapshot = try IndexReader(openingAt: folder).snapshot()
    guard let source = Self.source(of: folder) else {
      throw RetrievalError(
        .invalidData, "The index does not say which collection it was made of. Build it again.",
        at: FileLocation(path: folder.path, item: Self.sourceFileName))
    }
    self.source = source
  }

  /// What the index in a folder was made of; nil when there is none, or none that is complete.
  public static func source(of folder: URL) -> String? {
    try? String(
      contentsOf: folder.appendingPathComponent(sourceFileName), encoding: .utf8)
  }

  /// Builds an index, which replaces the one in the folder when it is complete.
  ///
  /// Documents are read and encoded in windows, so that memory stays bounded.
  ///
  /// - Parameters:
  ///   - folder: the folder; it must be absent, empty, or hold an index.
  ///   - encoder: turns documents, title, a space and text, into vectors.
  ///   - source: what the index is made of.
  ///   - options: how documents are encoded; progress counts all of them.
  ///   - documentCount: how many documents there will be, for progress; nil when not known.
  ///   - nextDocuments: returns the next documents, at most as many as asked for, none at the end.
  /// - Throws: ``RetrievalError`` when the folder holds other things or cannot be replaced; whatever
  ///   encoder and `nextDocuments` throw; `CancellationError` when the task was cancelled.
  public static func build(
    at folder: URL, with encoder: any SparseEncoding, source: String,
    options: EncodingOptions = EncodingOptions(), documentCount: Int? = nil,
    nextDocuments: (_ count: Int) throws -> [Document]
  ) throws {
    try checkReplaceable(folder)
    let manager = FileManager.default
    let parent = folder.deletingLastPathComponent()
    let unfinished = parent.appendingPathComponent(
      ".\(folder.lastPathComponent).\(UUID().uuidString).tmp")
    do {
      // Weights are kept as they are, so that scores equal those of a search in memory.
      let writer = try IndexWriter(
        creatingAt: unfinished, dimension: encoder.dimension, precision: .float32,
        configuration: IndexWriterConfiguration(durability: .onFlush))
      var done = 0
      while true {
        let documents = try nextDocuments(windowDocumentCount)
        if documents.isEmpty { break }
        try writer.upsert(
          indexed(
            documents, with: encoder,
            options: counting(from: done, of: documentCount, options)))
        done += documents.count
      }
      try writer.close()
      try AtomicFile.write(
        Data(source.utf8), to: unfinished.appendingPathComponent(sourceFileName))
      try replace(folder, with: unfinished)
    } catch {
      try? manager.removeItem(at: unfinished)
      throw error
    }
  }

  /// A document that was kept with its vector, nil when the index keeps no texts.
  static func document(_ id: DocumentID, in snapshot: IndexSnapshot) throws -> Document? {
    guard let payload = try snapshot.document(id)?.payload else { return nil }
    let value = try JSONValue(parsing: payload, path: "document \(id)")
    guard let text = value["text"]?.string else { return nil }
    return Document(id: id, title: value["title"]?.string ?? "", text: text)
  }

  private static func indexed(
    _ documents: [Document], with encoder: any SparseEncoding, options: EncodingOptions
  ) throws -> [IndexedDocument] {
    let vectors = try encoder.encode(
      documents.map(\.content), role: .document, options: options)
    return documents.enumerated().map { row, document in
      let payload: JSONValue = ["title": .string(document.title), "text": .string(document.text)]
      return IndexedDocument(
        id: document.id, vector: vectors[row], payload: payload.data(.compact))
    }
  }

  /// The options with progress that goes on from the documents done before.
  private static func counting(
    from base: Int, of total: Int?, _ options: EncodingOptions
  ) -> EncodingOptions {
    guard let progress = options.progress else { return options }
    var options = options
    options.progress = { update in
      var update = update
      update.completed += base
      update.total = total
      progress(update)
    }
    return options
  }

  private static func checkReplaceable(_ folder: URL) throws(RetrievalError) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    guard names.isEmpty || names.contains(manifestFileName) else {
      throw RetrievalError(
        .usage, "The folder holds other files and no index. Name another folder.",
        at: FileLocation(path: folder.path))
    }
  }

  private static func replace(_ folder: URL, with finished: URL) throws(RetrievalError) {
    let manager = FileManager.default
    do {
      if manager.fileExists(atPath: folder.path) { try manager.removeItem(at: folder) }
      try manager.moveItem(at: finished, to: folder)
    } catch {
      throw RetrievalError(
        .inputOutput, "Could not put the index in place (\(AtomicFile.reason(error))).",
        at: FileLocation(path: folder.path))
    }
  }
}
