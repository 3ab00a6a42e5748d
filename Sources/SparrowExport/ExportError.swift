public import SparrowCore

/// An error in writing a model for another runtime.
public struct ExportError: SparrowError, Hashable {
  /// What went wrong, for callers that act on it.
  public enum Code: Sendable, Hashable {
    /// The model has a part that cannot be exported.
    case unsupported
    /// A weight is absent or has another shape than the configuration says.
    case invalidWeights
    /// A file could not be read or written.
    case inputOutput
  }

  /// What went wrong.
  public let code: Code
  /// What was expected, what was found, and what to do next.
  public let message: String
  /// The place in a file, when there is one.
  public let location: FileLocation?

  /// Makes an error.
  public init(_ code: Code, _ message: String, at location: FileLocation? = nil) {
    self.code = code
    self.message = message
    self.location = location
  }

  /// What kind of failure this is.
  public var category: ErrorCategory {
    switch code {
    case .unsupported, .invalidWeights: .invalidData
    case .inputOutput: .inputOutput
    }
  }
}
