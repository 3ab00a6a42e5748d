import SparrowCore
import SparrowIndex
import Synchronization

@testable import SparrowEngines

/// An engine in memory whose requests can be made to fail.
final class MemoryEngine: SearchEngine {
  /// What happens to a request: nil lets it pass.
  typealias Fault = @Sendable (_ request: Int, [EncodedDocument]) throws -> [RefusedDocument]?

  struct State {
    /// How often each document was written.
    var writeCountOfID: [DocumentID: Int] = [:]
    /// The documents of each request, in the order of sending.
    var requests: [[DocumentID]] = []
    var underWay = 0
    var mostUnderWay = 0
    var refreshCount = 0
  }

  let batchLimits: BatchLimits
  let state = Mutex(State())
  private let fault: Fault
  /// Whether a request that fails has been carried out all the same.
  private let failsAfterWriting: Bool

  init(
    limits: BatchLimits, failsAfterWriting: Bool = false, fault: @escaping Fault = { _, _ in nil }
  ) {
    batchLimits = limits
    self.failsAfterWriting = failsAfterWriting
    self.fault = fault
  }

  func encode(_ document: EngineDocument) throws(EngineError) -> EncodedDocument {
    guard !document.id.rawValue.isEmpty else { throw EngineError(.invalid, "no identifier") }
    return EncodedDocument(
      id: document.id, bytes: [UInt8](repeating: 0, count: document.vector.activeCount))
  }

  func upsert(_ documents: [EncodedDocument]) async throws -> [RefusedDocument] {
    let number = state.withLock { state in
      state.requests.append(documents.map(\.id))
      state.underWay += 1
      state.mostUnderWay = max(state.mostUnderWay, state.underWay)
      return state.requests.count - 1
    }
    await Task.yield()
    defer { state.withLock { $0.underWay -= 1 } }
    if failsAfterWriting { write(documents) }
    let refused = try fault(number, documents) ?? []
    let refusedIDs = Set(refused.map(\.id))
    if !failsAfterWriting { write(documents.filter { !refusedIDs.contains($0.id) }) }
    return refused
  }

  private func write(_ documents: [EncodedDocument]) {
    state.withLock { state in
      for document in documents { state.writeCountOfID[document.id, default: 0] += 1 }
    }
  }

  func refresh() async throws { state.withLock { $0.refreshCount += 1 } }
  func status() async throws -> EngineStatus {
    EngineStatus(product: "memory", version: EngineVersion(1, 0))
  }
  func createCollection(_ schema: EngineSchema) async throws {}
  func deleteCollection() async throws {}
  func search(_ query: EngineQuery) async throws -> [EngineHit] { [] }
  func page(
    where filter: DocumentFilter?, count: Int, after cursor: ScrollCursor?
  ) async throws -> EnginePage { EnginePage(documents: [], next: nil) }
  func delete(_ ids: [DocumentID]) async throws {}
  func delete(where filter: DocumentFilter) async throws {}
  func count(where filter: DocumentFilter?) async throws -> Int { 0 }
  func close() async throws {}
}
