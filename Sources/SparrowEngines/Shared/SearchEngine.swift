public import SparrowCore
public import SparrowIndex

/// A collection of documents in a search engine outside this process.
///
/// Each conforming type speaks to one product and hides its traps: it creates collections so that
/// scores are exact dot products, checks vectors before sending them, and turns answers and errors
/// into one form. What differs between engines is written at the types.
///
/// ```swift
/// let engine = try EngineAddress("qdrant://localhost:6333/packages").makeEngine()
/// try await engine.createCollection(EngineSchema(dimension: encoder.dimension))
/// let report = try await BulkLoader(engine).load(documents)
/// let hits = try await engine.search(EngineQuery(query, count: 10))
/// ```
public protocol SearchEngine: Sendable {
  /// What the engine takes in one request.
  var batchLimits: BatchLimits { get }

  /// Which product in which version answers; proves that address and credentials are right.
  func status() async throws -> EngineStatus

  /// Creates the collection with settings for exact dot products.
  ///
  /// - Throws: ``EngineError`` of kind `alreadyExists` when there is one of this name.
  func createCollection(_ schema: EngineSchema) async throws

  /// Removes the collection with all documents; does nothing when there is none.
  func deleteCollection() async throws

  /// Brings a document into the form in which the engine takes it.
  ///
  /// - Throws: ``EngineError`` of kind `invalid` when the engine could not keep it as it is: weights
  ///   that are not finite, too many of them, or negative ones where the engine has none.
  func encode(_ document: EngineDocument) throws(EngineError) -> EncodedDocument

  /// Puts documents into the collection in one request; those of known identifiers are replaced.
  ///
  /// - Returns: the documents that the engine refused while it took the others.
  /// - Throws: ``EngineError`` when the request failed as a whole. It may have been carried out
  ///   nevertheless; sending it again does no harm.
  func upsert(_ documents: [EncodedDocument]) async throws -> [RefusedDocument]

  /// Makes what was confirmed visible to searches.
  func refresh() async throws

  /// The documents with the largest dot products, or the best of a hybrid search.
  ///
  /// - Returns: hits, best first, of equal scores the lower identifier. Which documents of equal
  ///   score are among the last is up to the engine unless its type says otherwise.
  func search(_ query: EngineQuery) async throws -> [EngineHit]

  /// Documents that pass a filter, page by page.
  ///
  /// - Parameters:
  ///   - filter: the condition; nil passes all.
  ///   - count: how many documents a page has at most, 1 or more.
  ///   - cursor: where the page starts; nil is the beginning.
  /// - Returns: the documents and where the next page starts.
  /// - Throws: ``EngineError``.
  func page(
    where filter: DocumentFilter?, count: Int, after cursor: ScrollCursor?
  ) async throws -> EnginePage

  /// Removes documents; unknown identifiers are no error.
  func delete(_ ids: [DocumentID]) async throws

  /// Removes the documents that pass a filter.
  func delete(where filter: DocumentFilter) async throws

  /// How many documents pass a filter; nil counts all.
  func count(where filter: DocumentFilter?) async throws -> Int

  /// Ends all connections; the engine cannot be used afterwards.
  func close() async throws
}

extension SearchEngine {
  /// Every document that passes a filter, in pages.
  ///
  /// - Parameters:
  ///   - filter: the condition; nil passes all.
  ///   - pageSize: how many documents are fetched at once.
  ///   - body: gets each page.
  /// - Throws: ``EngineError``; `CancellationError`; what `body` throws.
  public func forEachPage(
    where filter: DocumentFilter? = nil, pageSize: Int = 500,
    _ body: ([EngineDocument]) async throws -> Void
  ) async throws {
    var cursor: ScrollCursor?
    repeat {
      try Task.checkCancellation()
      let page = try await page(where: filter, count: pageSize, after: cursor)
      if !page.documents.isEmpty { try await body(page.documents) }
      cursor = page.next
    } while cursor != nil
  }
}

extension Sequence<EngineHit> {
  /// Best first, of equal scores the lower identifier.
  func ranked() -> [EngineHit] {
    sorted { ScoredDocument.precedes($0.scored, $1.scored) }
  }
}
