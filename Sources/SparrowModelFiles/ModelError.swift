public import SparrowCore

/// An error in loading, using or saving a model.
public struct ModelError: SparrowError, Hashable {
  /// What went wrong, for callers that act on it.
  public enum Code: Sendable, Hashable {
    /// There is no model at the given place, or a file of it is absent.
    case missing
    /// A configuration file cannot be understood.
    case invalidConfiguration
    /// The model is of a kind that Sparrow does not know.
    case unsupported
    /// An argument makes no sense.
    case invalidArgument
    /// A file could not be written.
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
    case .missing: .missing
    case .invalidConfiguration, .unsupported: .invalidData
    case .invalidArgument: .usage
    case .inputOutput: .inputOutput
    }
  }
}
