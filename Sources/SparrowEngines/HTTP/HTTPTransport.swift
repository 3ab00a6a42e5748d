public import Foundation

/// A request to an engine.
public struct HTTPRequest: Sendable, Hashable {
  /// The method, for example "POST".
  public var method: String
  /// The whole address.
  public var url: String
  /// Names and values of headers.
  public var headers: [HTTPHeader]
  /// The body, nil when there is none.
  public var body: Data?
  /// How long to wait for the answer.
  public var timeout: Duration
}

/// A header of a request.
public struct HTTPHeader: Sendable, Hashable {
  /// Its name, in lower case.
  public var name: String
  /// Its value.
  public var value: String

  /// Makes a header.
  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// An engine's answer.
public struct HTTPResponse: Sendable, Hashable {
  /// The status, for example 200.
  public var status: Int
  /// How long to wait before the next request, as the header `retry-after` says.
  public var retryAfter: Duration?
  /// The body.
  public var body: Data

  /// Makes an answer.
  public init(status: Int, retryAfter: Duration? = nil, body: Data = Data()) {
    self.status = status
    self.retryAfter = retryAfter
    self.body = body
  }
}

/// Carries requests to engines.
///
/// ``URLSessionTransport`` is the usual one; `CurlTransport` trusts a private authority. Bring your own
/// to go through a proxy, or to test.
public protocol HTTPTransport: Sendable {
  /// Sends a request and waits for the whole answer.
  ///
  /// - Throws: ``EngineError`` of kind `timeout` or `unavailable` when no answer came, of kind
  ///   `untrusted` when nobody trusted vouches for the engine, of kind `internalError` when the answer
  ///   was too large; `CancellationError`.
  func send(_ request: HTTPRequest) async throws -> HTTPResponse

  /// Ends all connections.
  func shutdown() async throws
}

extension HTTPTransport where Self == URLSessionTransport {
  /// Foundation's HTTP client with default settings.
  public static var standard: URLSessionTransport { URLSessionTransport() }
}
