import Foundation
import SparrowCore
import SparrowIndex
import Testing

@testable import SparrowEngines

/// What is sent to engines, without any engine.
///
/// With `SPARROW_WIRE_BODIES=FILE` all bodies are also written to a file, for
/// `Tests/Engines/check_bodies.py`, which validates them against the engines' published interfaces.
@Suite struct RequestBodyTests {
  private static let filter = DocumentFilter.all([
    .keyword("lang", isOneOf: ["en", "de"]), .number("year", from: 2020), .exists("lang"),
    .not(.identifiers(["7"])), .any([.number("year", upTo: 2030), .keyword("lang", is: "fr")]),
  ])
  private static let schema = EngineSchema(
    dimension: 30_522, denseDimension: 2, fields: ["lang": .keyword, "year": .number])

  private func document() throws -> EngineDocument {
    EngineDocument(
      id: "doc one", vector: try .of([3: 0, 7: 1.5, 30_521: 0.1]), dense: [0.6, 0.8],
      fields: ["lang": .keywords(["en", "de"]), "year": .number(2024)],
      payload: ["title": "A \"quoted\" title"])
  }

  /// Everything an engine can be asked, once.
  private func exercise(_ engine: some SearchEngine) async throws {
    try await engine.createCollection(Self.schema)
    _ = try await engine.upsert([try engine.encode(try document())])
    let query = try SparseVector.of([7: 2, 9: 0.25])
    _ = try await engine.search(
      EngineQuery(query, filter: Self.filter, includesDocuments: true))
    _ = try await engine.search(EngineQuery(query))
    _ = try await engine.search(EngineQuery(query, dense: [1, 0], filter: Self.filter))
    let weighted = ReciprocalRankFusion(weights: [2, 1])
    _ = try await engine.search(EngineQuery(query, dense: [1, 0], fusion: weighted))
    let page = try await engine.page(where: Self.filter, count: 1, after: nil)
    _ = try await engine.page(where: nil, count: 1, after: page.next)
    try await engine.delete(["doc one", "7"])
    try await engine.delete(where: Self.filter)
    _ = try await engine.count(where: Self.filter)
    try await engine.refresh()
    try await engine.deleteCollection()
  }

  private func bodies(_ transport: StubTransport, _ engine: String) throws -> [JSONValue] {
    let lines: [JSONValue] = transport.sent.compactMap { sent in
      guard let json = sent.json else { return nil }
      return [
        "engine": .string(engine), "method": .string(sent.method), "path": .string(sent.path),
        "body": json,
      ]
    }
    if let file = ProcessInfo.processInfo.environment["SPARROW_WIRE_BODIES"] {
      let text = lines.map { $0.text(.compact) + "\n" }.joined()
      try Data(text.utf8).write(to: URL(fileURLWithPath: "\(file).\(engine)"))
    }
    return lines
  }

