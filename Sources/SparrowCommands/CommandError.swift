import SparrowCore

/// An error of the command line itself.
struct CommandError: SparrowError, Hashable {
  let category: ErrorCategory
  let message: String
  let location: FileLocation?

  init(_ category: ErrorCategory, _ message: String, at location: FileLocation? = nil) {
    self.category = category
    self.message = message
    self.location = location
  }
}
