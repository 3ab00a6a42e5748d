import Dispatch
import Foundation
import SparrowCore
import Synchronization

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Sends single requests and waits for their answers; connections are kept for the next request.
///
/// The calling thread waits, as for everything long in this package; the bytes of an answer reach
/// their receiver on a thread of the session, in order. Redirects are not followed.
final class HTTPSession: Sendable {
  /// Takes the bytes of an answer as they come, with the answer's head.
  typealias Receiver = @Sendable (HTTPResponse, Data) throws -> Void

  private let delegate: HTTPSessionDelegate
  private let session: URLSession

  /// Makes a session.
  ///
  /// - Parameter timeout: how long a connection may be silent.
  init(timeout: Duration) {
    delegate = HTTPSessionDelegate()
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = Double(timeout.components.seconds)
    configuration.httpShouldSetCookies = false
    let queue = OperationQueue()
    queue.maxConcurrentOperationCount = 1
    session = URLSession(configuration: configuration, delegate: delegate, delegateQueue: queue)
  }

  deinit { session.invalidateAndCancel() }

  /// Sends a request and waits until the answer is complete.
  ///
  /// - Throws: ``HubError`` when there is no answer, when it breaks off, or when `receive` throws.
  func send(
    _ request: HTTPRequest, _ cancellation: Cancellation, receive: @escaping Receiver
  ) throws(HubError) -> HTTPResponse {
    try cancellation.check()
    let transfer = HTTPTransfer(receive)
    let task = makeTask(request)
    delegate.add(transfer, for: task)
    task.resume()
    cancellation.wait(for: transfer.done) { task.cancel() }
    try cancellation.check()
    return try transfer.result(of: request)
  }

  private func makeTask(_ request: HTTPRequest) -> URLSessionTask {
    var message = URLRequest(url: request.url)
    message.httpMethod = request.method
    // Compressed answers would have other sizes than the files.
    message.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
    for (name, value) in request.headers { message.setValue(value, forHTTPHeaderField: name) }
    switch request.body {
    case .none: return session.dataTask(with: message)
    case .data(let data): return session.uploadTask(with: message, from: data)
    case .file(let file): return session.uploadTask(with: message, fromFile: file)
    }
  }
}

/// One request on its way.
private final class HTTPTransfer: Sendable {
  private struct State {
    var response: HTTPResponse?
    var failure: (any Error)?
    var isRedirected = false
  }

  /// Is left when the answer is complete or has failed.
  let done = DispatchGroup()
  private let state = Mutex(State())
  private let receive: HTTPSession.Receiver

  init(_ receive: @escaping HTTPSession.Receiver) {
    self.receive = receive
    done.enter()
  }

  func begin(_ response: HTTPResponse?) { state.withLock { $0.response = response } }

  /// Hands bytes on; false when their receiver does not want them.
  func take(_ data: Data) -> Bool {
    guard let response = state.withLock({ $0.response }) else { return false }
    do {
      try receive(response, data)
      return true
    } catch {
      state.withLock { $0.failure = error }
      return false
    }
  }

  /// Takes a redirection as the whole answer; how its task ends is of no matter then.
  func redirect(_ response: HTTPResponse?) {
    state.withLock { state in
      state.response = response
      state.isRedirected = true
    }
  }

  func end(_ response: HTTPResponse?, _ error: (any Error)?) {
    state.withLock { state in
      state.response = state.response ?? response
      if !state.isRedirected { state.failure = state.failure ?? error }
    }
    done.leave()
  }

  func result(of request: HTTPRequest) throws(HubError) -> HTTPResponse {
    let (response, failure) = state.withLock { ($0.response, $0.failure) }
    if let failure = failure as? HubError { throw failure }
    if failure == nil, let response { return response }
    let reason = failure.map { AtomicFile.reason($0) } ?? "no answer"
    throw HubError(
      .connection,
      "The connection to \(request.url.host ?? "the server") failed (\(reason)). Check the network and HF_ENDPOINT, or set HF_HUB_OFFLINE=1 to use only what is in the cache."
    )
  }
}

/// Hands what happens to a task on to its transfer.
private final class HTTPSessionDelegate: NSObject, URLSessionDataDelegate {
  private let transfers = Mutex<[Int: HTTPTransfer]>([:])

  func add(_ transfer: HTTPTransfer, for task: URLSessionTask) {
    transfers.withLock { $0[task.taskIdentifier] = transfer }
  }

  private func transfer(of task: URLSessionTask) -> HTTPTransfer? {
    transfers.withLock { $0[task.taskIdentifier] }
  }

  /// Ends the task instead of answering: Foundation for Linux stops the whole program when the answer
  /// comes at a moment at which it does not wait for one.
  func urlSession(
    _ session: URLSession, task: URLSessionTask,
    willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
    completionHandler: @escaping @Sendable (URLRequest?) -> Void
  ) {
    transfer(of: task)?.redirect(HTTPResponse(response))
    task.cancel()
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
  ) {
    transfer(of: dataTask)?.begin(HTTPResponse(response))
    completionHandler(.allow)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    if transfer(of: dataTask)?.take(data) == false { dataTask.cancel() }
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
  ) {
    let transfer = transfers.withLock { $0.removeValue(forKey: task.taskIdentifier) }
    transfer?.end(HTTPResponse(task.response), error)
  }
}
