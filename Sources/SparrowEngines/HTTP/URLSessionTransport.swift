import Foundation
import Synchronization

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Carries requests with Foundation's HTTP client, which keeps connections open and trusts the
/// certificates that the system trusts.
///
/// It cannot be told to trust others; `CurlTransport` can.
public final class URLSessionTransport: HTTPTransport {
  private let session: URLSession
  private let maximumResponseByteCount: Int

  /// Makes a transport.
  ///
  /// - Parameters:
  ///   - connectionCount: how many connections to one engine are kept at most; 8 by default.
  ///   - maximumResponseByteCount: how large an answer may be; 256 MiB by default.
  public init(connectionCount: Int = 8, maximumResponseByteCount: Int = 256 << 20) {
    let settings = URLSessionConfiguration.ephemeral
    settings.httpShouldSetCookies = false
    settings.httpMaximumConnectionsPerHost = connectionCount
    session = URLSession(
      configuration: settings, delegate: RedirectRefusal(), delegateQueue: nil)
    self.maximumResponseByteCount = maximumResponseByteCount
  }

  /// Sends a request and waits for the whole answer.
  ///
  /// - Throws: ``EngineError`` when no answer came or it was too large; `CancellationError`.
  public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
    guard let url = URL(string: request.url) else {
      throw EngineError(.usage, "The address of the engine is not an address; check it.")
    }
    var message = URLRequest(url: url)
    message.httpMethod = request.method
    message.timeoutInterval = Double(request.timeout.components.seconds)
    message.httpBody = request.body
    for header in request.headers {
      message.setValue(header.value, forHTTPHeaderField: header.name)
    }
    let data: Data
    let response: URLResponse
    do {
      (data, response) = try await answer(to: message)
    } catch {
      try Task.checkCancellation()
      throw Self.explained(error, request)
    }
    guard let response = response as? HTTPURLResponse, data.count <= maximumResponseByteCount else {
      throw TransportFailure.tooLarge(request, limit: maximumResponseByteCount)
    }
    let seconds = response.value(forHTTPHeaderField: "retry-after").flatMap { Int($0) }
    return HTTPResponse(
      status: response.statusCode, retryAfter: seconds.map { .seconds(max(0, $0)) }, body: data)
  }

  /// Waits for an answer, and no longer than the task lives; a request that nobody waits for any more
  /// ends by itself.
  ///
  /// A task that waits in Foundation must not be cancelled: on Linux that can wait for the session's
  /// queue while the queue, with an answer in hand, waits for the task, for ever.
  private func answer(to message: URLRequest) async throws -> (Data, URLResponse) {
    let waiting = WaitingTask()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        waiting.begin(continuation)
        Task { [session] in
          do {
            waiting.end(.success(try await session.data(for: message)))
          } catch {
            waiting.end(.failure(error))
          }
        }
      }
    } onCancel: {
      waiting.end(.failure(CancellationError()))
    }
  }

  /// Ends all connections once their requests are answered.
  public func shutdown() async throws { session.finishTasksAndInvalidate() }

  private static func explained(_ error: any Error, _ request: HTTPRequest) -> EngineError {
    switch (error as? URLError)?.code {
    case .timedOut: TransportFailure.timeout(request)
    case .cancelled: TransportFailure.redirected(request)
    case .secureConnectionFailed, .serverCertificateUntrusted, .serverCertificateHasBadDate,
      .serverCertificateHasUnknownRoot, .serverCertificateNotYetValid:
      untrusted(error, request)
    // Foundation on Linux has no code for it, only libcurl's words.
    case _ where error.localizedDescription.contains("certificate"): untrusted(error, request)
    default: TransportFailure.unreachable(request, error.localizedDescription)
    }
  }

  private static func untrusted(_ error: any Error, _ request: HTTPRequest) -> EngineError {
    EngineError(
      .untrusted,
      "The certificate of \(request.place) is refused: \(error.localizedDescription). If a private authority issued it, name that (certificate-authority in an address)."
    )
  }
}

/// A task that waits for the first of an answer and its cancellation.
private final class WaitingTask: Sendable {
  typealias Answer = Result<(Data, URLResponse), any Error>
  typealias Continuation = CheckedContinuation<(Data, URLResponse), any Error>

  private enum State {
    case idle
    case waiting(Continuation)
    case ended(Answer)
  }

  private let state = Mutex(State.idle)

  func begin(_ continuation: Continuation) {
    let early: Answer? = state.withLock { state in
      if case .ended(let answer) = state { return answer }
      state = .waiting(continuation)
      return nil
    }
    if let early { continuation.resume(with: early) }
  }

  func end(_ answer: Answer) {
    let continuation: Continuation? = state.withLock { state in
      switch state {
      case .idle: state = .ended(answer)
      case .waiting(let continuation):
        state = .ended(answer)
        return continuation
      case .ended: break
      }
      return nil
    }
    continuation?.resume(with: answer)
  }
}

/// Ends what is redirected: credentials must not follow.
///
/// Answering nil instead would be usual; Foundation for Linux stops the whole program when the answer
/// comes at a moment at which it does not wait for one.
private final class RedirectRefusal: NSObject, URLSessionTaskDelegate, Sendable {
  func urlSession(
    _ session: URLSession, task: URLSessionTask,
    willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
    completionHandler: @escaping (URLRequest?) -> Void
  ) {
    task.cancel()
  }
}
