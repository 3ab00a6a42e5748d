#if PostgreSQL
  import CPostgreSQL
  import Dispatch
  import Foundation

  /// A connection through libpq, made when it is first needed and again after it was lost.
  ///
  /// libpq blocks, so statements run on a queue of their own, one after the other.
  @safe
  public actor PostgreSQLConnection: DatabaseConnection {
    private let address: String
    private let queue: QueueExecutor
    private var handle: OpaquePointer?

    /// The queue that runs this actor.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
      unsafe queue.asUnownedSerialExecutor()
    }

    /// Makes a connection; nothing is sent yet.
    ///
    /// - Parameter address: a URI or key words as libpq takes them, with `sslmode` and `sslrootcert`
    ///   for encryption.
    public init(_ address: String) {
      self.address = address
      queue = QueueExecutor(label: "sparrow.postgresql")
    }

    isolated deinit { unsafe PQfinish(handle) }

    /// Runs a statement and returns its rows.
    public func run(_ statement: String, _ parameters: [String?]) async throws -> DatabaseRows {
      try execute(statement, parameters)
    }

    /// Runs statements in a transaction; between `before` and `after` the lines go to COPY.
    public func copy(
      _ lines: [[UInt8]], copy: String, before: [String], after: [String]
    ) async throws {
      _ = try execute("begin", [])
      do {
        for statement in before { _ = try execute(statement, []) }
        try send(lines, copy)
        for statement in after { _ = try execute(statement, []) }
        _ = try execute("commit", [])
      } catch {
        // Fails where the connection is gone, and then there is nothing to undo.
        _ = try? execute("rollback", [])
        throw error
      }
    }

    /// Ends the connection.
    public func close() async {
      unsafe PQfinish(handle)
      unsafe handle = nil
    }

    // MARK: libpq

    private func connected() throws(EngineError) -> OpaquePointer {
      if let handle = unsafe handle, unsafe PQstatus(handle) == CONNECTION_OK {
        return unsafe handle
      }
      unsafe PQfinish(handle)
      unsafe handle = unsafe PQconnectdb(address)
      guard let handle = unsafe handle else {
        throw EngineError(.internalError, "There is no memory for a connection to PostgreSQL.")
      }
      guard unsafe PQstatus(handle) == CONNECTION_OK else {
        let message = unsafe Self.text(PQerrorMessage(handle))
        let isRefused = message.contains("password") || message.contains("authentication")
        let isMissing = message.contains("does not exist")
        throw EngineError(
          isRefused ? .unauthorized : isMissing ? .notFound : .unavailable,
          "No connection to PostgreSQL came about: \(message)")
      }
      // Without a processor libpq writes notices to the standard error.
      unsafe PQsetNoticeProcessor(handle, { _, _ in }, nil)
      return unsafe handle
    }

    private func execute(
      _ statement: String, _ parameters: [String?]
    ) throws(EngineError) -> DatabaseRows {
      let handle = unsafe try connected()
      let values = unsafe parameters.map { text in unsafe text.flatMap { unsafe strdup($0) } }
      defer { _ = unsafe values.map { unsafe free($0) } }
      let pointers = unsafe values.map { unsafe UnsafePointer($0) }
      let result = unsafe PQexecParams(
        handle, statement, Int32(parameters.count), nil, pointers, nil, nil, 0)
      defer { unsafe PQclear(result) }
      try unsafe check(result, handle)
      var rows: DatabaseRows = []
      let (rowCount, columnCount) = unsafe (PQntuples(result), PQnfields(result))
      for row in 0..<rowCount {
        rows.append(
          (0..<columnCount).map { column in
            guard unsafe PQgetisnull(result, row, column) == 0 else { return nil }
            return unsafe Self.text(PQgetvalue(result, row, column))
          })
      }
      return rows
    }

    private func send(_ lines: [[UInt8]], _ copy: String) throws(EngineError) {
      let handle = unsafe try connected()
      let start = unsafe PQexec(handle, copy)
      defer { unsafe PQclear(start) }
      try unsafe check(start, handle)
      for line in lines {
        let sent = unsafe line.withUnsafeBytes { bytes in
          unsafe PQputCopyData(
            handle, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
        }
        guard sent == 1 else { throw unsafe error(nil, handle) }
      }
      guard unsafe PQputCopyEnd(handle, nil) == 1 else { throw unsafe error(nil, handle) }
      var failure: EngineError?
      while let result = unsafe PQgetResult(handle) {
        defer { unsafe PQclear(result) }
        do { try unsafe check(result, handle) } catch { failure = failure ?? error }
      }
      if let failure { throw failure }
    }

    private func check(_ result: OpaquePointer?, _ handle: OpaquePointer) throws(EngineError) {
      switch unsafe PQresultStatus(result) {
      case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_COPY_IN: return
      default: throw unsafe error(result, handle)
      }
    }

    private func error(_ result: OpaquePointer?, _ handle: OpaquePointer) -> EngineError {
      // The code of the field "SQLSTATE" in libpq's numbering of fields is the character C.
      let code = unsafe PQresultErrorField(result, Int32(UInt8(ascii: "C")))
      let message = unsafe Self.text(PQerrorMessage(handle))
      let isLost = unsafe PQstatus(handle) != CONNECTION_OK
      let state = unsafe code.map { unsafe String(cString: $0) }
      return EngineError(
        isLost ? .unavailable : SQLState.kind(state),
        "PostgreSQL answered with SQLSTATE \(state ?? "unknown"): \(message)")
    }

    private static func text(_ characters: UnsafePointer<CChar>?) -> String {
      let text = unsafe characters.map { unsafe String(cString: $0) } ?? ""
      return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func text(_ characters: UnsafeMutablePointer<CChar>?) -> String {
      unsafe characters.map { unsafe String(cString: $0) } ?? ""
    }
  }

  /// Runs an actor on a dispatch queue, so that what blocks does not hold up other tasks.
  final class QueueExecutor: SerialExecutor {
    private let queue: DispatchQueue

    init(label: String) { queue = DispatchQueue(label: label) }

    func enqueue(_ job: consuming ExecutorJob) {
      let job = UnownedJob(job)
      queue.async { unsafe job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
  }
#endif
