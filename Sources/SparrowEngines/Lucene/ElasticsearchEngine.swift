public import SparrowCore
public import SparrowIndex

/// An index in Elasticsearch 8.15 or newer.
///
/// - Scores are dot products with document weights cut to 9 significant bits
///   (``EngineWeights/storedByLucene(_:)-(Float)``); equal scores come in the order of identifiers.
/// - Token pruning, which newer versions do unasked, is switched off.
/// - Weights are positive; negative ones are refused, zeros dropped.
/// - What was confirmed is found after ``refresh()``.
/// - A hybrid search (8.16) needs a licence for reciprocal rank fusion.
///
/// ```swift
/// let configuration = ElasticsearchEngine.Configuration(
///   index: "packages", credentials: .apiKey(key))
/// let engine = ElasticsearchEngine(at: "https://localhost:9200", configuration)
/// ```
public struct ElasticsearchEngine: SearchEngine {
  /// What is particular to an index.
  public struct Configuration: Sendable {
    /// The index's name.
    public var index: String
    /// The field of sparse vectors; the default is "sparse".
    public var sparseName: String
    /// The field of dense vectors; the default is "dense".
    public var denseName: String
    /// How dimensions are named; the default is ``TermKeys/numbers``.
    public var keys: TermKeys
    /// Who asks.
    public var credentials: EngineCredentials
    /// When single requests are repeated.
    public var retry: RetryPolicy

    /// Makes settings.
    public init(
      index: String, sparseName: String = "sparse", denseName: String = "dense",
      keys: TermKeys = .numbers, credentials: EngineCredentials = .none,
      retry: RetryPolicy = RetryPolicy()
    ) {
      self.index = index
      self.sparseName = sparseName
      self.denseName = denseName
      self.keys = keys
      self.credentials = credentials
      self.retry = retry
    }
  }

  /// Elastic's advice: some hundred documents and a few megabytes a request.
  public let batchLimits = BatchLimits(documentCount: 500, byteCount: 5 << 20, concurrency: 4)

  private let lucene: LuceneIndex
  private var connection: EngineConnection { lucene.connection }

  /// Makes a client; nothing is sent yet.
  ///
  /// - Parameters:
  ///   - base: the address, for example "https://localhost:9200".
  ///   - configuration: the index and its settings.
  ///   - transport: carries the requests; Foundation's HTTP client by default.
  public init(
    at base: String, _ configuration: Configuration, transport: any HTTPTransport = .standard
  ) {
    let connection = EngineConnection(
      product: "Elasticsearch", base: base, headers: configuration.credentials.authorization,
      transport: transport,
      retry: configuration.retry)
    lucene = LuceneIndex(
      connection: connection, index: configuration.index, sparseName: configuration.sparseName,
      denseName: configuration.denseName, keys: configuration.keys)
  }

  /// The version of the server; OpenSearch at this address is an error.
  public func status() async throws -> EngineStatus {
    try await lucene.status(distribution: nil)
  }

  /// Creates the index without pruning of tokens and without unknown fields.
  public func createCollection(_ schema: EngineSchema) async throws {
    try schema.validate()
    let version = try await status().version
    try version.require(EngineVersion(8, 15), for: "Searching sparse vectors", of: "Elasticsearch")
    var sparse = JSONObject([("type", "sparse_vector")])
    if Self.hasPruningOption(version) { sparse["index_options"] = ["prune": false] }
    // Unless told otherwise, newer versions round dense vectors to 8 bits.
    let dense: JSONValue? = schema.denseDimension.map {
      [
        "type": "dense_vector", "dims": .integer(Int64($0)), "similarity": "max_inner_product",
        "index_options": ["type": "hnsw"],
      ]
    }
    try await lucene.create([
      "mappings": [
        "dynamic": "strict",
        "properties": lucene.properties(schema, sparse: .object(sparse), dense: dense),
      ]
    ])
  }

  /// Whether mappings take `index_options`: 8.19, and from 9.1 on.
  static func hasPruningOption(_ version: EngineVersion) -> Bool {
    version >= EngineVersion(9, 1)
      || (version >= EngineVersion(8, 19) && version < EngineVersion(9, 0))
  }

  /// Removes the index.
  public func deleteCollection() async throws { try await lucene.drop() }

