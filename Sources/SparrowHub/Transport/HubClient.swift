import Foundation
import SparrowCore

/// Talks to the Hub: names itself, follows redirects, waits and repeats, and explains refusals.
final class HubClient: Sendable {
  let configuration: HubConfiguration
  private let session: HTTPSession
  /// Waits; tests put something quicker here.
  private let pause: @Sendable (Duration, Cancellation) throws(HubError) -> Void

  private static let longestRedirection = 8
  private static let longestErrorByteCount = 1 << 16
  private static let longestAnswerByteCount = 1 << 28

  init(
    _ configuration: HubConfiguration,
    pause: @escaping @Sendable (Duration, Cancellation) throws(HubError) -> Void = HubClient.sleep
  ) {
    self.configuration = configuration
    self.pause = pause
    session = HTTPSession(timeout: configuration.timeout)
  }

  /// The address of something on the Hub.
  ///
  /// - Parameters:
  ///   - segments: the parts of the path, which are escaped; slashes within a part as well.
  ///   - query: the part after the question mark, escaped already.
  /// - Returns: the address.
  func address(_ segments: [String], query: String? = nil) -> URL {
    var allowed = CharacterSet.alphanumerics
    allowed.insert(charactersIn: "-._~")
    let path = segments.map { $0.addingPercentEncoding(withAllowedCharacters: allowed) ?? "" }
    var text = configuration.endpoint.absoluteString
    if text.hasSuffix("/") { text.removeLast() }
    text += "/" + path.joined(separator: "/")
    if let query { text += "?" + query }
    return URL(string: text) ?? configuration.endpoint
  }

  /// Repeats `body` as long as it fails in a way that may pass.
  func retrying<Result>(
    _ cancellation: Cancellation, _ body: () throws(HubError) -> Result
  ) throws(HubError) -> Result {
    var attempt = 1
    while true {
      do throws(HubError) {
        return try body()
      } catch {
        guard let delay = configuration.retries.delay(after: attempt, error) else { throw error }
        try pause(delay, cancellation)
        attempt += 1
      }
    }
  }

  /// Sends a request, follows redirects and throws unless the answer is a success.
  ///
  /// - Parameters:
  ///   - request: the request; the token goes with it as long as the address is the Hub's.
  ///   - subject: the repository that is meant, for messages.
  ///   - cancellation: ends the transfer.
  ///   - receive: takes the bytes of a successful answer.
  /// - Returns: the last answer.
  /// - Throws: ``HubError`` when the Hub refuses or the connection fails.
  @discardableResult
  func send(
    _ request: HTTPRequest, about subject: RepositoryReference, _ cancellation: Cancellation,
    receive: @escaping HTTPSession.Receiver
  ) throws(HubError) -> HTTPResponse {
    var request = request
    for _ in 0...Self.longestRedirection {
      let explanation = Guarded(Data())
      let response = try session.send(signed(request), cancellation) { response, data in
        if response.isSuccess {
          try receive(response, data)
        } else {
          explanation.update { text in
            text.append(data.prefix(Self.longestErrorByteCount - text.count))
          }
        }
      }
      if response.isSuccess { return response }
      guard (300..<400).contains(response.status), response.status != 304 else {
        let text = explanation.update { String(decoding: $0, as: UTF8.self) }
        throw HubError(
          refusal: response, text: text, about: subject, hasToken: configuration.token != nil)
      }
      request.url = try target(of: response)
    }
    throw HubError(
      .unexpectedAnswer, "The Hub redirected \(subject) more than \(Self.longestRedirection) times."
    )
  }

  /// Sends a request, repeats it as long as that may help, and reads the answer as JSON.
  func json(
    _ request: HTTPRequest, about subject: RepositoryReference, _ cancellation: Cancellation,
    isRepeatable: Bool = true
  ) throws(HubError) -> (JSONValue, HTTPResponse) {
    guard isRepeatable else { return try answer(to: request, about: subject, cancellation) }
    return try retrying(cancellation) { () throws(HubError) in
      try answer(to: request, about: subject, cancellation)
    }
  }

  private func answer(
    to request: HTTPRequest, about subject: RepositoryReference, _ cancellation: Cancellation
  ) throws(HubError) -> (JSONValue, HTTPResponse) {
    let bytes = Guarded(Data())
    let response = try send(request, about: subject, cancellation) { _, data in
      let count = bytes.update { bytes in
        bytes.append(data)
        return bytes.count
      }
      guard count <= Self.longestAnswerByteCount else {
        throw HubError(
          .unexpectedAnswer, "The Hub's answer about \(subject) is larger than 256 MiB.")
      }
    }
    do {
      return (try JSONValue(parsing: Array(bytes.update { $0 })), response)
    } catch {
      throw HubError(
        .unexpectedAnswer,
        "Expected JSON about \(subject) from \(response.url.host ?? "the Hub"), found something else (\(error.message)). Is HF_ENDPOINT a Hub?"
      )
    }
  }

  /// A request with the headers that every one has; only the Hub itself gets the token.
  private func signed(_ request: HTTPRequest) -> HTTPRequest {
    var request = request
    request.headers["User-Agent"] = "sparrow"
    if let token = configuration.token, isOnHub(request.url) {
      request.headers["Authorization"] = "Bearer \(token.secret)"
    }
    return request
  }

  private func isOnHub(_ url: URL) -> Bool {
    let hub = configuration.endpoint
    return url.scheme == hub.scheme && url.host == hub.host && url.port == hub.port
  }

  private func target(of response: HTTPResponse) throws(HubError) -> URL {
    let text = response.headers["location"] ?? ""
    guard let url = URL(string: text, relativeTo: response.url)?.absoluteURL, url.host != nil,
      url.scheme == "https" || url.scheme == response.url.scheme
    else {
      throw HubError(
        .unexpectedAnswer,
        "\(response.url.host ?? "The Hub") redirects to '\(text)', which is no address that may be followed."
      )
    }
    return url
  }

  /// Waits, but not longer than until the work is cancelled.
  static func sleep(_ delay: Duration, _ cancellation: Cancellation) throws(HubError) {
    let end = ContinuousClock.now + delay
    while ContinuousClock.now < end {
      try cancellation.check()
      Thread.sleep(forTimeInterval: 0.02)
    }
  }
}
