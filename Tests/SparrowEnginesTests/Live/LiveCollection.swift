#if PostgreSQL
  import Foundation
  import SparrowCore
  import SparrowEngines
  import SparrowIndex
  import SparrowTestSupport
  import Testing

  /// 2,000 documents of SciFact with BM25 vectors, dense vectors made of these, and fields.
  struct LiveCollection: Sendable {
    let documents: [EngineDocument]
    let queries: [SparseVector]
    let denseQueries: [[Float]]
    let schema: EngineSchema

    static let denseDimension = 32

    /// The collection, nil when SciFact is not at hand.
    static let shared: LiveCollection? = {
      guard let folder = Fixtures.data("scifact") else {
        Fixtures.skip("live tests of engines", because: "there is no SciFact beside the checkout")
        return nil
      }
      return try? LiveCollection(folder)
    }()

    init(_ folder: URL) throws {
      func lines(_ name: String, _ count: Int) throws -> [JSONValue] {
        try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
          .split(separator: "\n").prefix(count).map { try JSONValue(parsing: Data($0.utf8)) }
      }
      let rows = try lines("corpus.jsonl", 2000)
      let texts = rows.map { "\($0["title"]?.string ?? "") \($0["text"]?.string ?? "")" }
      let encoder = try BM25Encoder(fitting: texts)
      let vectors = try encoder.encode(texts, role: .document, options: EncodingOptions())
      let queryTexts = try lines("queries.jsonl", 40).compactMap { $0["text"]?.string }
      let queryVectors = try encoder.encode(queryTexts, role: .query, options: EncodingOptions())
      documents = rows.enumerated().map { row, json in
        EngineDocument(
          id: DocumentID(json["_id"]?.string ?? ""), vector: vectors[row],
          dense: Self.projected(vectors[row]),
          fields: [
            "topic": .keywords(row % 10 == 0 ? ["even", "ten"] : [row % 2 == 0 ? "even" : "odd"]),
            "length": .number(Double(texts[row].utf8.count)),
          ], payload: ["title": json["title"] ?? ""])
      }
      queries = (0..<queryVectors.rowCount).map { queryVectors[$0] }
      denseQueries = queries.map(Self.projected)
      schema = EngineSchema(
        dimension: encoder.dimension, denseDimension: Self.denseDimension,
        fields: ["topic": .keyword, "length": .number])
    }

    /// A dense vector of length 1: each term adds its weight to a coordinate that its number draws.
    private static func projected(_ vector: SparseVector) -> [Float] {
      var dense = [Float](repeating: 0, count: denseDimension)
      for (index, weight) in zip(vector.indices, vector.values) {
        let mixed = (UInt64(index) &+ 1) &* 0x9E37_79B9_7F4A_7C15
        dense[Int(mixed >> 40) % denseDimension] += mixed & (1 << 20) == 0 ? weight : -weight
      }
      let norm = dense.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return norm > 0 ? dense.map { $0 / norm } : dense
    }

    /// The documents without dense vectors, and the schema for them.
    var sparse: (documents: [EngineDocument], schema: EngineSchema) {
      var schema = schema
      schema.denseDimension = nil
      return (
        documents.map { document in
          var document = document
          document.dense = nil
          return document
        }, schema
      )
    }

    /// Sparrow's own index of the vectors as an engine keeps them.
    func index(as engine: LiveEngine, of documents: [EngineDocument]) throws -> IndexSnapshot {
      let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("sparrow-live-\(UUID().uuidString)")
      let writer = try IndexWriter(
        creatingAt: folder, dimension: schema.dimension, precision: .float32,
        configuration: IndexWriterConfiguration(durability: .onFlush))
      try writer.upsert(
        documents.map {
          IndexedDocument(id: $0.id, vector: engine.stored($0.vector), fields: $0.fields)
        })
      let snapshot = try writer.snapshot()
      try writer.close()
      // The snapshot keeps the files open.
      try FileManager.default.removeItem(at: folder)
      return snapshot
    }

    /// The best documents by dense vectors, all compared.
    func nearest(_ query: [Float], count: Int) -> [ScoredDocument] {
      let scored = documents.map { document in
        let products = zip(query, document.dense ?? []).map { Double($0) * Double($1) }
        return ScoredDocument(id: document.id, score: products.reduce(0, +))
      }
      return Array(scored.sorted(by: ScoredDocument.precedes).prefix(count))
    }
  }

  /// Two result lists are the same up to rounding of scores: documents whose scores differ by less
  /// may come in any order, and any of them may be the last.
  func expectAlike(
    _ found: [ScoredDocument], _ expected: [ScoredDocument], tolerance: Double = 2e-6,
    _ comment: Comment, location: SourceLocation = #_sourceLocation
  ) {
    #expect(found.count == expected.count, comment, sourceLocation: location)
    let lowest = expected.last?.score ?? 0
    let scoreOfID = Dictionary(
      expected.map { ($0.id, $0.score) }, uniquingKeysWith: { first, _ in first })
    for (hit, other) in zip(found, expected) {
      let slack = tolerance * max(1, abs(other.score))
      #expect(abs(hit.score - other.score) <= slack, comment, sourceLocation: location)
      let score = scoreOfID[hit.id] ?? lowest
      #expect(abs(hit.score - score) <= slack, comment, sourceLocation: location)
    }
  }
#endif
