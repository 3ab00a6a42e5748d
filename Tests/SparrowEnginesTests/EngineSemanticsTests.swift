import Foundation
import SparrowCore
import SparrowIndex
import Testing

@testable import SparrowEngines

/// In what engines differ, as far as it is decided before anything is sent.
@Suite struct EngineSemanticsTests {
  private let qdrant: QdrantEngine
  private let elastic: ElasticsearchEngine
  private let open: OpenSearchEngine
  private let postgres: PostgreSQLEngine

  init() throws {
    let transport = StubTransport([
      ("GET /", ["version": ["number": "3.3.0", "distribution": "opensearch"]])
    ])
    qdrant = QdrantEngine(
      at: "http://h", QdrantEngine.Configuration(collection: "c"), transport: transport)
    elastic = ElasticsearchEngine(
      at: "http://h", ElasticsearchEngine.Configuration(index: "i"), transport: transport)
    open = try OpenSearchEngine(
      at: "http://h", OpenSearchEngine.Configuration(index: "i"), transport: transport)
    postgres = try PostgreSQLEngine(
      at: "", PostgreSQLEngine.Configuration(table: "t"), database: StubDatabase())
  }

  private func text(_ engine: any SearchEngine, _ vector: SparseVector) throws -> String {
    let document = EngineDocument(id: "1", vector: vector)
    return String(decoding: try engine.encode(document).bytes, as: UTF8.self)
  }

  // MARK: Dimensions and weights

  @Test func `dimensions are numbers, words or numbers from 1`() throws {
    let vector = try SparseVector.of([0: 1, 2: 0.5])
    #expect(try text(qdrant, vector).contains("\"indices\":[0,2],\"values\":[1.0,0.5]"))
    #expect(try text(elastic, vector).contains("\"sparse\":{\"0\":1.0,\"2\":0.5}"))
    #expect(try text(open, vector).contains("\"sparse\":{\"0\":1.0,\"2\":0.5}"))
    #expect(try text(postgres, vector).contains("{1:1.0,3:0.5}/30522"))
  }

  @Test func `tokens may be the keys where words are`() throws {
    let keys = TermKeys.tokens(Vocabulary(tokens: ["cat", "dog", "3.5", ""]))
    #expect(try keys.key(1) == "dog")
    for index in [2, 3, 4] as [TokenID] {
      #expect(throws: EngineError.self) { try keys.key(index) }
    }
    let vector = try TermKeyReader(keys).vector(["dog": 2, "cat": 1.5])
    #expect(vector.indices == [0, 1] && vector.values == [1.5, 2])
    #expect(throws: EngineError.self) { try TermKeyReader(keys).vector(["cow": 1]) }
  }

