public import SparrowCore
public import SparrowIndex
import Synchronization

/// An index in OpenSearch 2.11 or newer with the neural-search plugin, which is part of it.
///
/// - By default vectors are `rank_features`, and scores are dot products with document weights cut
///   to 9 significant bits (``EngineWeights/storedByLucene(_:)-(Float)``); equal scores come in the
///   order of identifiers.
/// - ``Storage/seismic(_:)`` (3.3) searches approximately. Its weights have 8 bits up to a ceiling
///   that has to be told, and dimensions 32,768 apart are taken for the same, so larger spaces are
///   refused. Segments below its threshold are searched exactly.
/// - Weights are positive; negative ones are refused, zeros dropped.
/// - What was confirmed is found after ``refresh()``.
///
/// ```swift
/// let configuration = OpenSearchEngine.Configuration(index: "packages")
/// let engine = try OpenSearchEngine(at: "http://localhost:9200", configuration)
/// ```
public struct OpenSearchEngine: SearchEngine {
  /// The parameters of approximate search by OpenSearch's Seismic index.
  public struct Seismic: Sendable, Hashable {
    /// How many documents a term's list keeps at most; the default is 300.
    public var postingCount: Int
    /// How many clusters a list has for each document in it, 0...1; the default is 0.1.
    public var clusterRatio: Double
    /// What part of a cluster's weights its summary keeps, 0...1; the default is 0.4.
    public var summaryRatio: Double
    /// Segments of fewer documents are searched exactly; the default is 1,000,000.
    public var threshold: Int
    /// The largest weight of a document; larger ones are cut to it.
    public var largestDocumentWeight: Double
    /// The largest weight of a query; the default is 16.
    public var largestQueryWeight: Double
    /// How many of a query's terms are used, those of the largest weights; the default is 10.
    public var queryTermCount: Int
    /// How carefully clusters are left out, above 0; the default is 1.
    ///
    /// Larger values find more and take longer.
    public var heapFactor: Double

    /// Makes parameters.
    public init(
      postingCount: Int = 300, clusterRatio: Double = 0.1, summaryRatio: Double = 0.4,
      threshold: Int = 1_000_000, largestDocumentWeight: Double, largestQueryWeight: Double = 16,
      queryTermCount: Int = 10, heapFactor: Double = 1
    ) {
      self.postingCount = postingCount
      self.clusterRatio = clusterRatio
      self.summaryRatio = summaryRatio
      self.threshold = threshold
      self.largestDocumentWeight = largestDocumentWeight
      self.largestQueryWeight = largestQueryWeight
      self.queryTermCount = queryTermCount
      self.heapFactor = heapFactor
    }
  }

  /// How sparse vectors are stored and searched.
  public enum Storage: Sendable, Hashable {
    /// As `rank_features`, searched exactly by `neural_sparse`.
    case rankFeatures
    /// As `rank_features`, searched exactly by clauses that need no plugin.
    case rankFeaturesWithoutPlugin
    /// As `sparse_vector`, searched approximately.
    case seismic(Seismic)
  }

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
    /// How sparse vectors are stored; the default is ``Storage/rankFeatures``.
    public var storage: Storage
    /// Who asks.
    public var credentials: EngineCredentials
    /// When single requests are repeated.
    public var retry: RetryPolicy

