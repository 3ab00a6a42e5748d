public import SparrowCore
public import SparrowEvaluation
public import SparrowIndex

/// Finds documents for texts: encodes the query, searches an inverted index, explains the hits.
///
/// Scores are dot products. Not `Sendable` because encoders are not: one task owns a retriever.
///
/// ```swift
/// let encoder = try SparseEncoder(folder: URL(fileURLWithPath: ".models/splade-tiny"))
/// let retriever = try Retriever(encoder: encoder, documents: [
///   Document(id: "1", text: "The router drops the wireless connection."),
///   Document(id: "2", text: "Bread needs flour, water and time."),
/// ])
/// let hits = try retriever.search("wifi problems", count: 5)
/// print(hits[0].id, hits[0].terms.map(\.term))
/// ```
public struct Retriever {
  /// Turns queries into vectors.
  public let encoder: any SparseEncoding
  /// The documents' vectors.
  public let snapshot: IndexSnapshot
  /// The texts of documents, where the index does not keep them.
  private let documents: [DocumentID: Document]

  /// Joins an encoder and an index of vectors that it made.
  ///
  /// - Parameters:
  ///   - encoder: turns queries into vectors.
  ///   - snapshot: the documents' vectors, in memory or on disk.
  ///   - documents: their texts, for results; may be left out.
  /// - Throws: ``RetrievalError`` when the dimensions differ.
  public init(
    encoder: any SparseEncoding, snapshot: IndexSnapshot,
    documents: [DocumentID: Document] = [:]
  ) throws(RetrievalError) {
    guard encoder.dimension == snapshot.dimension else {
      throw RetrievalError(
        .usage,
        "The index has \(snapshot.dimension) dimensions and the encoder \(encoder.dimension); the documents were encoded by another model. Encode them again."
      )
    }
    self.encoder = encoder
    self.snapshot = snapshot
    self.documents = documents
  }

  /// Encodes documents and makes an index of them in memory.
  ///
  /// - Parameters:
  ///   - encoder: turns texts into vectors.
  ///   - documents: what can be found; each is encoded as title, a space, text.
  ///   - options: how documents are encoded.
  /// - Throws: whatever the encoder throws; `IndexError` when an identifier repeats;
  ///   `CancellationError` when the task was cancelled.
  public init(
    encoder: any SparseEncoding, documents: [Document],
    options: EncodingOptions = EncodingOptions()
  ) throws {
    let vectors = try encoder.encode(
      documents.map(\.content), role: .document, options: options)
    let index = try InvertedIndex(documents: documents.map(\.id), vectors: vectors)
    try self.init(
      encoder: encoder, snapshot: index.snapshot,
      documents: Dictionary(
        documents.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }))
  }

  /// The documents that fit a text best, each with the terms that make its score.
  ///
  /// - Parameters:
  ///   - query: what is looked for.
  ///   - count: how many documents to return at most, 0 or more.
  ///   - options: how the query is encoded.
  /// - Returns: documents that share a term with the query, best first, of equal scores the lower
  ///   identifier.
  /// - Throws: whatever the encoder throws; `IndexError` when `count` is negative or a file of the
  ///   index is damaged.
  public func search(
    _ query: String, count: Int = 10, options: EncodingOptions = EncodingOptions()
  ) throws -> [RetrievedDocument] {
    let vector = try encoder.encode([query], role: .query, options: options)[0]
    return try search(vector, options: SearchOptions(count: count))
  }

  /// The documents that fit an encoded query best, each with the terms that make its score.
  ///
  /// - Parameters:
  ///   - query: a vector that the encoder made.
  ///   - options: how many documents, a filter, exact or approximate.
  /// - Returns: as ``search(_:count:options:)``.
  /// - Throws: `IndexError` when options make no sense or a file of the index is damaged.
  public func search(
    _ query: SparseVector, options: SearchOptions
  ) throws -> [RetrievedDocument] {
    try snapshot.search(query, options: options).map { hit in try retrieved(hit.id, query) }
  }

  /// The best documents of many queries.
  ///
  /// - Throws: as ``search(_:count:options:)``; `EvaluationError` when a query's identifier
  ///   repeats; `CancellationError` when the task was cancelled.
  public func run(
    _ queries: [Query], count: Int, options: EncodingOptions = EncodingOptions()
  ) throws -> RetrievalRun {
    let vectors = try encoder.encode(queries.map(\.text), role: .query, options: options)
    var run = RetrievalRun()
    for (row, query) in queries.enumerated() {
      try Task.checkCancellation()
      try run.append(
        query.id, snapshot.search(vectors[row], options: SearchOptions(count: count)))
    }
    return run
  }

  /// Why a document has its score for a text.
  ///
  /// - Throws: whatever the encoder throws; `IndexError` when there is no such document.
  public func explain(
    _ query: String, document id: DocumentID, options: EncodingOptions = EncodingOptions()
  ) throws -> RetrievedDocument {
    try retrieved(id, encoder.encode([query], role: .query, options: options)[0])
  }

  private func retrieved(_ id: DocumentID, _ query: SparseVector) throws -> RetrievedDocument {
    let explanation = try snapshot.explain(query, document: id)
    let kept = documents[id] == nil ? try CollectionIndex.document(id, in: snapshot) : nil
    return RetrievedDocument(
      id: id, score: explanation.score,
      terms: MatchingTerm.terms(of: explanation, namedBy: encoder),
      document: documents[id] ?? kept?.document, members: kept?.members ?? JSONObject())
  }
}
