#if PostgreSQL
  import Foundation
  import SparrowCore
  import SparrowEngines
  import SparrowTestSupport

  /// An engine that answers on the network, named by an environment variable such as
  /// `SPARROW_ENGINE_QDRANT=http://127.0.0.1:6333`.
  enum LiveEngine: String, CaseIterable, Sendable {
    case qdrant
    case elasticsearch
    case opensearch
    case postgresql

    /// Its address, nil when the variable is not set.
    var address: String? {
      ProcessInfo.processInfo.environment["SPARROW_ENGINE_\(rawValue.uppercased())"]
    }

    /// The engines that can be tested; says which cannot.
    static let available: [LiveEngine] = allCases.filter { engine in
      if engine.address == nil {
        Fixtures.skip(
          "live tests of \(engine)",
          because:
            "SPARROW_ENGINE_\(engine.rawValue.uppercased()) is not set; see make test-engines")
      }
      return engine.address != nil
    }

    /// A client of a collection.
    func makeEngine(
      _ collection: String, transport: any HTTPTransport = .standard,
      retry: RetryPolicy = RetryPolicy(attemptCount: 12, baseDelay: .milliseconds(50))
    ) throws -> any SearchEngine {
      let base = address ?? ""
      switch self {
      case .qdrant:
        return QdrantEngine(
          at: base, QdrantEngine.Configuration(collection: collection, retry: retry),
          transport: transport)
      case .elasticsearch:
        return ElasticsearchEngine(
          at: base,
          ElasticsearchEngine.Configuration(
            index: collection, credentials: Self.credentials, retry: retry),
          transport: transport)
      case .opensearch:
        return try OpenSearchEngine(
          at: base,
          OpenSearchEngine.Configuration(
            index: collection, credentials: Self.credentials, retry: retry),
          transport: transport)
      case .postgresql:
        return try PostgreSQLEngine(
          at: base, PostgreSQLEngine.Configuration(table: collection, retry: retry))
      }
    }

    /// An API key for real servers, from `SPARROW_ENGINE_API_KEY`.
    private static var credentials: EngineCredentials {
      ProcessInfo.processInfo.environment["SPARROW_ENGINE_API_KEY"].map { .apiKey($0) } ?? .none
    }

    /// Whether the test machine's stand-in can search dense vectors.
    var hasDense: Bool { self != .opensearch }

    /// A document's vector as the engine keeps it.
    func stored(_ vector: SparseVector) -> SparseVector {
      switch self {
      case .elasticsearch, .opensearch: EngineWeights.storedByLucene(vector)
      case .qdrant, .postgresql: vector
      }
    }

    /// Runs `body` with a collection of its own, which is removed afterwards.
    func withCollection(
      _ name: String, transport: any HTTPTransport = .standard,
      _ body: (any SearchEngine) async throws -> Void
    ) async throws {
      let engine = try makeEngine("sparrow_\(name)", transport: transport)
      try await engine.deleteCollection()
      do {
        try await body(engine)
      } catch {
        try? await engine.deleteCollection()
        try? await engine.close()
        throw error
      }
      try await engine.deleteCollection()
      try await engine.close()
    }
  }
#endif
