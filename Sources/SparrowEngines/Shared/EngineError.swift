public import SparrowCore

/// An error of a search engine, or of talking to one.
public struct EngineError: SparrowError, Hashable {
  /// What went wrong, the same for all engines.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// There is no such collection (404).
    case notFound
    /// The collection is there already (409, or 400 `resource_already_exists_exception`).
    case alreadyExists
    /// The engine cannot take what it was sent (400, 422, SQLSTATE class 22 or 54).
    case invalid
    /// The key or password is missing or wrong, or does not allow this (401, 403).
    case unauthorized
    /// The request has too many bytes (413).
    case tooLarge
    /// The engine asks for fewer requests (429).
    case throttled
    /// No answer came in time (408, 504).
    case timeout
    /// The engine is not reachable or not ready (connection failures, 502, 503, SQLSTATE 57P0x, 08).
    case unavailable
    /// Nobody who is trusted vouches for the engine's certificate.
    case untrusted
    /// Somebody else changed the same thing at the same time (409 version conflict, SQLSTATE 40).
    case conflict
    /// A defect of the engine (500), or an answer that makes no sense.
    case internalError
    /// This version of the engine, or this build, cannot do it.
    case unsupported
    /// The arguments make no sense.
    case usage

    /// Whether the same request may succeed a little later.
    public var isTransient: Bool {
      switch self {
      case .throttled, .timeout, .unavailable, .conflict: true
      default: false
      }
    }
  }

  /// What went wrong.
  public let kind: Kind
  /// What was attempted, what the engine said, and what to do next; without keys and texts.
  public let message: String
  /// How long the engine asks to wait, nil when it does not say.
  public let retryAfter: Duration?

  /// Makes an error.
  public init(_ kind: Kind, _ message: String, retryAfter: Duration? = nil) {
    self.kind = kind
    self.message = message
    self.retryAfter = retryAfter
  }

  /// What kind of failure this is for the command line.
  public var category: ErrorCategory {
    switch kind {
    case .notFound: .missing
    case .usage, .unsupported, .unauthorized, .untrusted, .alreadyExists: .usage
    case .invalid, .tooLarge: .invalidData
    case .throttled, .timeout, .unavailable, .conflict: .inputOutput
    case .internalError: .failure
    }
  }
  /// Always nil: the message names the engine's address.
  public var location: FileLocation? { nil }
}
