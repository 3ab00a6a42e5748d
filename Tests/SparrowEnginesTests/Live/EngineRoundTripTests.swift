#if PostgreSQL
  import SparrowCore
  import SparrowIndex
  import Testing

  @testable import SparrowEngines

  /// What goes into an engine comes out of it, and searches find what Sparrow's own index finds.
  @Suite(.serialized) struct EngineRoundTripTests {
    @Test(arguments: LiveEngine.available)
    func `two thousand documents are loaded and found as Sparrow finds them`(
      _ kind: LiveEngine
    ) async throws {
      guard let collection = LiveCollection.shared else { return }
      let (documents, schema) = collection.sparse
      let index = try collection.index(as: kind, of: documents)
      try await kind.withCollection("load") { engine in
        try await engine.createCollection(schema)
        let again = await #expect(throws: EngineError.self) {
          try await engine.createCollection(schema)
        }
        #expect(again?.kind == .alreadyExists)
        let report = try await BulkLoader(engine).load(documents)
        #expect(report.confirmedCount == 2000 && report.refused.isEmpty)
        #expect(try await engine.count(where: nil) == 2000)
        for query in collection.queries {
          let found = try await engine.search(EngineQuery(query)).map(\.scored)
          expectAlike(found, try index.search(query), "\(kind)")
        }
        let filters: [DocumentFilter] = [
          .keyword("topic", is: "ten"), .number("length", from: 900, upTo: 1200),
          .all([.keyword("topic", isOneOf: ["odd", "none"]), .number("length", upTo: 1500)]),
          .not(.keyword("topic", is: "even")),
          .any([.identifiers(Set(documents.prefix(50).map(\.id))), .number("length", from: 3000)]),
          .any([]), .all([.exists("topic"), .not(.exists("length"))]),
          .keyword("topic", isOneOf: []),
        ]
        for filter in filters {
          #expect(
            try await engine.count(where: filter) == index.count(where: filter),
            "\(kind), \(filter)")
          for query in collection.queries.prefix(10) {
            let hits = try await engine.search(EngineQuery(query, filter: filter))
            let expected = try index.search(query, options: SearchOptions(filter: filter))
            expectAlike(hits.map(\.scored), expected, "\(kind), \(filter)")
          }
        }
        let hit = try #require(
          try await engine.search(EngineQuery(collection.queries[0], includesDocuments: true))
            .first)
        let document = try #require(documents.first { $0.id == hit.id })
        #expect(hit.fields == document.fields && hit.payload == document.payload)
      }
    }

    @Test(arguments: LiveEngine.available)
    func `scrolling returns every document once, as it is stored`(
      _ kind: LiveEngine
    ) async throws {
      guard let collection = LiveCollection.shared else { return }
      let (documents, schema) = collection.sparse
      try await kind.withCollection("scroll") { engine in
        try await engine.createCollection(schema)
        let loaded = Array(documents.prefix(700))
        _ = try await BulkLoader(engine).load(loaded)
        var found: [DocumentID: EngineDocument] = [:]
        var pageCount = 0
        try await engine.forEachPage(pageSize: 128) { page in
          pageCount += 1
          for document in page {
            #expect(found.updateValue(document, forKey: document.id) == nil, "\(document.id)")
          }
        }
        #expect(found.count == 700 && pageCount == 6)
        for document in loaded {
          let other = try #require(found[document.id], "\(kind), \(document.id)")
          #expect(other.vector.indices == document.vector.indices)
          for (stored, weight) in zip(other.vector.values, document.vector.values) {
            // Lucene's engines return what they were sent and round only what they score with.
            #expect(abs(stored - weight) <= 1e-6 * abs(weight))
          }
          #expect(other.fields == document.fields && other.payload == document.payload)
        }
        var filteredCount = 0
        try await engine.forEachPage(where: .keyword("topic", is: "ten"), pageSize: 35) { page in
          filteredCount += page.count
        }
        #expect(filteredCount == 70)
      }
    }

    @Test(arguments: LiveEngine.available)
    func `documents are replaced and deleted`(_ kind: LiveEngine) async throws {
      guard let collection = LiveCollection.shared else { return }
      let (documents, schema) = collection.sparse
      try await kind.withCollection("change") { engine in
        try await engine.createCollection(schema)
        _ = try await BulkLoader(engine).load(documents.prefix(100))
        var changed = Array(documents.prefix(20))
        for place in changed.indices {
          changed[place].vector = documents[place + 500].vector
          changed[place].fields["topic"] = .keyword("changed")
        }
        _ = try await BulkLoader(engine).load(changed)
        #expect(try await engine.count(where: nil) == 100)
        #expect(try await engine.count(where: .keyword("topic", is: "changed")) == 20)
        let index = try collection.index(as: kind, of: changed + documents[20..<100])
        for query in collection.queries.prefix(10) {
          let found = try await engine.search(EngineQuery(query)).map(\.scored)
          expectAlike(found, try index.search(query), "\(kind)")
        }
        try await engine.delete(documents[0..<5].map(\.id) + ["unknown"])
        try await engine.refresh()
        #expect(try await engine.count(where: nil) == 95)
        try await engine.delete(where: .keyword("topic", is: "changed"))
        try await engine.refresh()
        #expect(try await engine.count(where: nil) == 80)
      }
      // Deleting what is not there is no error.
      try await kind.withCollection("nothing") { engine in try await engine.deleteCollection() }
    }

    @Test(arguments: LiveEngine.available.filter(\.hasDense))
    func `hybrid searches are Sparrow's own fusion of both lists`(
      _ kind: LiveEngine
    ) async throws {
      guard let collection = LiveCollection.shared else { return }
      let index = try collection.index(as: kind, of: collection.documents)
      try await kind.withCollection("hybrid") { engine in
        try await engine.createCollection(collection.schema)
        _ = try await BulkLoader(engine).load(collection.documents)
        let fusion = ReciprocalRankFusion()
        for (query, dense) in zip(collection.queries, collection.denseQueries).prefix(15) {
          let found = try await engine.search(EngineQuery(query, dense: dense, window: 50))
          let lists = [
            try index.search(query, options: SearchOptions(count: 50)),
            collection.nearest(dense, count: 50),
          ]
          // A pair whose scores are equal to the last bits may change places, and with it a rank.
          expectAlike(
            found.map(\.scored), try fusion.fuse(lists, count: 10).map(\.scored), tolerance: 3e-4,
            "\(kind)")
        }
      }
    }

    @Test(arguments: LiveEngine.available.filter { $0 != .postgresql })
    func `a semantic search in one call finds what Sparrow finds`(
      _ kind: LiveEngine
    ) async throws {
      guard let collection = LiveCollection.shared, let base = kind.address else { return }
      let documents = (0..<300).map { row in
        EngineDocument(id: DocumentID(String(row)), vector: collection.documents[row].vector)
      }
      let index = try collection.index(as: kind, of: documents)
      let dimension = collection.schema.dimension
      let corpus = try SparseMatrix(columnCount: dimension, rows: documents.map(\.vector))
      let queries = try SparseMatrix(
        columnCount: dimension, rows: Array(collection.queries.prefix(10)))
      func check<Engine: SearchEngine>(_ result: SemanticSearch.Result<Engine>) async throws {
        #expect(result.hits.count == 10 && result.duration > .zero)
        for (row, hits) in result.hits.enumerated() {
          expectAlike(hits, try index.search(queries[row]), "\(kind)")
        }
        try await result.index.deleteCollection()
        try await result.index.close()
      }
      switch kind {
      case .qdrant:
        try await check(SemanticSearch.qdrant(queries, corpus: corpus, at: base))
      case .elasticsearch:
        try await check(SemanticSearch.elasticsearch(queries, corpus: corpus, at: base))
      case .opensearch:
        try await check(SemanticSearch.openSearch(queries, corpus: corpus, at: base))
      case .postgresql: break
      }
    }
  }
#endif
