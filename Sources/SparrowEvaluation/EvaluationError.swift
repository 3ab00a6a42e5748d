public import SparrowCore

/// An error of the evaluation module: broken qrels or runs, or an evaluation that cannot be made.
public struct EvaluationError: SparrowError, Hashable {
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