  @Test func `Qdrant is sent what its interface describes`() async throws {
    let transport = StubTransport([
      ("points/query", ["result": ["points": [["id": "x", "score": 1.5]]]]),
      ("points/scroll", ["result": ["points": [], "next_page_offset": 4]]),
      ("points/count", ["result": ["count": 3]]), ("GET /", ["version": "1.19.0"]),
    ])
    let engine = QdrantEngine(
      at: "http://h:6333", QdrantEngine.Configuration(collection: "c"), transport: transport)
    try await exercise(engine)
    let sent = try bodies(transport, "qdrant")
    #expect(sent.count >= 10)
    let upsert = try #require(sent.first { $0["path"] == "/collections/c/points?wait=true" })
    #expect(
      upsert["body"]?["points"]?.array?[0]["vector"]?["sparse"]
        == ["indices": [7, 30_521], "values": [1.5, 0.1]])
    #expect(
      upsert["body"]?["points"]?.array?[0]["payload"]
        == [
          "_id": "doc one", "lang": ["en", "de"], "year": 2024.0,
          "payload": ["title": "A \"quoted\" title"],
        ])
    let create = try #require(sent.first { $0["path"] == "/collections/c" })
    #expect(
      create["body"]?["sparse_vectors"]?["sparse"]?["index"]
        == ["on_disk": false, "datatype": "float32"])
    let hybrid = try #require(sent.first { $0["body"]?["prefetch"] != nil })
    // Ranks from 0 there, from 1 here.
    #expect(hybrid["body"]?["query"] == ["rrf": ["k": 61]])
  }

  @Test(arguments: ["8.15.3", "9.2.0"])
  func `Elasticsearch is sent what its interface describes`(_ version: String) async throws {
    let transport = StubTransport([
      (
        "_bulk",
        ["items": [["index": ["status": 201]]]]
      ),
      ("_search", ["hits": ["hits": [["_id": "x", "_score": 1.5, "sort": ["x"]]]]]),
      ("_pit", ["id": "point"]), ("_count", ["count": 3]),
      ("GET /", ["version": ["number": .string(version)]]),
    ])
    let engine = ElasticsearchEngine(
      at: "http://h:9200", ElasticsearchEngine.Configuration(index: "i"), transport: transport)
    try await exercise(engine)
    let sent = try bodies(transport, "elasticsearch-\(version)")
    let create = try #require(sent.first { $0["path"] == "/i" })
    let mapping = create["body"]?["mappings"]?["properties"]?["sparse"]
    #expect((mapping?["index_options"] != nil) == (version == "9.2.0"))
    let search = try #require(sent.first { $0["path"] == "/i/_search" })
    #expect(
      search["body"]?["query"]?["bool"]?["must"]?.array?[0]["sparse_vector"]
        == ["field": "sparse", "query_vector": ["7": 2.0, "9": 0.25], "prune": false])
    let bulk = try #require(transport.sent.first { $0.path == "/i/_bulk" })
    let lines = String(decoding: bulk.body ?? Data(), as: UTF8.self)
    #expect(
      lines == """
        {"index":{"_id":"doc one"}}
        {"id":"doc one","sparse":{"7":1.5,"30521":0.1},"dense":[0.6,0.8],"lang":["en","de"],\
        "year":2024.0,"payload":{"title":"A \\"quoted\\" title"}}

        """)
    #expect(bulk.header("content-type") == "application/x-ndjson")
    // Newer versions leave vectors out of documents unless asked for.
    let page = try #require(sent.first { $0["path"] == "/_search" })
    #expect((page["body"]?["_source"]?["exclude_vectors"] == false) == (version == "9.2.0"))
  }

  @Test func `OpenSearch is sent what its interface describes`() async throws {
    let answers: [(String, JSONValue)] = [
      ("_bulk", ["items": [["index": ["status": 201]]]]),
      ("point_in_time", ["pit_id": "point"]),
      ("_search", ["hits": ["hits": [["_id": "x", "_score": 1.5, "sort": ["x"]]]]]),
      ("_count", ["count": 3]),
      ("GET /", ["version": ["number": "3.3.0", "distribution": "opensearch"]]),
    ]
    let plain = StubTransport(answers)
    let schema = OpenSearchEngine.Configuration(index: "i")
    try await exercise(try OpenSearchEngine(at: "http://h:9200", schema, transport: plain))
    let sent = try bodies(plain, "opensearch")
    let search = try #require(sent.first { $0["path"] == "/i/_search" })
    #expect(
      search["body"]?["query"]?["bool"]?["must"]?.array?[0]
        == ["neural_sparse": ["sparse": ["query_tokens": ["7": 2.0, "9": 0.25]]]])
    let pipeline = try #require(
      sent.last { $0["path"]?.string?.hasPrefix("/_search/pipeline/") == true })
    let processor = pipeline["body"]?["phase_results_processors"]?.array?[0]
    #expect(
      processor?["score-ranker-processor"]?["combination"]?["parameters"]?["weights"]
        == [.number(2.0 / 3), .number(1.0 / 3)])
    let name = pipeline["path"]?.string?.split(separator: "/").last ?? ""
    #expect(sent.contains { $0["path"] == .string("/i/_search?search_pipeline=\(name)") })

    var seismic = schema
    seismic.storage = .seismic(OpenSearchEngine.Seismic(largestDocumentWeight: 4.5))
    let approximate = StubTransport(answers)
    try await exercise(
      try OpenSearchEngine(at: "http://h:9200", seismic, transport: approximate))
    let create = try #require(try bodies(approximate, "opensearch-seismic").first)
    #expect(create["body"]?["settings"]?["index"]?["sparse"] != nil)
    let parameters = create["body"]?["mappings"]?["properties"]?["sparse"]?["method"]?["parameters"]
    #expect(parameters?["quantization_ceiling_ingest"] == 4.5)

    var bare = schema
    bare.storage = .rankFeaturesWithoutPlugin
    let clauses = StubTransport(answers)
    try await exercise(try OpenSearchEngine(at: "http://h:9200", bare, transport: clauses))
    #expect(
      try bodies(clauses, "opensearch-bare").contains {
        $0["body"]?["query"]?["bool"]?["should"]?.array?[0]
          == ["rank_feature": ["field": "sparse.7", "boost": 2.0, "linear": [:]]]
      })
  }
}
