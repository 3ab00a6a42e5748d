import Foundation
import SparrowCore
import Synchronization

@testable import SparrowEngines

/// Answers requests from a table and keeps what was sent.
final class StubTransport: HTTPTransport {
  /// A request as it was sent.
  struct Sent: Sendable {
    let method: String
    /// Path and query.
    let path: String
    let headers: [HTTPHeader]
    let body: Data?

    /// The body as JSON.
    var json: JSONValue? { body.flatMap { try? JSONValue(parsing: $0, path: "body") } }
    /// The value of a header.
    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
  }

  private let requests = Mutex<[Sent]>([])
  private let answer: @Sendable (Sent) throws -> HTTPResponse

  /// Makes a transport that answers with what a function returns.
  init(_ answer: @escaping @Sendable (Sent) throws -> HTTPResponse) { self.answer = answer }

  /// Makes a transport that answers with JSON: the first entry whose key ends a request's method and
  /// path counts, an empty object when there is none.
  convenience init(_ answers: [(String, JSONValue)]) {
    self.init { sent in
      let name = "\(sent.method) \(sent.path.split(separator: "?")[0])"
      let json = answers.first { name.hasSuffix($0.0) }?.1 ?? [:]
      return HTTPResponse(status: 200, body: json.data(.compact))
    }
  }

  /// What was sent so far.
  var sent: [Sent] { requests.withLock { $0 } }

  func send(_ request: HTTPRequest) async throws -> HTTPResponse {
    let url = URLComponents(string: request.url)
    let query = url?.percentEncodedQuery.map { "?" + $0 } ?? ""
    let sent = Sent(
      method: request.method, path: (url?.percentEncodedPath ?? "") + query,
      headers: request.headers, body: request.body)
    requests.withLock { $0.append(sent) }
    return try answer(sent)
  }

  func shutdown() async throws {}
}

extension RetryPolicy {
  /// Tries as often as usual, without waiting.
  static func immediate(attemptCount: Int = 8) -> RetryPolicy {
    RetryPolicy(attemptCount: attemptCount, sleep: { _ in }, random: { 0.5 })
  }
}

extension SparseVector {
  /// A vector over BERT's vocabulary.
  static func of(_ weights: KeyValuePairs<TokenID, Float>) throws -> SparseVector {
    try SparseVector(dimension: 30_522, indices: weights.map(\.key), values: weights.map(\.value))
  }
}
