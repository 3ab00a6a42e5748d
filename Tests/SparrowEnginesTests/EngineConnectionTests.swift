import Foundation
import SparrowCore
import Synchronization
import Testing

@testable import SparrowEngines

@Suite struct EngineConnectionTests {
  private func engine(
    _ transport: StubTransport, credentials: EngineCredentials = .none
  ) throws -> QdrantEngine {
    QdrantEngine(
      at: "http://host:6333",
      QdrantEngine.Configuration(
        collection: "a/b c", credentials: credentials, retry: .immediate()), transport: transport)
  }

  /// Rows of the table that maps answers to kinds of errors.
  @Test(arguments: [
    (404, nil, EngineError.Kind.notFound), (409, nil, .alreadyExists),
    (409, "version_conflict_engine_exception", .conflict),
    (400, "resource_already_exists_exception", .alreadyExists), (400, nil, .invalid),
    (422, nil, .invalid), (401, nil, .unauthorized), (403, nil, .unauthorized),
    (413, nil, .tooLarge), (429, nil, .throttled), (408, nil, .timeout), (504, nil, .timeout),
    (502, nil, .unavailable), (503, nil, .unavailable), (500, nil, .internalError),
  ])
  func `statuses become kinds`(_ status: Int, _ type: String?, _ kind: EngineError.Kind) {
    #expect(EngineConnection.kind(status: status, type: type) == kind)
  }

  @Test(arguments: [
    ("{\"status\":{\"error\":\"no such collection\"},\"time\":0}", "no such collection"),
    (
      "{\"error\":{\"type\":\"t\",\"reason\":\"bad\",\"caused_by\":{\"reason\":\"worse\"}}}",
      "bad: worse"
    ),
    ("{\"error\":\"plain\"}", "plain"), ("not JSON", "no reason given"),
  ])
  func `the engine's own words are in the message`(_ body: String, _ reason: String) async throws {
    let transport = StubTransport { _ in HTTPResponse(status: 400, body: Data(body.utf8)) }
    let error = await #expect(throws: EngineError.self) { try await engine(transport).status() }
    #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    #expect(transport.sent.count == 1)
  }

  @Test func `names in paths are percent-encoded`() async throws {
    let transport = StubTransport([])
    try await engine(transport).deleteCollection()
    #expect(transport.sent[0].path == "/collections/a%2Fb%20c")
  }

  @Test func `failures for the moment are repeated, defects once, the rest never`() async throws {
    for (status, count) in [(503, 8), (429, 8), (500, 2), (400, 1), (401, 1)] {
      let transport = StubTransport { _ in HTTPResponse(status: status) }
      await #expect(throws: EngineError.self) { try await engine(transport).status() }
      #expect(transport.sent.count == count, "status \(status)")
    }
  }

  @Test func `creating a collection that the lost first attempt created is no error`()
    async throws
  {
    let attempts = Mutex(0)
    let transport = StubTransport { sent in
      guard sent.method == "PUT" else {
        return HTTPResponse(status: 200, body: Data("{\"version\":\"1.19.0\"}".utf8))
      }
      let attempt = attempts.withLock {
        $0 += 1
        return $0
      }
      return HTTPResponse(status: attempt == 1 ? 503 : 409)
    }
    try await engine(transport).createCollection(EngineSchema(dimension: 10))
    #expect(attempts.withLock { $0 } == 2)
    // Without a lost attempt it is.
    let taken = StubTransport { sent in
      HTTPResponse(
        status: sent.method == "PUT" ? 409 : 200, body: Data("{\"version\":\"1.19.0\"}".utf8))
    }
    let error = await #expect(throws: EngineError.self) {
      try await engine(taken).createCollection(EngineSchema(dimension: 10))
    }
    #expect(error?.kind == .alreadyExists)
  }

  @Test func `credentials go into headers and never into messages`() async throws {
    let secret = "s3cret"
    for (credentials, name, value) in [
      (EngineCredentials.apiKey(secret), "api-key", secret),
      (.bearer(secret), "authorization", "Bearer s3cret"),
      (.basic(user: "me", password: secret), "authorization", "Basic bWU6czNjcmV0"),
    ] {
      let transport = StubTransport { _ in HTTPResponse(status: 401) }
      let error = await #expect(throws: EngineError.self) {
        try await engine(transport, credentials: credentials).status()
      }
      #expect(transport.sent[0].header(name) == value)
      #expect(error?.kind == .unauthorized)
      #expect(error?.message.contains(secret) == false)
      #expect(!"\(credentials)".contains(secret))
    }
    let transport = StubTransport([("GET /", ["version": ["number": "8.15.3"]])])
    let elastic = ElasticsearchEngine(
      at: "http://h:9200",
      ElasticsearchEngine.Configuration(index: "i", credentials: .apiKey(secret)),
      transport: transport)
    _ = try await elastic.status()
    #expect(transport.sent[0].header("authorization") == "ApiKey s3cret")
    #expect(transport.sent[0].headers.count { $0.name == "content-type" } == 0)
  }

  @Test func `an answer that is no JSON is a defect of the engine`() async throws {
    let transport = StubTransport { _ in
      HTTPResponse(status: 200, body: Data("<html>".utf8))
    }
    let error = await #expect(throws: EngineError.self) { try await engine(transport).status() }
    #expect(error?.kind == .internalError)
  }
}
