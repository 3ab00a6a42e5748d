/// The rows of an answer: texts, nil for null.
public typealias DatabaseRows = [[String?]]

/// A connection to PostgreSQL, for one statement at a time.
///
/// `PostgreSQLConnection` is the real one; tests bring their own.
public protocol DatabaseConnection: Sendable {
  /// Runs a statement and returns its rows.
  ///
  /// - Throws: ``EngineError``; of kind `unavailable` when the connection is lost, after which the
  ///   next call makes a new one.
  func run(_ statement: String, _ parameters: [String?]) async throws -> DatabaseRows

  /// Runs statements in a transaction; between `before` and `after` the lines go to COPY.
  ///
  /// - Throws: as ``run(_:_:)``; the transaction is then undone.
  func copy(_ lines: [[UInt8]], copy: String, before: [String], after: [String]) async throws

  /// Ends the connection.
  func close() async
}

/// What PostgreSQL's error codes mean.
enum SQLState {
  /// The kind of an error by its five characters; nil stands for a lost connection.
  static func kind(_ code: String?) -> EngineError.Kind {
    guard let code else { return .unavailable }
    switch code {
    case "42P07", "42710": return .alreadyExists
    case "42P01", "3D000": return .notFound
    case "28000", "28P01", "42501": return .unauthorized
    case "0A000", "42704", "42883": return .unsupported
    case "53300", "53400": return .throttled
    case "57014": return .timeout
    case "XX000", "XX001", "XX002": return .internalError
    default: break
    }
    switch code.prefix(2) {
    case "08", "57": return .unavailable
    case "40": return .conflict
    case "22", "23", "42", "54": return .invalid
    default: return .internalError
    }
  }
}
