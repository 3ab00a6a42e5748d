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
/// ``AsyncHTTPTransport`` is the real one; tests bring their own.
public protocol HTTPTransport: Sendable {
  /// Sends a request and waits for the whole answer.
  ///
  /// - Throws: ``EngineError`` of kind `timeout` or `unavailable` when no answer came, of kind
  ///   `internalError` when it was too large; `CancellationError`.
  func send(_ request: HTTPRequest) async throws -> HTTPResponse

  /// Ends all connections.
  func shutdown() async throws
}

/// How connections to an engine are made.
public struct TransportConfiguration: Sendable, Hashable {
  /// How long a connection may take to come about; the default is 5 seconds.
  public var connectTimeout: Duration
  /// How many connections to one engine are kept; the default is 8.
  public var connectionCount: Int
  /// How large an answer may be, in bytes; the default is 256 MiB.
  public var maximumResponseByteCount: Int
  /// A file with certificates (PEM) to trust in place of the system's, nil for the system's.
  public var certificateAuthority: URL?

  /// Makes settings.
  public init(
    connectTimeout: Duration = .seconds(5), connectionCount: Int = 8,
    maximumResponseByteCount: Int = 256 << 20, certificateAuthority: URL? = nil
  ) {
    self.connectTimeout = connectTimeout
    self.connectionCount = connectionCount
    self.maximumResponseByteCount = maximumResponseByteCount
    self.certificateAuthority = certificateAuthority
  }

  /// A given transport, or one with default settings.
  static func resolve(
    _ transport: (any HTTPTransport)?
  ) throws(EngineError) -> any HTTPTransport {
    guard let transport else { return try TransportConfiguration().makeTransport() }
    return transport
  }

  /// The transport that this build has.
  ///
  /// - Throws: ``EngineError`` of kind `unsupported` when it was built without the trait Engines,
  ///   of kind `usage` when the certificates cannot be read.
  public func makeTransport() throws(EngineError) -> any HTTPTransport {
    #if Engines
      try AsyncHTTPTransport(self)
    #else
      throw EngineError(
        .unsupported,
        "This build has no HTTP client. Build it with the package trait Engines (make build ENGINES=1)."
      )
    #endif
  }
}
