public import SparrowCore

/// An error in talking to the Hugging Face Hub, or in its cache on this machine.
public struct HubError: SparrowError, Hashable {
  /// What went wrong, for callers that act on it.
  public enum Code: Sendable, Hashable {
    /// A name of a repository, a revision or a file breaks the rules for such names.
    case invalidName
    /// The Hub has no such repository, or hides it from this token.
    case repositoryNotFound
    /// The repository has no such branch, tag or commit.
    case revisionNotFound
    /// The revision has no such file, or the selection matches none.
    case fileNotFound
    /// The token is missing or refused.
    case unauthorized
    /// The repository's owner wants conditions to be accepted first.
    case gated
    /// The token may not do this.
    case forbidden
    /// What is to be created is there already.
    case alreadyExists
    /// Too many requests.
    case rateLimited
    /// The Hub failed.
    case server
    /// The Hub answered something that does not fit the question.
    case unexpectedAnswer
    /// The Hub could not be reached or the connection broke.
    case connection
    /// The network is switched off and the cache lacks something.
    case offline
    /// Bytes do not have the promised size or digest.
    case corrupted
    /// A file of this machine could not be read or written.
    case inputOutput
    /// The caller cancelled the work.
    case cancelled
  }

  /// What went wrong.
  public let code: Code
  /// What was expected, what was found, and what to do next.
  public let message: String
  /// The file of this machine that is concerned, if any.
  public let location: FileLocation?
  /// How long the Hub asks to wait before the next request.
  public let retryDelay: Duration?

  /// Makes an error.
  public init(
    _ code: Code, _ message: String, at location: FileLocation? = nil, retryDelay: Duration? = nil
  ) {
    self.code = code
    self.message = message
    self.location = location
    self.retryDelay = retryDelay
  }

  /// What kind of failure this is.
  public var category: ErrorCategory {
    switch code {
    case .invalidName: .usage
    case .repositoryNotFound, .revisionNotFound, .fileNotFound, .offline: .missing
    case .corrupted: .invalidData
    case .unauthorized, .gated, .forbidden, .alreadyExists, .rateLimited, .server,
      .unexpectedAnswer:
      .failure
    case .connection, .inputOutput: .inputOutput
    case .cancelled: .cancelled
    }
  }

  /// Whether the same request may succeed a little later.
  var isTransient: Bool { [.connection, .rateLimited, .server].contains(code) }

  /// The error of work that was cancelled.
  static let cancelled = HubError(.cancelled, "The transfer was cancelled.")
}
