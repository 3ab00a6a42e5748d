#if Curl
  import Foundation
  import Synchronization

  /// Carries requests with libcurl, and trusts the certificates of a private authority.
  ///
  /// Foundation's client on Linux trusts what the system trusts and cannot be told otherwise, so engines
  /// whose certificates come from an authority of their own need this one. It is in builds with the
  /// package trait Curl. Only the named authorities are trusted, not the system's as well.
  ///
  /// ```swift
  /// let transport = try CurlTransport(certificateAuthority: "/etc/search/authority.pem")
  /// let engine = QdrantEngine(at: "https://search.internal:6333", configuration, transport: transport)
  /// ```
  public final class CurlTransport: HTTPTransport {
    private let authority: String
    private let maximumResponseByteCount: Int
    /// Connections that no request uses at the moment.
    private let idle = Mutex<[CurlHandle]>([])
    /// libcurl blocks; callers limit how many requests are under way.
    private let queue = DispatchQueue(label: "sparrow.curl", attributes: .concurrent)

    /// Makes a transport.
    ///
    /// - Parameters:
    ///   - certificateAuthority: a file with the authorities' certificates in PEM format.
    ///   - maximumResponseByteCount: how large an answer may be; 256 MiB by default.
    /// - Throws: ``EngineError`` when the file cannot be read or has no certificate.
    public init(
      certificateAuthority: String, maximumResponseByteCount: Int = 256 << 20
    ) throws(EngineError) {
      let contents = FileManager.default.contents(atPath: certificateAuthority)
      guard let contents else {
        throw EngineError(
          .usage, "The file of certificate authorities \(certificateAuthority) cannot be read.")
      }
      guard contents.range(of: Data("-----BEGIN CERTIFICATE-----".utf8)) != nil else {
        throw EngineError(
          .usage,
          "\(certificateAuthority) has no certificate in PEM format (-----BEGIN CERTIFICATE-----).")
      }
      authority = certificateAuthority
      self.maximumResponseByteCount = maximumResponseByteCount
    }

    /// Sends a request and waits for the whole answer.
    ///
    /// - Throws: ``EngineError`` when no answer came or it was too large; of kind `untrusted`, with the
    ///   certificate and the reason, when the authority does not vouch for the engine;
    ///   `CancellationError`.
    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
      let exchange = CurlExchange(maximumByteCount: maximumResponseByteCount)
      return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          queue.async {
            continuation.resume(with: Result { try self.carry(request, exchange) })
          }
        }
      } onCancel: {
        exchange.cancel()
      }
    }

    private func carry(
      _ request: HTTPRequest, _ exchange: CurlExchange
    ) throws -> HTTPResponse {
      let handle = idle.withLock { $0.popLast() } ?? CurlHandle()
      let response: HTTPResponse
      do throws(CurlFailure) {
        response = try handle.send(request, trusting: authority, exchange)
      } catch {
        if exchange.isCancelled { throw CancellationError() }
        throw explained(error, request, isTooLarge: exchange.isTooLarge)
      }
      idle.withLock { $0.append(handle) }
      guard !(300..<400).contains(response.status) else {
        throw TransportFailure.redirected(request)
      }
      return response
    }

    private func explained(
      _ failure: CurlFailure, _ request: HTTPRequest, isTooLarge: Bool
    ) -> EngineError {
      if isTooLarge {
        return TransportFailure.tooLarge(request, limit: maximumResponseByteCount)
      }
      switch failure.reason {
      case .timeout: return TransportFailure.timeout(request)
      case .certificate:
        // Asked for without trusting it, only to be named.
        let shown = CurlHandle().certificate(of: request.url).map { " It is \($0)." } ?? ""
        return EngineError(
          .untrusted,
          "The certificate of \(request.place) is refused: \(failure.message).\(shown) Name the authority that issued it; now that is \(authority)."
        )
      case .other: return TransportFailure.unreachable(request, failure.message)
      }
    }

    /// Ends all connections that are not in use.
    public func shutdown() async throws { idle.withLock { $0.removeAll() } }
  }
#endif