    /// Makes settings.
    public init(
      index: String, sparseName: String = "sparse", denseName: String = "dense",
      keys: TermKeys = .numbers, storage: Storage = .rankFeatures,
      credentials: EngineCredentials = .none, retry: RetryPolicy = RetryPolicy()
    ) {
      self.index = index
      self.sparseName = sparseName
      self.denseName = denseName
      self.keys = keys
      self.storage = storage
      self.credentials = credentials
      self.retry = retry
    }
  }

  /// Some hundred documents and a few megabytes a request.
  public let batchLimits = BatchLimits(documentCount: 500, byteCount: 5 << 20, concurrency: 4)

  private let lucene: LuceneIndex
  private let storage: Storage
  private let pipelines = SharedNames()
  private var connection: EngineConnection { lucene.connection }

  /// Seismic's index folds dimensions into so many.
  private static let seismicDimension = 32_768

  /// Makes a client; nothing is sent yet.
  ///
  /// - Parameters:
  ///   - base: the address, for example "https://localhost:9200".
  ///   - configuration: the index and its settings.
  ///   - transport: carries the requests; Foundation's HTTP client by default.
  /// - Throws: ``EngineError`` when the settings contradict each other.
  public init(
    at base: String, _ configuration: Configuration, transport: any HTTPTransport = .standard
  ) throws(EngineError) {
    let connection = EngineConnection(
      product: "OpenSearch", base: base, headers: configuration.credentials.authorization,
      transport: transport,
      retry: configuration.retry)
    if case .seismic = configuration.storage, case .tokens = configuration.keys {
      throw EngineError(
        .usage, "OpenSearch's sparse_vector takes numbers as keys only. Use TermKeys.numbers.")
    }
    lucene = LuceneIndex(
      connection: connection, index: configuration.index, sparseName: configuration.sparseName,
      denseName: configuration.denseName, keys: configuration.keys)
    storage = configuration.storage
  }

  /// The version of the server; another product at this address is an error.
  public func status() async throws -> EngineStatus {
    try await lucene.status(distribution: "opensearch")
  }

  /// Creates the index.
  public func createCollection(_ schema: EngineSchema) async throws {
    try schema.validate()
    let version = try await status().version
    var settings = JSONObject()
    let sparse: JSONValue
    switch storage {
    case .rankFeatures, .rankFeaturesWithoutPlugin:
      try version.require(EngineVersion(2, 11), for: "neural_sparse", of: "OpenSearch")
      sparse = ["type": "rank_features"]
    case .seismic(let seismic):
      try version.require(EngineVersion(3, 3), for: "sparse_vector", of: "OpenSearch")
      guard schema.dimension <= Self.seismicDimension else {
        throw EngineError(
          .usage,
          "OpenSearch's sparse_vector tells \(Self.seismicDimension) dimensions apart; this space has \(schema.dimension). Use rank_features."
        )
      }
      sparse = Self.mapping(seismic)
      settings["sparse"] = true
    }
    var dense: JSONValue?
    if let dimension = schema.denseDimension {
      dense = ["type": "knn_vector", "dimension": .integer(Int64(dimension))]
      settings["knn"] = true
    }
    try await lucene.create([
      "settings": ["index": .object(settings)],
      "mappings": [
        "dynamic": "strict",
        "properties": lucene.properties(schema, sparse: sparse, dense: dense),
      ],
    ])
  }

  private static func mapping(_ seismic: Seismic) -> JSONValue {
    [
      "type": "sparse_vector",
      "method": [
        "name": "seismic",
        "parameters": [
          "n_postings": .integer(Int64(seismic.postingCount)),
          "cluster_ratio": .number(seismic.clusterRatio),
          "summary_prune_ratio": .number(seismic.summaryRatio),
          "approximate_threshold": .integer(Int64(seismic.threshold)),
          "quantization_ceiling_ingest": .number(seismic.largestDocumentWeight),
          "quantization_ceiling_search": .number(seismic.largestQueryWeight),
        ],
      ],
    ]
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

  /// The documents with the largest dot products, or the best of a hybrid search (2.19).
  public func search(_ query: EngineQuery) async throws -> [EngineHit] {
    let query = try query.validated()
    guard query.count > 0, !query.vector.indices.isEmpty || query.dense != nil else { return [] }
    if query.dense != nil {
      try await status().version.require(
        EngineVersion(2, 19), for: "Reciprocal rank fusion", of: "OpenSearch")
    }
    var parameters: [String: String] = [:]
    if query.dense != nil { parameters["search_pipeline"] = try await pipeline(query.fusion) }
    let answer = try await connection.send(
      lucene.call("POST", ["_search"], parameters).with(try body(query)))
    return try lucene.hits(answer)
  }

  /// The body of a search.
  func body(_ query: EngineQuery) throws(EngineError) -> JSONValue {
    guard let dense = query.dense else {
      var body = lucene.frame(query)
      if case .seismic = storage {
        body["query"] = try sparse(query)
      } else {
        body["query"] = try lucene.filtered(try sparse(query), query.filter)
      }
      return .object(body)
    }
    var nearest = JSONObject([
      ("vector", .array(dense.map { .shortest($0) })), ("k", .integer(Int64(query.window))),
    ])
    var hybrid = JSONObject()
    if let filter = query.filter {
      nearest["filter"] = try LuceneFilter.json(filter)
      hybrid["filter"] = try LuceneFilter.json(filter)
    }
    hybrid["queries"] = [
      try sparse(query), ["knn": .object(JSONObject([(lucene.denseName, .object(nearest))]))],
    ]
    hybrid["pagination_depth"] = .integer(Int64(query.window))
    var body = lucene.frame(query, isSorted: false)
    body["track_total_hits"] = nil
    body["query"] = ["hybrid": .object(hybrid)]
    return .object(body)
  }

  /// The sparse part of a search.
  private func sparse(_ query: EngineQuery) throws(EngineError) -> JSONValue {
    let weights = try lucene.weights(query.vector)
    if storage == .rankFeaturesWithoutPlugin {
      let clauses: [JSONValue] = weights.members.map { key, weight in
        [
          "rank_feature": [
            "field": .string("\(lucene.sparseName).\(key)"), "boost": weight, "linear": [:],
          ]
        ]
      }
      return ["bool": ["should": .array(clauses), "minimum_should_match": 1]]
    }
    var tokens = JSONObject([("query_tokens", .object(weights))])
    if case .seismic(let seismic) = storage {
      var parameters = JSONObject([
        ("k", .integer(Int64(query.count))), ("top_n", .integer(Int64(seismic.queryTermCount))),
        ("heap_factor", .number(seismic.heapFactor)),
      ])
      if let filter = query.filter { parameters["filter"] = try LuceneFilter.json(filter) }
      tokens["method_parameters"] = .object(parameters)
    }
    return ["neural_sparse": .object(JSONObject([(lucene.sparseName, .object(tokens))]))]
  }

  /// The name of the pipeline that joins the lists of a hybrid search, created if need be.
  ///
  /// OpenSearch wants weights that sum to 1, so scores are those of `ReciprocalRankFusion` but for a
  /// factor.
  private func pipeline(_ fusion: ReciprocalRankFusion) async throws -> String {
    var combination = JSONObject([
      ("technique", "rrf"), ("rank_constant", .integer(Int64(fusion.rankConstant))),
    ])
    var name = "sparrow-rrf-\(Int64(fusion.rankConstant))"
    if let weights = fusion.weights {
      let total = weights.reduce(0, +)
      let shares = weights.map { total > 0 ? $0 / total : 0.5 }
      combination["parameters"] = ["weights": .array(shares.map { .number($0) })]
      name += shares.map { "-\($0)" }.joined()
    }
    guard !pipelines.contains(name) else { return name }
    let processor: JSONValue = ["score-ranker-processor": ["combination": .object(combination)]]
    try await connection.send(
      EngineConnection.Call("PUT", ["_search", "pipeline", name])
        .with(["phase_results_processors": [processor]]))
    pipelines.insert(name)
    return name
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
        lucene.call("POST", ["_search", "point_in_time"], ["keep_alive": "1m"]))
      guard let id = answer["pit_id"]?.string else { throw lucene.unexpected("point in time") }
      pit = id
    }
    let answer = try await connection.send(
      EngineConnection.Call("POST", ["_search"]).with(
        try lucene.pageBody(
          filter, count: count, pit: pit, after: cursor?.token["after"], source: true)))
    let (documents, last) = try lucene.documents(answer)
    guard documents.count >= max(1, count), let last else {
      try await connection.send(
        EngineConnection.Call("DELETE", ["_search", "point_in_time"])
          .with(["pit_id": [.string(pit)]]))
      return EnginePage(documents: documents, next: nil)
    }
    return EnginePage(
      documents: documents, next: ScrollCursor(token: ["pit": .string(pit), "after": last]))
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

/// Names of things that are known to exist, shared by all copies of a client.
private final class SharedNames: Sendable {
  private let names = Mutex<Set<String>>([])

  func contains(_ name: String) -> Bool { names.withLock { $0.contains(name) } }
  func insert(_ name: String) { names.withLock { _ = $0.insert(name) } }
}
