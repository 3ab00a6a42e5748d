public import SparrowCore

/// An error of the data module: a file that cannot be read, a row that does not fit, a sampler that
/// cannot work with what it was given.
public struct DataError: SparrowError, Hashable {
  /// What kind of failure this is.
  public let category: ErrorCategory
  /// What was expected, what was found, and what to do next.
  public let message: String
  /// The place in a file, when there is one.
  public let location: FileLocation?

  /// Makes an error.
  public init(_ category: ErrorCategory, _ message: String, at location: FileLocation? = nil) {
    self.category = category
    self.message = message
    self.location = location
  }

  /// Takes over an error of a lower module.
  package init(_ error: any SparrowError) {
    self.init(error.category, error.message, at: error.location)
  }
}
