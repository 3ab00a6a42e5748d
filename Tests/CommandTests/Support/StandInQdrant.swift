import Foundation
import SparrowCore
import SparrowTestSupport
import Synchronization

/// As much of Qdrant as a push needs, in memory, which fails on request.
final class StandInQdrant: Sendable {
  struct State {
    var exists = false
    /// How often each document was written.
    var writeCounts: [String: Int] = [:]
    var payloads: [String: JSONValue] = [:]
    /// The fields that were declared.
    var fields: Set<String> = []
    /// Requests that write are refused with a status after so many went well.
    var fault: (after: Int, status: Int)?
    /// A document that is refused whenever it comes.
    var refusedID: String?
    var writeRequestCount = 0
    /// The API keys that were sent.
    var keys: Set<String> = []
  }

  /// What the server and its threads share.
  private final class Collection: Sendable {
    let state = Mutex(State())

    func answer(_ request: LoopbackServer.Request) -> LoopbackServer.Answer {
      state.withLock { state in
        if let key = request.headers["api-key"] { state.keys.insert(key) }
        let path = request.path.dropFirst(2).joined(separator: "/")
        switch (request.method, path) {
        case _ where request.path.isEmpty:
          return .init(200, Data(#"{"title":"qdrant","version":"1.19.0"}"#.utf8))
        case _ where !state.exists && (request.method, path) != ("PUT", ""):
          let isDeletion = request.method == "DELETE"
          return .init(isDeletion ? 200 : 404, Data(#"{"status":{"error":"none"}}"#.utf8))
        case ("DELETE", ""):
          state.exists = false
          state.payloads = [:]
        case ("PUT", ""): state.exists = true
        case ("PUT", "index"):
          let body = try? JSONValue(parsing: request.body)
          if let name = body?["field_name"]?.string { state.fields.insert(name) }
        case ("POST", "points/count"):
          return .init(200, Data("{\"result\":{\"count\":\(state.payloads.count)}}".utf8))
        case ("PUT", "points"): return write(request.body, &state)
        default: return .init(404)
        }
        return .init(200, Data(#"{"result":true}"#.utf8))
      }
    }

    private func write(_ body: Data, _ state: inout State) -> LoopbackServer.Answer {
      if let fault = state.fault, state.writeRequestCount >= fault.after {
        return .init(fault.status, Data(#"{"status":{"error":"as asked"}}"#.utf8))
      }
      state.writeRequestCount += 1
      let points = (try? JSONValue(parsing: body))?["points"]?.array ?? []
      let ids = points.compactMap { $0["payload"]?["_id"]?.string }
      if let refused = state.refusedID, ids.contains(refused) {
        return .init(400, Data(#"{"status":{"error":"not this one"}}"#.utf8))
      }
      for (id, point) in zip(ids, points) {
        state.writeCounts[id, default: 0] += 1
        state.payloads[id] = point["payload"]
      }
      return .init(200, Data(#"{"result":{"status":"completed"}}"#.utf8))
    }
  }

  private let collection: Collection
  private let server: LoopbackServer

  /// Starts a server without a collection.
  init() throws {
    let collection = Collection()
    self.collection = collection
    server = try LoopbackServer { collection.answer($0) }
  }

  /// The address of its collection.
  var address: String { "qdrant://127.0.0.1:\(server.port)/docs" }

  /// What it has and did.
  var state: State { collection.state.withLock { $0 } }

  /// Changes what it does.
  func change(_ body: (inout State) -> Void) { collection.state.withLock { body(&$0) } }
}
