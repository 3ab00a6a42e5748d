import SparrowCore
import Synchronization
import Testing

@testable import SparrowEngines

@Suite struct BulkLoaderTests {
  /// Documents of 10 bytes each.
  private func documents(_ count: Int) throws -> [EngineDocument] {
    let vector = try SparseVector(
      dimension: 10, indices: Array(0..<10), values: [Float](repeating: 1, count: 10))
    return (0..<count).map { EngineDocument(id: DocumentID(String($0)), vector: vector) }
  }

  private func loader(
    _ engine: MemoryEngine, maximumRefusedCount: Int = 100, attemptCount: Int = 8
  ) -> BulkLoader {
    BulkLoader(
      engine,
      BulkLoader.Configuration(
        retry: .immediate(attemptCount: attemptCount), maximumRefusedCount: maximumRefusedCount))
  }

  /// Every document was written, and its last request succeeded.
  private func expectAll(_ count: Int, in engine: MemoryEngine) {
    let ids = Set(engine.state.withLock { $0.writeCountOfID }.keys)
    #expect(ids == Set((0..<count).map { DocumentID(String($0)) }))
  }

  @Test func `requests are cut by number and by bytes`() async throws {
    let byCount = MemoryEngine(
      limits: BatchLimits(documentCount: 7, byteCount: 1000, concurrency: 1))
    let report = try await loader(byCount).load(try documents(20))
    #expect(byCount.state.withLock { $0.requests.map(\.count) } == [7, 7, 6])
    #expect(report.confirmedCount == 20 && report.refused.isEmpty && report.retryCount == 0)
    #expect(report.byteCount == 200 && report.requestCount == 3)
    #expect(byCount.state.withLock { $0.refreshCount } == 1)
    let byBytes = MemoryEngine(
      limits: BatchLimits(documentCount: 100, byteCount: 45, concurrency: 1))
    _ = try await loader(byBytes).load(try documents(9))
    #expect(byBytes.state.withLock { $0.requests.map(\.count) } == [4, 4, 1])
  }

  @Test func `several requests are under way at a time, never more than allowed`() async throws {
    let engine = MemoryEngine(
      limits: BatchLimits(documentCount: 2, byteCount: 1000, concurrency: 3))
    _ = try await loader(engine).load(try documents(60))
    expectAll(60, in: engine)
    #expect(engine.state.withLock { $0.mostUnderWay } <= 3)
  }

