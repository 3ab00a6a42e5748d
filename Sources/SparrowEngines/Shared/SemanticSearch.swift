public import SparrowCore

/// Loads a matrix of documents into an engine and searches for each row of another, in one call.
///
/// These are the reference's `semantic_search_qdrant`, `semantic_search_elasticsearch` and
/// `semantic_search_opensearch`:
///
/// | reference | here |
/// | --- | --- |
/// | `query_embeddings`, `corpus_embeddings`, `top_k` | `queries`, `corpus`, `count` |
/// | `corpus_index=index` | `index: index` |
/// | `(results, seconds, index)` | ``Result``: hits, duration, index |
/// | `corpus_id` | the hit's identifier: the number of the row, from 0 |
/// | `url` of the client | `base` |
///
/// Collections are named, laid out and left behind as there. Elasticsearch's scores are dot products
/// here; the reference's query there saturates weights, which gives other rankings.
///
/// ```swift
/// let first = try await SemanticSearch.qdrant(queries, corpus: documents)
/// let again = try await SemanticSearch.qdrant(others, index: first.index)
/// ```
public enum SemanticSearch {
  /// What was found, and where to search next.
  public struct Result<Engine: SearchEngine>: Sendable {
    /// For each query its documents, best first; an identifier is the number of the row, from 0.
    public let hits: [[ScoredDocument]]
    /// How long the searches took, without loading.
    public let duration: Duration
    /// The collection, for further searches.
    public let index: Engine
  }

  /// Searches in Qdrant.
  ///
  /// - Parameters:
  ///   - queries: one query a row.
  ///   - corpus: one document a row, loaded into a new collection; nil searches `index`.
  ///   - index: the collection of an earlier search.
  ///   - count: how many documents a query gets at most.
  ///   - base: the address for a new collection.
  /// - Returns: hits, duration and collection.
  /// - Throws: ``EngineError`` when there is neither corpus nor index, the engine fails or it refuses
  ///   a document.
  public static func qdrant(
    _ queries: SparseMatrix, corpus: SparseMatrix? = nil, index: QdrantEngine? = nil,
    count: Int = 10, at base: String = "http://localhost:6333"
  ) async throws -> Result<QdrantEngine> {
    try await run(queries, corpus: corpus, index: index, count: count) {
      QdrantEngine(
        at: base,
        QdrantEngine.Configuration(collection: name("sparse_collection_"), sparseName: "text"))
    }
  }

  /// Searches in Elasticsearch.
  ///
  /// - Parameters:
  ///   - queries: one query a row.
  ///   - corpus: one document a row, loaded into a new index; nil searches `index`.
  ///   - index: the index of an earlier search.
  ///   - count: how many documents a query gets at most.
  ///   - keys: how dimensions are named; `TermKeys.tokens` does as the reference.
  ///   - base: the address for a new index.
  /// - Returns: hits, duration and index.
  /// - Throws: ``EngineError`` as ``qdrant(_:corpus:index:count:at:)``.
  public static func elasticsearch(
    _ queries: SparseMatrix, corpus: SparseMatrix? = nil, index: ElasticsearchEngine? = nil,
    count: Int = 10, keys: TermKeys = .numbers, at base: String = "http://localhost:9200"
  ) async throws -> Result<ElasticsearchEngine> {
    try await run(queries, corpus: corpus, index: index, count: count) {
      ElasticsearchEngine(
        at: base,
        ElasticsearchEngine.Configuration(
          index: name("sparse_index_"), sparseName: "tokens", keys: keys))
    }
  }

  /// Searches in OpenSearch.
  ///
  /// - Parameters:
  ///   - queries: one query a row.
  ///   - corpus: one document a row, loaded into a new index; nil searches `index`.
  ///   - index: the index of an earlier search.
  ///   - count: how many documents a query gets at most.
  ///   - keys: how dimensions are named; `TermKeys.tokens` does as the reference.
  ///   - base: the address for a new index.
  /// - Returns: hits, duration and index.
  /// - Throws: ``EngineError`` as ``qdrant(_:corpus:index:count:at:)``.
  public static func openSearch(
    _ queries: SparseMatrix, corpus: SparseMatrix? = nil, index: OpenSearchEngine? = nil,
    count: Int = 10, keys: TermKeys = .numbers, at base: String = "http://localhost:9200"
  ) async throws -> Result<OpenSearchEngine> {
    try await run(queries, corpus: corpus, index: index, count: count) {
      try OpenSearchEngine(
        at: base,
        OpenSearchEngine.Configuration(
          index: name("sparse_index_"), sparseName: "tokens", keys: keys))
    }
  }

  /// Searches in any engine.
  ///
  /// - Parameters:
  ///   - queries: one query a row.
  ///   - corpus: one document a row, loaded into a new collection; nil searches `index`.
  ///   - index: the collection of an earlier search.
  ///   - count: how many documents a query gets at most.
  ///   - makeIndex: makes the client of a new collection for the corpus.
  /// - Returns: hits, duration and collection.
  /// - Throws: ``EngineError``; what `makeIndex` throws.
  public static func run<Engine: SearchEngine>(
    _ queries: SparseMatrix, corpus: SparseMatrix?, index: Engine?, count: Int = 10,
    makeIndex: () throws -> Engine
  ) async throws -> Result<Engine> {
    let engine: Engine
    if let index {
      engine = index
    } else if let corpus {
      engine = try makeIndex()
      try await load(corpus, into: engine)
    } else {
      throw EngineError(
        .usage, "A semantic search needs a corpus to load, or the index of an earlier one.")
    }
    var hits: [[ScoredDocument]] = []
    let duration = try await ContinuousClock().measure {
      for row in 0..<queries.rowCount {
        hits.append(
          try await engine.search(EngineQuery(queries[row], count: count)).map(\.scored))
      }
    }
    return Result(hits: hits, duration: duration, index: engine)
  }

  private static func load(_ corpus: SparseMatrix, into engine: some SearchEngine) async throws {
    try await engine.createCollection(EngineSchema(dimension: corpus.columnCount))
    var row = 0
    let report = try await BulkLoader(engine).load {
      guard row < corpus.rowCount else { return nil }
      defer { row += 1 }
      return EngineDocument(id: DocumentID(String(row)), vector: corpus[row])
    }
    if let refused = report.refused.first { throw refused.error }
  }

  /// A name that no other collection has: the prefix and 32 hexadecimal digits.
  private static func name(_ prefix: String) -> String {
    let number = UInt128.random(in: 0...UInt128.max)
    let digits = String(number, radix: 16)
    return prefix + String(repeating: "0", count: 32 - digits.count) + digits
  }
}
