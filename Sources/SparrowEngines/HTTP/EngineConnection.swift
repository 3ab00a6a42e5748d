import Foundation
import SparrowCore

/// How a program proves to an engine who it is; never part of messages.
public enum EngineCredentials: Sendable, Hashable, CustomStringConvertible {
  /// Nothing is sent.
  case none
  /// A key made by the engine.
  case apiKey(String)
  /// A user's name and password.
  case basic(user: String, password: String)
  /// A token, sent as it is.
  case bearer(String)

  /// The kind alone.
  public var description: String {
    switch self {
    case .none: "none"
    case .apiKey: "an API key"
    case .basic: "a password"
    case .bearer: "a token"
    }
  }

  /// The header in which Elasticsearch and OpenSearch expect it.
  var authorization: [HTTPHeader] {
    switch self {
    case .none: []
    case .apiKey(let key): [HTTPHeader("authorization", "ApiKey \(key)")]
    case .basic(let user, let password):
      [
        HTTPHeader(
          "authorization", "Basic \(Data("\(user):\(password)".utf8).base64EncodedString())")
      ]
    case .bearer(let token): [HTTPHeader("authorization", "Bearer \(token)")]
    }
  }
}

/// Sends JSON to one engine and brings its answers and errors into one form.
struct EngineConnection: Sendable {
  /// The product's name, for messages.
  let product: String
  /// The address up to the paths of the interface, without a slash at the end.
  let base: String
  let headers: [HTTPHeader]
  let transport: any HTTPTransport
  let retry: RetryPolicy

  static let requestTimeout: Duration = .seconds(30)
  static let bulkTimeout: Duration = .seconds(120)
  private static let userAgent = "sparrow-engines"

  /// What is sent in a call.
  struct Call: Sendable {
    var method: String
    /// Parts of the path, percent-encoded when sent.
    var path: [String]
    var query: [URLQueryItem] = []
    var body: Data?
    var contentType = "application/json"
    var timeout = EngineConnection.requestTimeout
    /// Whether transient failures are tried again.
    var isRetried = true
    /// An error that a repetition may get because the first attempt was carried out.
    var proofOfSuccess: EngineError.Kind?

    init(_ method: String, _ path: [String], _ query: [String: String] = [:]) {
      self.method = method
      self.path = path
      self.query = query.sorted { $0.key < $1.key }.map { URLQueryItem(name: $0, value: $1) }
    }

    func with(_ json: JSONValue) -> Call {
      var call = self
      call.body = json.data(.compact)
      return call
    }
  }

  /// Makes a call and reads the answer.
  ///
  /// - Returns: the answer, null when it is empty.
  /// - Throws: ``EngineError``; `CancellationError`.
  @discardableResult
  func send(_ call: Call) async throws -> JSONValue {
    guard call.isRetried else { return try await attempt(call) }
    return try await retry.run { attempt in
      do {
        return try await self.attempt(call)
      } catch let error as EngineError where attempt > 0 && error.kind == call.proofOfSuccess {
        return .null
      }
    }
  }

  private func attempt(_ call: Call) async throws -> JSONValue {
    let response = try await transport.send(request(call))
    guard (200..<300).contains(response.status) else { throw error(call, response) }
    if response.body.isEmpty { return .null }
    do {
      return try JSONValue(parsing: response.body, path: "answer of \(product)")
    } catch {
      throw EngineError(
        .internalError, "\(product) answered \(name(call)) with something that is no JSON.")
    }
  }

  private func request(_ call: Call) -> HTTPRequest {
    var headers = headers
    headers.append(HTTPHeader("user-agent", Self.userAgent))
    headers.append(HTTPHeader("accept", "application/json"))
    if call.body != nil { headers.append(HTTPHeader("content-type", call.contentType)) }
    return HTTPRequest(
      method: call.method, url: base + Self.address(call), headers: headers, body: call.body,
      timeout: call.timeout)
  }

  private static func address(_ call: Call) -> String {
    var allowed = CharacterSet.urlPathAllowed
    allowed.remove(charactersIn: "/+;,")
    let parts = call.path.map {
      $0.addingPercentEncoding(withAllowedCharacters: allowed) ?? $0
    }
    var components = URLComponents()
    components.queryItems = call.query.isEmpty ? nil : call.query
    return "/" + parts.joined(separator: "/") + (components.string ?? "")
  }

  private func name(_ call: Call) -> String {
    "\(call.method) /\(call.path.joined(separator: "/"))"
  }

  // MARK: Errors

  private func error(_ call: Call, _ response: HTTPResponse) -> EngineError {
    let body = try? JSONValue(parsing: response.body, path: "answer of \(product)")
    let (type, reason) = Self.reason(body)
    let kind = Self.kind(status: response.status, type: type)
    let advice =
      switch kind {
      case .unauthorized: " Check the API key or password and what it allows."
      case .notFound: " Create the collection first, or check its name."
      default: ""
      }
    return EngineError(
      kind,
      "\(product) answered \(name(call)) with status \(response.status): \(reason ?? "no reason given").\(advice)",
      retryAfter: response.retryAfter)
  }

  /// What a status means; `type` is the name of the error in Elasticsearch's and OpenSearch's JSON.
  static func kind(status: Int, type: String?) -> EngineError.Kind {
    switch status {
    case 404: .notFound
    case 409 where type == "version_conflict_engine_exception": .conflict
    case 409: .alreadyExists
    case 400 where type == "resource_already_exists_exception": .alreadyExists
    case 401, 403: .unauthorized
    case 408, 504: .timeout
    case 413: .tooLarge
    case 429: .throttled
    case 502, 503: .unavailable
    case 400..<500: .invalid
    default: .internalError
    }
  }

  /// The error's name and reason in an answer's body, cut to a readable length.
  static func reason(_ body: JSONValue?) -> (type: String?, reason: String?) {
    let error = body?["error"]
    let cause = error?["caused_by"]?["reason"]?.string
    let reason =
      body?["status"]?["error"]?.string ?? error?["reason"]?.string ?? error?.string
      ?? body?["message"]?.string
    let text = [reason, cause].compactMap { $0 }.joined(separator: ": ")
    return (error?["type"]?.string, text.isEmpty ? nil : String(text.prefix(500)))
  }
}
