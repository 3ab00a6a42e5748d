import SparrowCore
import SparrowIndex
import SparrowTestSupport
import Testing

@testable import SparrowEngines

/// The reference's `semantic_search_*` functions, against the calls that these make.
@Suite struct SemanticSearchTests {
  private static func matrix(_ rows: [KeyValuePairs<TokenID, Float>]) throws -> SparseMatrix {
    try SparseMatrix(
      columnCount: 6,
      rows: rows.map { row in
        try SparseVector(dimension: 6, indices: row.map(\.key), values: row.map(\.value))
      })
  }

  private static func corpus() throws -> SparseMatrix {
    try matrix([[2: 0.25, 5: 1.5], [0: 2, 3: 1, 5: 0.5], [:]])
  }

  private static func queries() throws -> SparseMatrix { try matrix([[3: 0.5, 5: 1], [:]]) }

  /// The arguments of the reference's first call of a name.
  private static func call(_ engine: String, _ name: String) throws -> JSONValue {
    let calls = try Fixtures.golden("search_engines")[engine]?["calls"]?.array
    return try #require(calls?.first { $0["call"]?.string == name }?["kwargs"])
  }

  @Test func `Qdrant is asked what the reference asks it`() async throws {
    let transport = StubTransport([
      ("GET /", ["version": "1.19.0"]),
      ("points/query", ["result": ["points": [["id": 1, "score": 0.5]]]]),
    ])
    let result = try await SemanticSearch.run(
      Self.queries(), corpus: Self.corpus(), index: nil, count: 2
    ) {
      QdrantEngine(
        at: "http://h", QdrantEngine.Configuration(collection: "c", sparseName: "text"),
        transport: transport)
    }
    #expect(result.hits == [[ScoredDocument(id: "1", score: 0.5)], []])
    let create = try #require(transport.sent.first { $0.method == "PUT" }?.json)
    let expected = try Self.call("qdrant", "create_collection")["sparse_vectors_config"]
    #expect(create["vectors"] == nil)
    #expect(
      create["sparse_vectors"]?["text"]?["index"]?["on_disk"]
        == expected?["text"]?["index"]?["on_disk"])
    let upsert = try #require(transport.sent.first { $0.path.contains("/points?") }?.json)
    let vectors = try Self.call("qdrant", "upload_collection")["vectors"]?.array ?? []
    let points = upsert["points"]?.array ?? []
    #expect(points.compactMap { $0["id"]?.int } == [0, 1, 2] && vectors.count == 3)
    for (point, vector) in zip(points, vectors) {
      #expect(point["vector"]?["text"]?["indices"] == vector["text"]?["indices"])
      #expect(point["vector"]?["text"]?["values"] == vector["text"]?["values"])
    }
    let search = try #require(transport.sent.first { $0.path.hasSuffix("points/query") }?.json)
    let query = try Self.call("qdrant", "query_points")
    #expect(search["limit"] == query["limit"] && search["using"] == query["using"])
    #expect(search["query"]?["indices"] == query["query"]?["indices"])
    #expect(search["query"]?["values"] == query["query"]?["values"])
    // The index of an earlier search is searched as it is.
    let requestCount = transport.sent.count
    let again = try await SemanticSearch.qdrant(Self.queries(), index: result.index, count: 2)
    #expect(again.hits == result.hits && transport.sent.count == requestCount + 1)
  }

  @Test func `OpenSearch is asked what the reference asks it`() async throws {
    let transport = StubTransport([
      ("GET /", ["version": ["number": "3.3.0", "distribution": "opensearch"]]),
      ("_bulk", ["items": [["index": ["status": 201]], ["index": ["status": 201]]]]),
      ("_search", ["hits": ["hits": [["_id": "0", "_score": 1.5, "sort": ["0"]]]]]),
    ])
    let keys = TermKeys.tokens(Vocabulary(tokens: ["cat", "dog"]))
    func row(_ weights: KeyValuePairs<TokenID, Float>) throws -> SparseVector {
      try SparseVector(dimension: 2, indices: weights.map(\.key), values: weights.map(\.value))
    }
    let result = try await SemanticSearch.run(
      SparseMatrix(columnCount: 2, rows: [row([1: 0.25])]),
      corpus: SparseMatrix(columnCount: 2, rows: [row([0: 1.5]), row([1: 2])]), index: nil, count: 2
    ) {
      try OpenSearchEngine(
        at: "http://h",
        OpenSearchEngine.Configuration(index: "i", sparseName: "tokens", keys: keys),
        transport: transport)
    }
    #expect(result.hits == [[ScoredDocument(id: "0", score: 1.5)]])
    let mapping = try #require(transport.sent.first { $0.method == "PUT" }?.json)["mappings"]
    let expected = try Self.call("opensearch", "indices.create")["body"]?["mappings"]
    for name in ["tokens", "id"] {
      #expect(mapping?["properties"]?[name] == expected?["properties"]?[name])
    }
    let search = try #require(transport.sent.first { $0.path.hasSuffix("_search") }?.json)
    let calls = try Fixtures.golden("search_engines")["opensearch"]?["calls"]?.array
    let last = try #require(calls?.last?["kwargs"]?["body"])
    #expect(search["size"] == last["size"])
    #expect(search["query"] == last["query"])
  }

  @Test func `a search of nothing is refused`() async throws {
    let error = await #expect(throws: EngineError.self) {
      try await SemanticSearch.elasticsearch(Self.queries())
    }
    #expect(error?.kind == .usage)
  }
}