  /// Two lines of a bulk request.
  public func encode(_ document: EngineDocument) throws(EngineError) -> EncodedDocument {
    try lucene.encode(document)
  }

  /// Puts documents into the index; each is taken or refused by itself.
  public func upsert(_ documents: [EncodedDocument]) async throws -> [RefusedDocument] {
    try await lucene.upsert(documents)
  }

  /// Makes what was confirmed visible to searches.
  public func refresh() async throws { try await lucene.refresh() }

  /// The documents with the largest dot products, or the best of a hybrid search.
  public func search(_ query: EngineQuery) async throws -> [EngineHit] {
    let query = try query.validated()
    guard query.count > 0, !query.vector.indices.isEmpty || query.dense != nil else { return [] }
    let answer = try await connection.send(
      lucene.call("POST", ["_search"]).with(try body(query)))
    return try lucene.hits(answer)
  }

  /// The body of a search.
  func body(_ query: EngineQuery) throws(EngineError) -> JSONValue {
    let sparse: JSONValue = [
      "sparse_vector": [
        "field": .string(lucene.sparseName),
        "query_vector": .object(try lucene.weights(query.vector)), "prune": false,
      ]
    ]
    guard let dense = query.dense else {
      var body = lucene.frame(query)
      body["query"] = try lucene.filtered(sparse, query.filter)
      return .object(body)
    }
    let window = Int64(query.window)
    var retrievers: [JSONValue] = [
      ["standard": ["query": sparse]],
      [
        "knn": [
          "field": .string(lucene.denseName), "query_vector": .array(dense.map { .shortest($0) }),
          "k": .integer(window), "num_candidates": .integer(min(10_000, 2 * window)),
        ]
      ],
    ]
    if let weights = query.fusion.weights {
      retrievers = zip(retrievers, weights).map { ["retriever": $0, "weight": .number($1)] }
    }
    var fusion = JSONObject([
      ("retrievers", .array(retrievers)),
      ("rank_constant", .integer(Int64(query.fusion.rankConstant))),
      ("rank_window_size", .integer(window)),
    ])
    if let filter = query.filter { fusion["filter"] = [try LuceneFilter.json(filter)] }
    var body = lucene.frame(query, isSorted: false)
    body["track_total_hits"] = nil
    body["retriever"] = ["rrf": .object(fusion)]
    return .object(body)
  }

  /// Documents that pass a filter, page by page, in the order of identifiers, as the index was
  /// when the first page was asked for.
  public func page(
    where filter: DocumentFilter?, count: Int, after cursor: ScrollCursor?
  ) async throws -> EnginePage {
    let pit: String
    if let known = cursor?.token["pit"]?.string {
      pit = known
    } else {
      let answer = try await connection.send(
        lucene.call("POST", ["_pit"], ["keep_alive": "1m"]))
      guard let id = answer["id"]?.string else { throw lucene.unexpected("point in time") }
      pit = id
    }
    // Newer versions leave vectors out unless they are asked for.
    let version = try await status().version
    let source: JSONValue =
      version >= EngineVersion(9, 2) ? ["exclude_vectors": false] : true
    let answer = try await connection.send(
      EngineConnection.Call("POST", ["_search"]).with(
        try lucene.pageBody(
          filter, count: count, pit: pit, after: cursor?.token["after"], source: source)))
    let (documents, last) = try lucene.documents(answer)
    guard documents.count >= max(1, count), let last else {
      try await connection.send(
        EngineConnection.Call("DELETE", ["_pit"]).with(["id": .string(pit)]))
      return EnginePage(documents: documents, next: nil)
    }
    let next = answer["pit_id"] ?? .string(pit)
    return EnginePage(
      documents: documents, next: ScrollCursor(token: ["pit": next, "after": last]))
  }

  /// Removes documents.
  public func delete(_ ids: [DocumentID]) async throws { try await lucene.delete(ids) }

  /// Removes documents that pass a filter.
  public func delete(where filter: DocumentFilter) async throws {
    try await lucene.delete(where: filter)
  }

  /// How many documents pass a filter, of those that searches see.
  public func count(where filter: DocumentFilter?) async throws -> Int {
    try await lucene.count(where: filter)
  }

  /// Ends all connections.
  public func close() async throws { try await connection.transport.shutdown() }
}
