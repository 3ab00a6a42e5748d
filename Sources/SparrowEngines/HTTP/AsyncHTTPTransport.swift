#if Engines
  import AsyncHTTPClient
  import Foundation
  import NIOCore
  import NIOFoundationCompat
  import NIOSSL

  /// Carries requests over HTTP/1.1 connections that are kept open.
  public struct AsyncHTTPTransport: HTTPTransport {
    private let client: HTTPClient
    private let maximumResponseByteCount: Int

    /// Makes a transport.
    ///
    /// - Throws: ``EngineError`` of kind `usage` when the certificates cannot be read.
    public init(_ configuration: TransportConfiguration) throws(EngineError) {
      var settings = HTTPClient.Configuration()
      settings.httpVersion = .http1Only
      settings.timeout.connect = TimeAmount(configuration.connectTimeout)
      settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit =
        configuration.connectionCount
      // The caller decides what is tried again, and when.
      settings.connectionPool.retryConnectionEstablishment = false
      settings.redirectConfiguration = .disallow
      settings.tlsConfiguration = try Self.trust(configuration.certificateAuthority)
      client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
      maximumResponseByteCount = configuration.maximumResponseByteCount
    }

    private static func trust(_ file: URL?) throws(EngineError) -> TLSConfiguration? {
      guard let file else { return nil }
      do {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(file.path))
        return configuration
      } catch {
        throw EngineError(
          .usage, "Could not read certificates (PEM) from \(file.path); found \(error).")
      }
    }

    /// Sends a request and waits for the whole answer.
    ///
    /// - Throws: ``EngineError`` when no answer came or it was too large; `CancellationError`.
    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
      var outgoing = HTTPClientRequest(url: request.url)
      outgoing.method = .RAW(value: request.method)
      for header in request.headers { outgoing.headers.add(name: header.name, value: header.value) }
      if let body = request.body { outgoing.body = .bytes(ByteBuffer(data: body)) }
      let timeout = TimeAmount(request.timeout)
      do {
        let response = try await client.execute(outgoing, timeout: timeout)
        let body = try await response.body.collect(upTo: maximumResponseByteCount)
        let seconds = response.headers.first(name: "retry-after").flatMap { Int($0) }
        return HTTPResponse(
          status: Int(response.status.code), retryAfter: seconds.map { .seconds(max(0, $0)) },
          body: Data(buffer: body))
      } catch {
        try Task.checkCancellation()
        throw Self.explained(error, request)
      }
    }

    /// Ends all connections.
    public func shutdown() async throws { try await client.shutdown() }

    private static func explained(_ error: any Error, _ request: HTTPRequest) -> EngineError {
      let address = URLComponents(string: request.url)
      let place = "\(address?.host ?? "?"):\(address?.port ?? 0)"
      switch error {
      case let error as HTTPClientError where error == .connectTimeout:
        return EngineError(
          .unavailable, "No connection to \(place) came about in time. Check address and network.")
      case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout:
        return EngineError(
          .timeout, "\(place) did not answer within \(request.timeout). Is it overloaded?")
      case is NIOTooManyBytesError:
        return EngineError(
          .internalError, "\(place) sent a larger answer than allowed. Ask for less at a time.")
      case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
        return EngineError(
          .unavailable,
          "No trusted connection to \(place) came about (\(error)). Name the file of its certificate authority."
        )
      default:
        return EngineError(
          .unavailable, "Could not talk to \(place) (\(error)). Is the engine running?")
      }
    }
  }

  extension TimeAmount {
    fileprivate init(_ duration: Duration) {
      let parts = duration.components
      self = .nanoseconds(parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000)
    }
  }
#endif
