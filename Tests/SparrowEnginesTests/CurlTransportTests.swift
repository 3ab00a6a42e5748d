#if Curl
  import Foundation
  import SparrowTestSupport
  import Testing

  @testable import SparrowEngines

  @Suite struct CurlTransportTests {
    /// A transport that trusts one authority, which no connection of these tests needs.
    private func transport(maximumByteCount: Int = 1 << 20) throws -> CurlTransport {
      try Fixtures.withTemporaryFolder { folder in
        let file = folder.appendingPathComponent("a.pem")
        try Data("-----BEGIN CERTIFICATE-----".utf8).write(to: file)
        return try CurlTransport(
          certificateAuthority: file.path, maximumResponseByteCount: maximumByteCount)
      }
    }

    private func request(_ url: String, _ body: Data? = nil) -> HTTPRequest {
      HTTPRequest(
        method: body == nil ? "GET" : "POST", url: url, headers: [HTTPHeader("x-test", "yes")],
        body: body, timeout: .seconds(20))
    }

    @Test func `files without a certificate are refused`() throws {
      try Fixtures.withTemporaryFolder { folder in
        let file = folder.appendingPathComponent("a.pem")
        for contents in [nil, "", "nothing"] as [String?] {
          if let contents { try Data(contents.utf8).write(to: file) }
          let error = #expect(throws: EngineError.self) {
            try CurlTransport(certificateAuthority: file.path)
          }
          #expect(error?.kind == .usage && error?.message.contains(file.path) == true)
        }
      }
    }

    @Test func `requests arrive as they are and answers come back whole`() async throws {
      let server = try LoopbackServer { request in
        LoopbackServer.Answer(429, request.body, headers: ["Retry-After": "7"])
      }
      let transport = try transport()
      let body = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0) })
      for _ in 0..<2 {
        let response = try await transport.send(request("\(server.address)/a?b=c", body))
        #expect(response.status == 429 && response.body == body)
        #expect(response.retryAfter == .seconds(7))
      }
      let sent = try #require(server.requests.last)
      #expect(sent.method == "POST" && sent.target == "/a?b=c" && sent.body == body)
      #expect(sent.headers["x-test"] == "yes" && sent.headers["expect"] == nil)
      // Nothing of a request is left for the next.
      _ = try await transport.send(request("\(server.address)/"))
      #expect(server.requests.last?.method == "GET" && server.requests.last?.body == Data())
      try await transport.shutdown()
    }

    @Test func `redirections, broken and oversized answers are errors`() async throws {
      let elsewhere = try LoopbackServer { _ in LoopbackServer.Answer() }
      let server = try LoopbackServer { request in
        switch request.path.first {
        case "moved": LoopbackServer.Answer(302, headers: ["Location": elsewhere.address])
        case "broken": LoopbackServer.Answer(200, Data(count: 1000), brokenAfter: 10)
        default: LoopbackServer.Answer(200, Data(count: 5000))
        }
      }
      let transport = try transport(maximumByteCount: 4000)
      for (path, kind) in [
        ("moved", EngineError.Kind.unavailable), ("broken", .unavailable),
        ("large", .internalError),
      ] {
        let error = await #expect(throws: EngineError.self) {
          try await transport.send(request("\(server.address)/\(path)"))
        }
        #expect(error?.kind == kind, "\(path): \(error?.message ?? "")")
      }
      #expect(elsewhere.requests.isEmpty)
    }

    @Test func `a request ends with its task, or when its time is up`() async throws {
      let server = try LoopbackServer { _ in
        Thread.sleep(forTimeInterval: 90)
        return LoopbackServer.Answer()
      }
      let transport = try transport()
      let request = request("\(server.address)/")
      let task = Task { try await transport.send(request) }
      try await Task.sleep(for: .milliseconds(100))
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      var hasty = request
      hasty.timeout = .milliseconds(200)
      let error = await #expect(throws: EngineError.self) { try await transport.send(hasty) }
      #expect(error?.kind == .timeout)
    }

    @Test func `nobody listening is an error that says so`() async throws {
      let error = await #expect(throws: EngineError.self) {
        try await transport().send(request("http://127.0.0.1:9/x"))
      }
      #expect(error?.kind == .unavailable && error?.message.contains("127.0.0.1:9") == true)
    }
  }
#endif
