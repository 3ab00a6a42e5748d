public import SparrowCore

/// Finds, among sparse vectors held in memory, those with the largest dot product with a query.
///
/// Answers are exact: scores are those of `SparseVector.dot`, equal scores are ordered by document
/// identifier, and documents that share no term with the query are never returned. Weights may be
/// negative. It cannot be changed; ``IndexWriter`` keeps an index on disk that can.
///
/// ```swift
/// let index = try InvertedIndex(documents: ids, vectors: encoder.encode(texts, role: .document))
/// let hits = try index.search(query, count: 10)
/// let reasons = try index.explain(query, document: hits[0].id)
/// ```
public struct InvertedIndex: Sendable {
  /// The index as the searches of all kinds of index see it.
  public let snapshot: IndexSnapshot

  /// Builds an index; row `i` of `vectors` belongs to `documents[i]`.
  ///
  /// - Throws: ``IndexError`` when the counts differ, an identifier repeats or a weight is not
  ///   finite.
  public init(documents: [DocumentID], vectors: SparseMatrix) throws(IndexError) {
    var builder = IndexBuilder(dimension: vectors.columnCount)
    try builder.add(documents, vectors)
    self = try builder.build()
  }

  init(snapshot: IndexSnapshot) { self.snapshot = snapshot }

  /// The size of the space, `V`.
  public var dimension: Int { snapshot.dimension }
  /// The number of documents.
  public var documentCount: Int { snapshot.documentCount }
  /// The number of stored weights of all documents.
  public var postingCount: Int { snapshot.storedWeightCount }

  /// Whether a document of this identifier is in the index.
  public func contains(_ id: DocumentID) -> Bool { snapshot.contains(id) }

  /// The stored vector of a document, nil when it is not in the index.
  ///
  /// - Throws: ``IndexError`` when memory was damaged.
  public func vector(of id: DocumentID) throws(IndexError) -> SparseVector? {
    try snapshot.vector(of: id)
  }

  /// The documents with the largest dot product with the query.
  ///
  /// - Parameters:
  ///   - query: a vector of the index's dimension with finite weights.
  ///   - count: how many documents to return at most, 0 or more.
  /// - Returns: documents that share a term with the query, best first, of equal scores the
  ///   lower identifier.
  /// - Throws: ``IndexError`` when the query's dimension differs, a weight is not finite, or
  ///   `count` is negative.
  public func search(_ query: SparseVector, count: Int) throws(IndexError) -> [ScoredDocument] {
    try snapshot.search(query, options: SearchOptions(count: count))
  }

  /// Which terms contributed how much to a document's score.
  ///
  /// - Parameters:
  ///   - query: the query of the search.
  ///   - id: the document to explain.
  /// - Returns: the score and the shared terms, largest contribution first.
  /// - Throws: ``IndexError`` when the document is not in the index or the query does not fit it.
  public func explain(
    _ query: SparseVector, document id: DocumentID
  ) throws(IndexError) -> HitExplanation {
    try snapshot.explain(query, document: id)
  }
}