  @Test func `refused documents are told on the way, before they count as done`() async throws {
    let engine = MemoryEngine(
      limits: BatchLimits(documentCount: 4, byteCount: 1000, concurrency: 1)
    ) { _, documents in
      documents.filter { $0.id.rawValue.hasSuffix("3") }
        .map { RefusedDocument(id: $0.id, error: EngineError(.invalid, "no threes")) }
    }
    var log: [String] = []
    let report = try await loader(engine).load(
      try documents(15), confirmed: { log.append("done \($0)") },
      refused: { log.append("refused \($0.id)") })
    #expect(report.refused.map(\.id) == ["3", "13"])
    #expect(
      log == ["refused 3", "done 4", "done 8", "done 12", "refused 13", "done 15"], "\(log)")
  }

  @Test func `failures for the moment are repeated until everything is there`() async throws {
    for failsAfterWriting in [false, true] {
      let engine = MemoryEngine(
        limits: BatchLimits(documentCount: 5, byteCount: 1000, concurrency: 4),
        failsAfterWriting: failsAfterWriting
      ) { request, _ in
        guard request % 3 != 0 else { throw EngineError(.unavailable, "down") }
        return nil
      }
      let report = try await loader(engine, attemptCount: 20).load(try documents(100))
      expectAll(100, in: engine)
      #expect(report.confirmedCount == 100 && report.retryCount > 5)
    }
  }

  @Test func `an engine that stays away ends the load with its error`() async throws {
    let engine = MemoryEngine(
      limits: BatchLimits(documentCount: 5, byteCount: 1000, concurrency: 2)
    ) { request, _ in
      guard request < 4 else { throw EngineError(.unavailable, "gone") }
      return nil
    }
    var confirmed = 0
    let error = await #expect(throws: EngineError.self) {
      _ = try await loader(engine, attemptCount: 3).load(
        try documents(100), confirmed: { confirmed = $0 })
    }
    #expect(error?.message == "gone")
    #expect(confirmed == 20)
  }

  @Test func `a request that is too large is halved until it fits, and the next ones with it`()
    async throws
  {
    let engine = MemoryEngine(
      limits: BatchLimits(documentCount: 64, byteCount: 1 << 20, concurrency: 1)
    ) { _, documents in
      guard documents.count <= 10 else { throw EngineError(.tooLarge, "too large") }
      return nil
    }
    let report = try await loader(engine).load(try documents(128))
    expectAll(128, in: engine)
    #expect(report.confirmedCount == 128)
    #expect(engine.state.withLock { $0.writeCountOfID.values.allSatisfy { $0 == 1 } })
  }

  @Test func `a document that is refused is found and does not hold up the others`() async throws {
    let engine = MemoryEngine(
      limits: BatchLimits(documentCount: 16, byteCount: 1 << 20, concurrency: 2)
    ) { _, documents in
      guard documents.allSatisfy({ $0.id != "13" }) else {
        throw EngineError(.invalid, "bad document")
      }
      return nil
    }
    let report = try await loader(engine).load(try documents(40))
    #expect(report.refused.map(\.id) == ["13"])
    #expect(report.confirmedCount == 39)
  }

  @Test func `items that are refused for the moment alone are sent again`() async throws {
    let engine = MemoryEngine(
      limits: BatchLimits(documentCount: 10, byteCount: 1 << 20, concurrency: 1)
    ) { request, documents in
      guard request == 0 else { return nil }
      return [
        RefusedDocument(id: documents[3].id, error: EngineError(.throttled, "busy")),
        RefusedDocument(id: documents[4].id, error: EngineError(.invalid, "bad")),
      ]
    }
    let report = try await loader(engine).load(try documents(10))
    #expect(engine.state.withLock { $0.requests.last } == ["3"])
    #expect(report.refused.map(\.id) == ["4"])
    #expect(report.confirmedCount == 9 && report.requestCount == 2 && report.retryCount == 1)
  }

  @Test func `too many refused documents end the load`() async throws {
    let engine = MemoryEngine(
      limits: BatchLimits(documentCount: 4, byteCount: 1 << 20, concurrency: 1)
    ) { _, documents in
      documents.map { RefusedDocument(id: $0.id, error: EngineError(.invalid, "bad")) }
    }
    let error = await #expect(throws: EngineError.self) {
      _ = try await loader(engine, maximumRefusedCount: 5).load(try documents(100))
    }
    #expect(error?.message.contains("6 documents were refused") == true)
    #expect(engine.state.withLock { $0.requests.count } == 2)
  }

  @Test func `what is confirmed is counted without gaps, refused documents included`()
    async throws
  {
    let engine = MemoryEngine(
      limits: BatchLimits(documentCount: 3, byteCount: 1 << 20, concurrency: 4)
    ) { request, _ in
      guard request != 0 else { throw EngineError(.unavailable, "down") }
      return nil
    }
    var all = try documents(30)
    all[7].id = ""
    var counts: [Int] = []
    let report = try await loader(engine).load(all, confirmed: { counts.append($0) })
    #expect(counts == counts.sorted())
    #expect(counts.last == 30)
    #expect(report.confirmedCount == 29 && report.refused.count == 1)
  }

  @Test func `cancelling ends the load`() async throws {
    let engine = MemoryEngine(
      limits: BatchLimits(documentCount: 1, byteCount: 1 << 20, concurrency: 1)
    ) { _, _ in throw EngineError(.unavailable, "down") }
    let policy = RetryPolicy(attemptCount: 1000, random: { 1 })
    let documents = try documents(3)
    let task = Task {
      try await BulkLoader(engine, BulkLoader.Configuration(retry: policy)).load(documents)
    }
    try await Task.sleep(for: .milliseconds(30))
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
