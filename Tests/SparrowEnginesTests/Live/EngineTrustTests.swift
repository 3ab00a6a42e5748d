#if PostgreSQL && Curl
  import Foundation
  import SparrowCore
  import SparrowIndex
  import SparrowTestSupport
  import Testing

  @testable import SparrowEngines

  /// Engines behind certificates of a private authority.
  @Suite(.serialized) struct EngineTrustTests {
    private static func variable(_ name: String) -> String? {
      let value = ProcessInfo.processInfo.environment["SPARROW_ENGINE_\(name)"]
      if value == nil {
        Fixtures.skip("a live test of TLS", because: "SPARROW_ENGINE_\(name) is not set")
      }
      return value
    }

    private func engine(
      at base: String, trusting authority: String?, retry: RetryPolicy = RetryPolicy()
    ) throws -> QdrantEngine {
      let configuration = QdrantEngine.Configuration(
        collection: "sparrow_tls", credentials: .apiKey("secret"), retry: retry)
      guard let authority else { return QdrantEngine(at: base, configuration) }
      return QdrantEngine(
        at: base, configuration, transport: try CurlTransport(certificateAuthority: authority))
    }

    @Test func `an authority that is named is trusted`() async throws {
      guard let base = Self.variable("TLS_QDRANT"), let authority = Self.variable("AUTHORITY"),
        let collection = LiveCollection.shared
      else { return }
      let engine = try engine(at: base, trusting: authority)
      let (documents, schema) = collection.sparse
      let loaded = Array(documents.prefix(600))
      try await engine.deleteCollection()
      try await engine.createCollection(schema)
      #expect(try await BulkLoader(engine).load(loaded).confirmedCount == 600)
      let index = try collection.index(as: .qdrant, of: loaded)
      for query in collection.queries.prefix(10) {
        let found = try await engine.search(EngineQuery(query)).map(\.scored)
        expectAlike(found, try index.search(query), "over TLS")
      }
      try await engine.deleteCollection()
      try await engine.close()
      // The same by an address.
      let address = try #require(URLComponents(string: base))
      let text =
        "qdrant://\(address.host ?? ""):\(address.port ?? 0)/c?certificate-authority=\(authority)"
      let other = try EngineAddress(text).makeEngine(credentials: .apiKey("secret"))
      #expect(try await other.status().product == "Qdrant")
      try await other.close()
    }

    @Test func `a certificate that nobody vouches for is refused at once, by name`() async throws {
      guard let base = Self.variable("TLS_QDRANT"), let authority = Self.variable("AUTHORITY")
      else { return }
      let stranger = URL(fileURLWithPath: authority).deletingLastPathComponent()
        .appendingPathComponent("stranger.pem").path
      // An attempt that is repeated would wait for a minute.
      let retry = RetryPolicy(sleep: { _ in Issue.record("tried again") })
      let strange = try engine(at: base, trusting: stranger, retry: retry)
      let error = await #expect(throws: EngineError.self) { try await strange.status() }
      #expect(error?.kind == .untrusted)
      for part in [
        "localhost:16335", "CN = localhost", "issued by \"CN = Sparrow test authority\"",
        "unable to get local issuer certificate", stranger,
      ] { #expect(error?.message.contains(part) == true, "\(error?.message ?? "")") }
      let system = try engine(at: base, trusting: nil, retry: retry)
      let other = await #expect(throws: EngineError.self) { try await system.status() }
      #expect(other?.kind == .untrusted, "\(other?.message ?? "")")
      try await strange.close()
      try await system.close()
    }

    @Test func `a certificate of another host is refused`() async throws {
      guard let base = Self.variable("TLS_QDRANT"), let authority = Self.variable("AUTHORITY")
      else { return }
      let engine = try engine(
        at: base.replacing("localhost", with: "127.0.0.1"), trusting: authority)
      let error = await #expect(throws: EngineError.self) { try await engine.status() }
      #expect(error?.kind == .untrusted)
      #expect(error?.message.contains("'127.0.0.1'") == true, "\(error?.message ?? "")")
      try await engine.close()
    }
  }
#endif
