public import Foundation
public import SparrowCore
public import SparrowIndex

/// Documents in an index on disk, with their texts and the encoder's settings, so that the folder is
/// all that a search needs.
///
/// ```swift
/// let index = try CollectionIndex(openingAt: folder)
/// let retriever = try index.makeRetriever()
/// let hits = try retriever.search("statins and cancer")
/// ```
///
/// ``build(at:with:note:precision:progress:documentCount:nextDocuments:)`` makes one;
/// `IndexWriter` changes it.
public struct CollectionIndex: Sendable {
  /// The folder.
  public let folder: URL
  /// The documents.
  public let snapshot: IndexSnapshot
  /// What the index knows of its documents.
  public let note: CollectionNote

  /// Opens the index in a folder.
  ///
  /// - Throws: `IndexError` when there is none or a file is damaged; ``RetrievalError`` when it does not
  ///   say how its documents were encoded.
  public init(openingAt folder: URL) throws {
    try self.init(openingAt: folder, note: CollectionNote(of: folder))
  }

  private init(openingAt folder: URL, note: CollectionNote) throws {
    self.folder = folder
    self.note = note
    snapshot = try IndexReader(openingAt: folder).snapshot()
  }

  /// The encoder of queries with the index's documents.
  ///
  /// - Parameter model: where the model is now, nil when it is where it was.
  /// - Returns: a retriever whose hits have texts and fields.
  /// - Throws: as ``makeEncoder(for:model:)``; ``RetrievalError`` when dimensions differ.
  public func makeRetriever(model: URL? = nil) throws -> Retriever {
    try Retriever(
      encoder: makeEncoder(for: .query, model: model), snapshot: snapshot,
      options: note.space.options())
  }

  /// The encoder that made the index.
  ///
  /// - Parameters:
  ///   - role: what is to be encoded: queries of an inference-free model need no transformer.
  ///   - model: where the model is now, nil when it is where it was.
  /// - Returns: the encoder with the settings of the index.
  /// - Throws: ``RetrievalError`` when the model is not there any more or is another one; errors of its
  ///   files.
  public func makeEncoder(for role: TextRole, model: URL? = nil) throws -> any SparseEncoding {
    try note.makeEncoder(for: role, indexFolder: folder, model: model)
  }

  /// A document that was kept with its vector, nil when the index keeps no texts.
  static func document(
    _ id: DocumentID, in snapshot: IndexSnapshot
  ) throws -> CollectionDocument? {
    guard let payload = try snapshot.document(id)?.payload else { return nil }
    return try CollectionDocument(id: id, payload: payload)
  }
}
