public import Foundation
import SparrowCore

/// How qrels are laid out in a file.
public enum QrelsFormat: Sendable, Hashable, CaseIterable {
  /// Lines `query 0 document grade`, separated by white space.
  case trec
  /// A header `query-id corpus-id score` and lines of these, separated by tabs.
  case beir

  static let beirHeader = "query-id\tcorpus-id\tscore"
}

extension Qrels {
  /// Reads qrels; the layout is recognised by the first line.
  ///
  /// - Throws: ``EvaluationError`` naming file and line when a line has another number of fields, a
  ///   grade is no whole number, or a document is judged twice with different grades.
  public init(contentsOf url: URL) throws(EvaluationError) {
    self.init()
    do {
      try read(LineReader(contentsOf: url))
    } catch {
      throw error as? EvaluationError ?? EvaluationError(error as? CoreError ?? unexpected(error))
    }
  }

  private mutating func read(_ source: consuming LineReader) throws {
    var reader = source
    var format: QrelsFormat?
    while let line = try reader.nextText() {
      if line.allSatisfy(\.isWhitespace) { continue }
      if format == nil {
        format = line.hasPrefix("query-id") ? .beir : .trec
        if format == .beir {
          guard line == QrelsFormat.beirHeader else {
            throw EvaluationError(
              .invalidData,
              "The header must read 'query-id', 'corpus-id' and 'score', separated by tabs; found '\(line)'.",
              at: FileLocation(path: reader.path, line: reader.lineNumber))
          }
          continue
        }
      }
      let location = FileLocation(path: reader.path, line: reader.lineNumber)
      try add(Self.parse(line, format ?? .trec, at: location), at: location)
    }
  }

  private mutating func add(
    _ judgment: (query: QueryID, document: DocumentID, grade: Int), at location: FileLocation
  ) throws {
    let old = self[judgment.query, judgment.document]
    guard old == nil || old == judgment.grade else {
      throw EvaluationError(
        .invalidData,
        "Document '\(judgment.document)' has grade \(judgment.grade) for query '\(judgment.query)' here and grade \(old ?? 0) in an earlier line.",
        at: location)
    }
    self[judgment.query, judgment.document] = judgment.grade
  }

  private static func parse(
    _ line: String, _ format: QrelsFormat, at location: FileLocation
  ) throws -> (query: QueryID, document: DocumentID, grade: Int) {
    let fields: [Substring]
    let positions: (query: Int, document: Int, grade: Int)
    switch format {
    case .trec:
      fields = line.split(whereSeparator: \.isWhitespace)
      guard fields.count == 4 else {
        throw EvaluationError(
          .invalidData,
          "A line of TREC qrels has 4 fields (query, 0, document, grade); found \(fields.count). Qrels of three columns need the header 'query-id', 'corpus-id', 'score', separated by tabs.",
          at: location)
      }
      positions = (0, 2, 3)
    case .beir:
      fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard fields.count == 3 else {
        throw EvaluationError(
          .invalidData,
          "A line below the header 'query-id', 'corpus-id', 'score' has 3 fields separated by tabs; found \(fields.count).",
          at: location)
      }
      positions = (0, 1, 2)
    }
    guard let grade = grade(fields[positions.grade]) else {
      throw EvaluationError(
        .invalidData, "A grade is a whole number; found '\(fields[positions.grade])'.",
        at: location)
    }
    guard !fields[positions.query].isEmpty, !fields[positions.document].isEmpty else {
      throw EvaluationError(
        .invalidData, "The identifiers of query and document must not be empty.", at: location)
    }
    return (
      QueryID(String(fields[positions.query])), DocumentID(String(fields[positions.document])),
      grade
    )
  }

  /// Some tools write whole grades with a fraction, `1.0`.
  private static func grade(_ field: Substring) -> Int? {
    Int(field) ?? Double(field).flatMap { Int(exactly: $0) }
  }

  /// Writes the judgments, queries in order and documents by identifier.
  ///
  /// - Throws: ``EvaluationError`` when an identifier has a character that separates fields, or the
  ///   file cannot be written.
  public func write(to url: URL, format: QrelsFormat = .trec) throws(EvaluationError) {
    var text = format == .beir ? QrelsFormat.beirHeader + "\n" : ""
    for query in queries {
      for (document, grade) in self[query].sorted(by: { $0.key < $1.key }) {
        try checkField(query.rawValue)
        try checkField(document.rawValue)
        switch format {
        case .trec: text += "\(query) 0 \(document) \(grade)\n"
        case .beir: text += "\(query)\t\(document)\t\(grade)\n"
        }
      }
    }
    do throws(CoreError) {
      try AtomicFile.write(Data(text.utf8), to: url)
    } catch {
      throw EvaluationError(error)
    }
  }
}

/// Refuses identifiers that would break a line of fields separated by white space.
func checkField(_ field: String) throws(EvaluationError) {
  guard !field.isEmpty, !field.contains(where: \.isWhitespace) else {
    throw EvaluationError(
      .invalidData,
      "Identifiers in TREC and BEIR files must not be empty or hold white space; found '\(field)'.")
  }
}

/// An error of a kind that the called function does not document.
func unexpected(_ error: any Error) -> CoreError {
  CoreError(.failure, "An unexpected error occurred (\(error)).")
}
