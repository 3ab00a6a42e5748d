#if PostgreSQL
  import Dispatch
  import Foundation
  import SparrowCore
  import SparrowIndex
  import SparrowTestSupport
  import Synchronization
  import Testing

  @testable import SparrowEngines

  /// Passes requests on to a real transport and makes some of them fail.
  final class FaultyTransport: HTTPTransport {
    private let transport: any HTTPTransport
    private let count = Mutex(0)

    init(_ transport: any HTTPTransport) { self.transport = transport }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
      let number = count.withLock {
        $0 += 1
        return $0
      }
      switch number % 6 {
      case 1: return HTTPResponse(status: 503)
      case 2: return HTTPResponse(status: 429)
      case 3 where request.body?.count ?? 0 > 200_000: return HTTPResponse(status: 413)
      case 4:
        // The engine does what was asked, and the answer is lost.
        _ = try await transport.send(request)
        throw EngineError(.unavailable, "The connection broke.")
      default: return try await transport.send(request)
      }
    }

    func shutdown() async throws { try await transport.shutdown() }
  }

  @Suite(.serialized) struct EngineFaultTests {
    private static func variable(_ name: String) -> String? {
      let value = ProcessInfo.processInfo.environment["SPARROW_ENGINE_\(name)"]
      if value == nil {
        Fixtures.skip("a live test of faults", because: "SPARROW_ENGINE_\(name) is not set")
      }
      return value
    }

    private static let quick = BulkLoader.Configuration(
      limits: BatchLimits(documentCount: 100, byteCount: 4 << 20, concurrency: 4),
      retry: RetryPolicy(attemptCount: 40, baseDelay: .milliseconds(20), maximumDelay: .seconds(1)))

    /// Every document is there once.
    private func expectWhole(
      _ engine: any SearchEngine, _ documents: [EngineDocument], _ comment: Comment
    ) async throws {
      #expect(try await engine.count(where: nil) == documents.count, comment)
      var ids: [DocumentID] = []
      try await engine.forEachPage { ids += $0.map(\.id) }
      #expect(ids.sorted() == documents.map(\.id).sorted(), comment)
    }

    @Test(arguments: LiveEngine.available.filter { $0 != .postgresql })
    func `overload, lost answers and requests too large lose and double nothing`(
      _ kind: LiveEngine
    ) async throws {
      guard let collection = LiveCollection.shared else { return }
      let (documents, schema) = collection.sparse
      let transport = FaultyTransport(URLSessionTransport())
      try await kind.withCollection("faults", transport: transport) { engine in
        try await engine.createCollection(schema)
        let report = try await BulkLoader(engine, Self.quick).load(documents)
        #expect(report.confirmedCount == 2000 && report.retryCount > 5)
        try await expectWhole(engine, documents, "\(kind)")
      }
    }

    @Test func `a server that answers 503 now and then gets everything in the end`() async throws {
      guard let base = Self.variable("FLAKY_QDRANT"), let collection = LiveCollection.shared else {
        return
      }
      let configuration = QdrantEngine.Configuration(
        collection: "sparrow_flaky", credentials: .apiKey("secret"),
        retry: RetryPolicy(attemptCount: 40, baseDelay: .milliseconds(20)))
      let engine = QdrantEngine(at: base, configuration)
      try await engine.deleteCollection()
      let (documents, schema) = collection.sparse
      try await engine.createCollection(schema)
      let report = try await BulkLoader(engine, Self.quick).load(documents.prefix(1000))
      #expect(report.retryCount > 0)
      try await expectWhole(engine, Array(documents.prefix(1000)), "503")
      try await engine.close()
    }

    @Test func `a wrong key is an error of its own kind, at once`() async throws {
      guard let base = Self.variable("FLAKY_QDRANT") else { return }
      for credentials in [EngineCredentials.none, .apiKey("wrong")] {
        let configuration = QdrantEngine.Configuration(collection: "c", credentials: credentials)
        let engine = QdrantEngine(at: base, configuration)
        let error = await #expect(throws: EngineError.self) { try await engine.status() }
        #expect(error?.kind == .unauthorized)
        try await engine.close()
      }
    }

    @Test func `requests that a server finds too large arrive in smaller pieces`() async throws {
      guard LiveEngine.qdrant.address != nil else { return }
      try await LiveEngine.qdrant.withCollection("large") { engine in
        try await engine.createCollection(EngineSchema(dimension: 10))
        let text = String(repeating: "x", count: 1 << 20)
        let documents = try (0..<45).map { number in
          EngineDocument(
            id: DocumentID(String(number)),
            vector: try SparseVector(dimension: 10, indices: [1], values: [1]),
            payload: .string(text))
        }
        var configuration = Self.quick
        configuration.limits = BatchLimits(
          documentCount: 100, byteCount: 64 << 20, concurrency: 1)
        let report = try await BulkLoader(engine, configuration).load(documents)
        #expect(report.confirmedCount == 45 && report.requestCount == 3)
        #expect(try await engine.count(where: nil) == 45)
      }
    }

    @Test(arguments: [LiveEngine.qdrant, .postgresql])
    func `a server killed in the middle of a load and started again has everything once`(
      _ kind: LiveEngine
    ) async throws {
      guard kind.address != nil, let script = Self.variable("SERVERS"),
        let collection = LiveCollection.shared
      else { return }
      let (documents, schema) = collection.sparse
      func serve(_ command: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: script)
        process.arguments = [command, kind == .qdrant ? "qdrant" : "pg"]
        process.standardOutput = FileHandle.nullDevice
        // waitUntilExit() waits for a run loop, which threads of tasks do not have.
        let ended = DispatchGroup()
        ended.enter()
        process.terminationHandler = { _ in ended.leave() }
        try process.run()
        ended.wait()
      }
      try await kind.withCollection("killed") { engine in
        try await engine.createCollection(schema)
        var isKilled = false
        let report = try await BulkLoader(engine, Self.quick).load(
          documents,
          confirmed: { count in
            if !isKilled, count >= 600 {
              isKilled = true
              try serve("kill")
              try serve("up")
            }
          })
        #expect(isKilled && report.confirmedCount == 2000)
        try await expectWhole(engine, documents, "\(kind)")
      }
    }

    @Test func `nobody listening is an error that says so`() async throws {
      let engine = QdrantEngine(
        at: "http://127.0.0.1:9",
        QdrantEngine.Configuration(collection: "c", retry: RetryPolicy(attemptCount: 1)))
      let error = await #expect(throws: EngineError.self) { try await engine.status() }
      #expect(error?.kind == .unavailable && error?.message.contains("127.0.0.1:9") == true)
      try await engine.close()
    }

    /// Leaves collections behind for `Tests/Engines/read_back.py`, which reads them with the
    /// engines' own clients.
    @Test func `documents are left for the engines' own clients to read`() async throws {
      guard let file = Self.variable("READ_BACK"), let collection = LiveCollection.shared else {
        return
      }
      let documents = Array(collection.sparse.documents.prefix(50))
      for kind in LiveEngine.available {
        let engine = try kind.makeEngine("sparrow_read_back")
        try await engine.deleteCollection()
        try await engine.createCollection(collection.sparse.schema)
        #expect(try await BulkLoader(engine).load(documents).confirmedCount == 50)
        try await engine.close()
      }
      let written: [JSONValue] = documents.map { document in
        [
          "id": .string(document.id.rawValue),
          "indices": .array(document.vector.indices.map { .integer(Int64($0)) }),
          "values": .array(document.vector.values.map { .shortest($0) }),
          "topic": document.fields["topic"]?.json ?? .null,
        ]
      }
      try JSONValue.array(written).data(.compact).write(to: URL(fileURLWithPath: file))
    }
  }
#endif
