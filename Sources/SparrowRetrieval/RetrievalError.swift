public import SparrowCore

/// An error of the retrieval module: a setting that makes no sense, stored vectors that are broken or
/// belong to something else.
public struct RetrievalError: SparrowError, Hashable {
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

  /// Passes on an error of the core module unchanged in content.
  init(_ error: CoreError) {
    self.init(error.category, error.message, at: error.location)
  }
}

extension RetrievalError: SettingsError {
  package init(setting message: String) { self.init(.usage, message) }
}

/// Reads the keys of a retriever's recipe.
typealias SettingsReader = SparrowCore.SettingsReader<RetrievalError>
