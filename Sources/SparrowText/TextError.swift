public import SparrowCore

/// An error of the text module: a tokenizer file that is missing, broken or asks for an unknown
/// part, a file that cannot be written, or work that was cancelled.
public struct TextError: SparrowError, Hashable {
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

  /// Takes over an error of reading or writing a file.
  init(_ error: CoreError) {
    self.init(error.category, error.message, at: error.location)
  }
}
