public import SparrowCore

/// An error of a tensor operation or of a tensor file.
public struct TensorError: SparrowError, Hashable {
  /// What went wrong, for callers that act on it.
  public enum Code: Sendable, Hashable {
    /// Shapes, element types or values do not fit the operation.
    case invalidArgument
    /// There is not enough memory.
    case outOfMemory
    /// The operation does not exist for this device or element type.
    case notImplemented
    /// A file is broken, incomplete or of an unknown kind.
    case invalidFile
    /// A file is not there.
    case missingFile
    /// A file could not be read or written.
    case inputOutput
    /// Anything else libtorch reports.
    case failure
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
    case .invalidArgument, .invalidFile: .invalidData
    case .missingFile: .missing
    case .inputOutput: .inputOutput
    case .outOfMemory, .notImplemented, .failure: .failure
    }
  }
}
