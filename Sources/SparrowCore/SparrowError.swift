/// What kind of failure an error is; the command line turns it into an exit code and the server
/// into an HTTP status.
public enum ErrorCategory: String, Sendable, Hashable {
  /// The caller asked for something that makes no sense: a wrong argument or a contradiction.
  case usage
  /// A file, folder, model or column that was named is not there.
  case missing
  /// Data was there and could not be understood: a broken file, a wrong shape, a bad line.
  case invalidData
  /// Reading or writing failed: no space, no permission, a broken connection.
  case inputOutput
  /// The caller cancelled the work.
  case cancelled
  /// A limit or a defect of this program or of a library below it.
  case failure
}

/// Where in a file something was found.
public struct FileLocation: Sendable, Hashable, CustomStringConvertible {
  /// The file's path as the caller named it.
  public var path: String
  /// The line, counted from 1.
  public var line: Int?
  /// What within the file or line: a column, a tensor, a key.
  public var item: String?

  /// Makes a location.
  public init(path: String, line: Int? = nil, item: String? = nil) {
    self.path = path
    self.line = line
    self.item = item
  }

  /// The place as `path:line (item)`.
  public var description: String {
    var text = path
    if let line { text += ":\(line)" }
    if let item { text += " (\(item))" }
    return text
  }
}

/// What every error thrown by a Sparrow module can say about itself.
///
/// A message states what was expected, what was found, where, and what to do next.
public protocol SparrowError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure this is.
  var category: ErrorCategory { get }
  /// What was expected, what was found, and what to do next, in one or two sentences.
  var message: String { get }
  /// The place in a file, when there is one.
  var location: FileLocation? { get }
}

extension SparrowError {
  /// The message, after the location when there is one.
  public var description: String {
    guard let location else { return message }
    return "\(location): \(message)"
  }
}

/// An error of the core module: a vector, matrix or JSON text that breaks its invariant, or a file
/// that cannot be read or written.
public struct CoreError: SparrowError, Hashable {
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
}
