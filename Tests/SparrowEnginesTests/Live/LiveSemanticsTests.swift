#if PostgreSQL
  import SparrowCore
  import SparrowIndex
  import SparrowTestSupport
  import Testing

  @testable import SparrowEngines

  /// In what engines differ, seen at the engines themselves.
  @Suite(.serialized) struct LiveSemanticsTests {
    private static let schema = EngineSchema(dimension: 100)

    private func document(
      _ id: DocumentID, _ weights: KeyValuePairs<TokenID, Float>
    ) throws -> EngineDocument {
      let vector = try SparseVector(
        dimension: 100, indices: weights.map(\.key), values: weights.map(\.value))
      return EngineDocument(id: id, vector: vector)
    }

    private func query(_ weights: KeyValuePairs<TokenID, Float>) throws -> EngineQuery {
      EngineQuery(try document("", weights).vector)
    }

    @Test(arguments: LiveEngine.available)
    func `scores are dot products of weights as they are stored`(_ kind: LiveEngine) async throws {
      try await kind.withCollection("weights") { engine in
        try await engine.createCollection(Self.schema)
        let stored = try document("1", [0: 2.409_716_4, 7: 0.3, 99: 1e-5])
        _ = try await BulkLoader(engine).load([stored])
        let query = try query([0: 1.5, 7: 0.123_456_79, 99: 64])
        let hit = try #require(try await engine.search(query).first)
        let expected = query.vector.dot(kind.stored(stored.vector))
        #expect(abs(hit.score - Double(expected)) < 1e-5)
      }
    }

    @Test(arguments: LiveEngine.available)
    func `documents that share no term are not found, nor empty ones`(
      _ kind: LiveEngine
    ) async throws {
      try await kind.withCollection("terms") { engine in
        try await engine.createCollection(Self.schema)
        let report = try await BulkLoader(engine).load([
          try document("1", [3: 1]), try document("2", [4: 1]), try document("3", [:]),
        ])
        #expect(report.confirmedCount == 3)
        #expect(try await engine.count(where: nil) == 3)
        #expect(try await engine.search(query([3: 1])).map(\.id) == ["1"])
        #expect(try await engine.search(query([50: 1])) == [])
      }
    }

    @Test(arguments: LiveEngine.available)
    func `equal scores come in the order of identifiers`(_ kind: LiveEngine) async throws {
      try await kind.withCollection("ties") { engine in
        try await engine.createCollection(Self.schema)
        let ids = ["b", "a", "10", "9", "c"] as [DocumentID]
        _ = try await BulkLoader(engine).load(ids.map { try document($0, [3: 1]) })
        #expect(try await engine.search(query([3: 1])).map(\.id) == ids.sorted())
      }
    }

    @Test(arguments: LiveEngine.available)
    func `negative weights count where they are kept`(_ kind: LiveEngine) async throws {
      try await kind.withCollection("negative") { engine in
        try await engine.createCollection(Self.schema)
        let report = try await BulkLoader(engine).load([
          try document("1", [3: 2, 4: -1]), try document("2", [3: 2]),
        ])
        switch kind {
        case .qdrant, .postgresql:
          let hits = try await engine.search(query([3: 1, 4: 1]))
          #expect(hits.map(\.id) == ["2", "1"] && hits.map(\.score) == [2, 1])
        case .elasticsearch, .opensearch:
          #expect(report.refused.map(\.id) == ["1"])
          #expect(try await engine.count(where: nil) == 1)
        }
      }
    }

    @Test(arguments: LiveEngine.available)
    func `what was confirmed is found after a refresh at the latest`(
      _ kind: LiveEngine
    ) async throws {
      try await kind.withCollection("refresh") { engine in
        try await engine.createCollection(Self.schema)
        for round in 1...5 {
          let id = DocumentID(String(round))
          #expect(try await engine.upsert([engine.encode(document(id, [3: 1]))]) == [])
          try await engine.refresh()
          #expect(try await engine.search(query([3: 1])).count == round)
        }
      }
    }

    @Test(arguments: LiveEngine.available)
    func `identifiers of every kind come back as they were`(_ kind: LiveEngine) async throws {
      let ids: [DocumentID] = [
        "17", "017", "5c56c793-69f3-4fbf-87e6-c4bf54c28c26", "with space/and+more?&=%", "ünï",
        "tab\tand \"quotes\" \\", "'; drop table x; --", "18446744073709551615",
      ]
      try await kind.withCollection("ids") { engine in
        try await engine.createCollection(Self.schema)
        let report = try await BulkLoader(engine).load(ids.map { try document($0, [3: 1]) })
        #expect(report.refused.isEmpty, "\(report.refused)")
        #expect(try await engine.search(query([3: 1])).map(\.id) == ids.sorted())
        try await engine.delete([ids[3], ids[5]])
        try await engine.refresh()
        #expect(try await engine.count(where: nil) == ids.count - 2)
        #expect(try await engine.count(where: .identifiers([ids[4], ids[3]])) == 1)
      }
    }

    @Test(arguments: LiveEngine.available)
    func `a document that the engine refuses is named and does not hold up the others`(
      _ kind: LiveEngine
    ) async throws {
      try await kind.withCollection("refused") { engine in
        var schema = Self.schema
        if kind.hasDense { schema.denseDimension = 3 }
        try await engine.createCollection(schema)
        var documents = try (0..<30).map { try document(DocumentID(String($0)), [3: 1]) }
        for place in documents.indices where kind.hasDense { documents[place].dense = [1, 0, 0] }
        if kind.hasDense {
          documents[17].dense = [1, 0]
        } else {
          // The mapping is strict.
          documents[17].fields["colour"] = .keyword("red")
        }
        let report = try await BulkLoader(engine).load(documents)
        #expect(report.refused.map(\.id) == ["17"], "\(kind)")
        #expect(report.refused.first?.error.kind == .invalid)
        #expect(try await engine.count(where: nil) == 29)
      }
    }

    @Test(arguments: LiveEngine.available)
    func `a collection that is not there is an error that says so`(
      _ kind: LiveEngine
    ) async throws {
      let engine = try kind.makeEngine("sparrow_absent")
      let error = await #expect(throws: EngineError.self) { try await engine.search(query([3: 1])) }
      #expect(error?.kind == .notFound, "\(kind): \(error?.message ?? "")")
      try await engine.close()
    }

    @Test func `an index of pgvector's finds what an exact search finds, filtered too`()
      async throws
    {
      guard let address = LiveEngine.postgresql.address, let collection = LiveCollection.shared
      else { return }
      let configuration = PostgreSQLEngine.Configuration(
        table: "sparrow_hnsw", nearestNeighbours: PostgreSQLEngine.NearestNeighbours())
      let engine = try PostgreSQLEngine(at: address, configuration)
      try await engine.deleteCollection()
      let (documents, schema) = collection.sparse
      try await engine.createCollection(schema)
      let loaded = Array(documents.prefix(500))
      _ = try await BulkLoader(engine).load(loaded)
      let index = try collection.index(as: .postgresql, of: loaded)
      var found = 0
      for query in collection.queries {
        let filter = DocumentFilter.keyword("topic", is: "odd")
        let hits = Set(try await engine.search(EngineQuery(query, filter: filter)).map(\.id))
        let expected = try index.search(query, options: SearchOptions(filter: filter))
        found += expected.count { hits.contains($0.id) }
      }
      #expect(found > 380, "\(found) of 400")
      try await engine.deleteCollection()
      try await engine.close()
    }
  }
#endif
