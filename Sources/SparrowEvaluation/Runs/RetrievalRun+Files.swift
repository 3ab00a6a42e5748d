public import Foundation
public import SparrowCore

extension RetrievalRun {
  /// Reads a TREC run, lines `query Q0 document rank score tag`.
  ///
  /// As in trec_eval the order follows from the scores; the rank column is not looked at.
  ///
  /// - Throws: ``EvaluationError`` naming file and line when a line has another number of fields, a
  ///   score is no number, or a document appears twice for a query.
  public init(contentsOf url: URL) throws(EvaluationError) {
    self.init()
    var queries: [QueryID] = []
    var documents: [QueryID: [ScoredDocument]] = [:]
    var seen: [QueryID: Set<DocumentID>] = [:]
    do {
      var reader = try LineReader(contentsOf: url)
      while let line = try reader.nextText() {
        let fields = line.split(whereSeparator: \.isWhitespace)
        if fields.isEmpty { continue }
        let location = FileLocation(path: reader.path, line: reader.lineNumber)
        guard fields.count == 6 else {
          throw EvaluationError(
            .invalidData,
            "A line of a TREC run has 6 fields (query, Q0, document, rank, score, tag); found \(fields.count).",
            at: location)
        }
        guard let score = Double(fields[4]), !score.isNaN else {
          throw EvaluationError(
            .invalidData, "A score is a number; found '\(fields[4])'.", at: location)
        }
        let query = QueryID(String(fields[0]))
        let document = DocumentID(String(fields[2]))
        guard seen[query, default: []].insert(document).inserted else {
          throw EvaluationError(
            .invalidData, "Document '\(document)' appears twice for query '\(query)'.",
            at: location)
        }
        if documents[query] == nil { queries.append(query) }
        documents[query, default: []].append(ScoredDocument(id: document, score: score))
      }
    } catch {
      throw error as? EvaluationError ?? EvaluationError(error as? CoreError ?? unexpected(error))
    }
    for query in queries {
      appendUnchecked(query, (documents[query] ?? []).sorted(by: ScoredDocument.precedes))
    }
  }

  /// Writes the run in TREC's layout.
  ///
  /// - Parameters:
  ///   - url: the file; replaced as a whole when it exists.
  ///   - tag: the name of the system, the last field of every line.
  /// - Throws: ``EvaluationError`` when an identifier or the tag is empty or holds white space, or the
  ///   file cannot be written.
  public func write(to url: URL, tag: String) throws {
    try RetrievalRunWriter.write(to: url, tag: tag) { writer in
      for query in queries { try writer.append(query, self[query]) }
    }
  }
}

/// Writes a TREC run query by query, so that it never has to be in memory as a whole.
///
/// ```swift
/// try RetrievalRunWriter.write(to: url, tag: "splade") { writer in
///   for query in queries { try writer.append(query.id, try search(query)) }
/// }
/// ```
public struct RetrievalRunWriter {
  private let handle: FileHandle
  private let tag: String
  private var buffer: [UInt8] = []
  private static let flushByteCount = 1 << 20

  /// Opens a file beside `url`, calls `body` and puts the finished file in place.
  ///
  /// - Throws: ``EvaluationError`` when the tag or an identifier is empty or holds white space, or
  ///   the file cannot be written; and whatever `body` throws. No file is left behind then.
  public static func write(
    to url: URL, tag: String, _ body: (inout RetrievalRunWriter) throws -> Void
  ) throws {
    try checkField(tag)
    var failure: (any Error)?
    do throws(CoreError) {
      try AtomicFile.write(to: url) { handle in
        var writer = RetrievalRunWriter(handle: handle, tag: tag)
        do {
          try body(&writer)
        } catch {
          failure = error
          throw error
        }
        try writer.flush()
      }
    } catch {
      throw failure ?? EvaluationError(error)
    }
  }

  private init(handle: FileHandle, tag: String) {
    self.handle = handle
    self.tag = tag
  }

  /// Writes one query's documents, which must be in order, best first.
  ///
  /// - Throws: ``EvaluationError`` when an identifier is empty or holds white space, or the
  ///   disk is full.
  public mutating func append(
    _ query: QueryID, _ documents: [ScoredDocument]
  ) throws(EvaluationError) {
    try checkField(query.rawValue)
    for (position, document) in documents.enumerated() {
      try checkField(document.id.rawValue)
      let score = JSONValue.spelling(of: document.score)
      let line = "\(query) Q0 \(document.id) \(position + 1) \(score) \(tag)\n"
      buffer.append(contentsOf: line.utf8)
    }
    if buffer.count >= Self.flushByteCount { try flush() }
  }

  private mutating func flush() throws(EvaluationError) {
    do {
      try handle.write(contentsOf: buffer)
    } catch {
      throw EvaluationError(
        .inputOutput, "Could not write the run (\(AtomicFile.reason(error))).")
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
