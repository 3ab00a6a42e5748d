public import SparrowCore

/// An error in building or configuring a module.
public struct ModuleError: SparrowError, Hashable {
  /// What went wrong, for callers that act on it.
  public enum Code: Sendable, Hashable {
    /// A parameter is not stored where it should be.
    case missingTensor
    /// A stored parameter has another shape than the configuration asks for.
    case wrongShape
    /// A configuration value makes no sense.
    case invalidConfiguration
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
  public var category: ErrorCategory { .invalidData }
}