  @Test func `negative weights are kept or refused, zeros dropped everywhere`() throws {
    let vector = try SparseVector.of([1: -0.5, 4: 0, 9: 2])
    #expect(try text(qdrant, vector).contains("\"indices\":[1,9],\"values\":[-0.5,2.0]"))
    #expect(try text(postgres, vector).contains("{2:-0.5,10:2.0}/30522"))
    for engine in [elastic, open] as [any SearchEngine] {
      let error = #expect(throws: EngineError.self) { try text(engine, vector) }
      #expect(error?.kind == .invalid && error?.message.contains("-0.5") == true)
      #expect(throws: EngineError.self) { try text(engine, try .of([1: .leastNonzeroMagnitude])) }
    }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func `weights that are not finite are refused everywhere`(_ weight: Float) throws {
    for engine in [qdrant, elastic, open, postgres] as [any SearchEngine] {
      let error = #expect(throws: EngineError.self) { try text(engine, try .of([5: weight])) }
      #expect(error?.message.contains("dimension 5") == true)
    }
  }

  @Test(arguments: [(Float(2.409_716_4), Float(2.40625)), (0.3, 0.299_804_7), (1, 1)])
  func `Lucene keeps nine significant bits`(_ weight: Float, _ stored: Float) {
    #expect(EngineWeights.storedByLucene(weight) == stored)
  }

  @Test func `an empty vector is no field, or an empty one`() throws {
    let empty = try SparseVector.of([:])
    #expect(try text(qdrant, empty).contains("{\"indices\":[],\"values\":[]}"))
    #expect(try !text(elastic, empty).contains("sparse"))
    #expect(try !text(open, empty).contains("sparse"))
    #expect(try text(postgres, empty).contains("{}/30522"))
  }

  @Test func `a query without terms finds nothing and asks nobody`() async throws {
    for engine in [qdrant, elastic, open, postgres] as [any SearchEngine] {
      let query = EngineQuery(try .of([8: 0]))
      #expect(try await engine.search(query) == [])
      #expect(try await engine.search(EngineQuery(try .of([8: 1]), count: 0)) == [])
    }
  }

  // MARK: Limits

  @Test func `limits of engines are known before anything is sent`() throws {
    let indices = (0..<20_000).map { TokenID($0) }
    let long = try SparseVector(
      dimension: 30_522, indices: indices, values: [Float](repeating: 1, count: indices.count))
    #expect(throws: EngineError.self) { try text(postgres, long) }
    #expect(throws: Never.self) { try text(postgres, long.keepingLargest(16_000)) }
    let indexed = try PostgreSQLEngine(
      at: "",
      PostgreSQLEngine.Configuration(
        table: "t", nearestNeighbours: PostgreSQLEngine.NearestNeighbours()),
      database: StubDatabase())
    #expect(throws: EngineError.self) { try text(indexed, long.keepingLargest(1001)) }
    #expect(throws: EngineError.self) { try elastic.body(EngineQuery(long)) }
    #expect(throws: Never.self) { try elastic.body(EngineQuery(long.keepingLargest(1024))) }
    for weight in [64.5, -1] as [Float] {
      #expect(throws: EngineError.self) { try open.body(EngineQuery(try .of([3: weight]))) }
    }
  }

  @Test func `OpenSearch's approximate fields refuse what they would confuse`() async throws {
    let transport = StubTransport([
      ("GET /", ["version": ["number": "3.3.0", "distribution": "opensearch"]])
    ])
    let storage = OpenSearchEngine.Storage.seismic(
      OpenSearchEngine.Seismic(largestDocumentWeight: 3))
    let engine = try OpenSearchEngine(
      at: "http://h", OpenSearchEngine.Configuration(index: "i", storage: storage),
      transport: transport)
    let error = await #expect(throws: EngineError.self) {
      try await engine.createCollection(EngineSchema(dimension: 50_265))
    }
    #expect(error?.message.contains("32768") == true)
    #expect(throws: EngineError.self) {
      let keys = TermKeys.tokens(Vocabulary(tokens: []))
      return try OpenSearchEngine(
        at: "http://h", OpenSearchEngine.Configuration(index: "i", keys: keys, storage: storage),
        transport: transport)
    }
  }

  @Test(arguments: ["payload", "id", "1st", "a.b", "a b", "", "ä"])
  func `names of fields that engines take for something else are refused`(_ name: String) throws {
    let schema = EngineSchema(dimension: 3, fields: [name: .keyword])
    #expect(throws: EngineError.self) { try schema.validate() }
    let document = EngineDocument(
      id: "1", vector: try .of([1: 1]), fields: [name: .keyword("x")])
    for engine in [qdrant, elastic, open, postgres] as [any SearchEngine] {
      #expect(throws: EngineError.self) { try engine.encode(document) }
    }
  }

  // MARK: Versions

  @Test(arguments: [
    ("8.15.0", false), ("8.18.4", false), ("8.19.0", true), ("9.0.3", false), ("9.1.0", true),
  ])
  func `pruning is switched off in mappings where they have the switch`(
    _ version: String, _ expected: Bool
  ) throws {
    let version = try #require(EngineVersion(parsing: version))
    #expect(ElasticsearchEngine.hasPruningOption(version) == expected)
  }

  @Test func `versions that lack something are refused by name`() async throws {
    func qdrant(_ version: String) throws -> QdrantEngine {
      QdrantEngine(
        at: "http://h", QdrantEngine.Configuration(collection: "c"),
        transport: StubTransport([
          ("GET /", ["version": .string(version)]), ("query", ["result": ["points": []]]),
        ]))
    }
    let schema = EngineSchema(dimension: 3)
    await #expect(throws: EngineError.self) { try await qdrant("1.9.7").createCollection(schema) }
    try await qdrant("1.10.0").createCollection(schema)
    let vector = try SparseVector.of([1: 1])
    let plain = EngineQuery(vector, dense: [1])
    let weighted = EngineQuery(vector, dense: [1], fusion: ReciprocalRankFusion(weights: [2, 1]))
    await #expect(throws: EngineError.self) { try await qdrant("1.15.0").search(plain) }
    #expect(try await qdrant("1.16.0").search(plain) == [])
    await #expect(throws: EngineError.self) { try await qdrant("1.16.0").search(weighted) }
    #expect(try await qdrant("1.17.0").search(weighted) == [])

    func status(_ version: JSONValue) -> StubTransport {
      StubTransport([("GET /", ["version": version])])
    }
    let old = ElasticsearchEngine(
      at: "http://h", ElasticsearchEngine.Configuration(index: "i"),
      transport: status(["number": "8.14.3"]))
    await #expect(throws: EngineError.self) { try await old.createCollection(schema) }
    let wrong = ElasticsearchEngine(
      at: "http://h", ElasticsearchEngine.Configuration(index: "i"),
      transport: status(["number": "3.1.0", "distribution": "opensearch"]))
    let error = await #expect(throws: EngineError.self) { try await wrong.status() }
    #expect(error?.message.contains("not Elasticsearch") == true)
    let early = try OpenSearchEngine(
      at: "http://h", OpenSearchEngine.Configuration(index: "i"),
      transport: status(["number": "2.10.0", "distribution": "opensearch"]))
    await #expect(throws: EngineError.self) { try await early.createCollection(schema) }
  }

  // MARK: Identifiers

  @Test(
    arguments: [
      ("17", .integer(17), true),
      ("18446744073709551615", .bigInteger("18446744073709551615"), true),
      ("5c56c793-69f3-4fbf-87e6-c4bf54c28c26", "5c56c793-69f3-4fbf-87e6-c4bf54c28c26", true),
      // The first 16 bytes of the SHA-256 hash, marked as a UUID of version 8.
      ("abc", "ba7816bf-8f01-8fea-8141-40de5dae2223", false),
      ("017", nil, false), ("-3", nil, false), ("18446744073709551616", nil, false),
      ("5C56C793-69F3-4FBF-87E6-C4BF54C28C26", nil, false), ("", nil, false),
    ] as [(String, JSONValue?, Bool)])
  func `Qdrant's identifiers are numbers, UUIDs or hashes`(
    _ text: String, _ expected: JSONValue?, _ isOwn: Bool
  ) {
    let (point, own) = QdrantIdentifier.point(for: DocumentID(text))
    #expect(own == isOwn)
    if let expected { #expect(point == expected) }
    let payload: JSONValue = own ? [:] : ["_id": .string(text)]
    #expect(QdrantIdentifier.document(of: ["id": point, "payload": payload]) == DocumentID(text))
  }
}
