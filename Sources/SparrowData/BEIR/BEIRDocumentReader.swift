public import Foundation
public import SparrowCore

/// Reads the documents of a BEIR corpus one after another, in bounded memory.
///
/// ```swift
/// var reader = try collection.documentReader()
/// while let document = try reader.next() { print(document.id, document.content) }
/// ```
public struct BEIRDocumentReader {
  private var reader: IdentifiedTextReader

  /// Opens a corpus file, JSON lines with `_id`, `text` and possibly `title`, possibly compressed.
  ///
  /// - Throws: ``DataError`` when the file cannot be opened.
  public init(contentsOf url: URL) throws(DataError) {
    reader = try IdentifiedTextReader(contentsOf: url)
  }

  /// Reads lines that come from elsewhere, such as the standard input.
  package init(lines: LineReader) { reader = IdentifiedTextReader(lines: lines) }

  /// Where the document returned last stands.
  public var location: FileLocation { reader.location }

  /// The next document, nil at the end.
  ///
  /// - Throws: ``DataError`` naming file and line when a line is broken.
  public mutating func next() throws(DataError) -> Document? {
    try nextWithMembers()?.document
  }

  /// The next document with what else its line has, nil at the end.
  ///
  /// - Throws: ``DataError`` naming file and line when a line is broken.
  public mutating func nextWithMembers()
    throws(DataError) -> (document: Document, members: JSONObject)?
  {
    guard let entry = try reader.next() else { return nil }
    return (
      Document(id: DocumentID(entry.id), title: entry.title, text: entry.text), entry.members
    )
  }
}

/// Reads JSON lines with `_id`, `text` and possibly `title`; other keys are passed on.
struct IdentifiedTextReader {
  /// What a line holds.
  struct Entry {
    let id: String
    let title: String
    let text: String
    /// The other members.
    let members: JSONObject
  }

  private var lines: LineReader

  init(lines: LineReader) { self.lines = lines }

  init(contentsOf url: URL) throws(DataError) {
    do throws(CoreError) {
      lines = try LineReader(possiblyCompressed: url)
    } catch {
      throw DataError(error)
    }
  }

  var location: FileLocation { FileLocation(path: lines.path, line: lines.lineNumber) }

  mutating func next() throws(DataError) -> Entry? {
    while true {
      let value: JSONValue
      do throws(CoreError) {
        guard let line = try lines.next() else { return nil }
        if line.isEmpty { continue }
        value = try JSONValue(parsing: line, path: lines.path, firstLine: lines.lineNumber)
      } catch {
        throw DataError(error)
      }
      return Entry(
        id: try identifier(value), title: try title(value), text: try text(value),
        members: members(value))
    }
  }

  private func members(_ value: JSONValue) -> JSONObject {
    JSONObject(
      (value.object?.members).map { members in
        members.filter { !["_id", "title", "text"].contains($0.0) }
      } ?? [])
  }

  private func identifier(_ value: JSONValue) throws(DataError) -> String {
    switch value["_id"] {
    case .string(let id)? where !id.isEmpty: return id
    case .integer(let id)?: return String(id)
    default: throw failure("'_id', a text that is not empty", value["_id"])
    }
  }

  private func title(_ value: JSONValue) throws(DataError) -> String {
    switch value["title"] {
    case nil, .null?: return ""
    case .string(let title)?: return title
    case let other: throw failure("a text as 'title'", other)
    }
  }

  private func text(_ value: JSONValue) throws(DataError) -> String {
    guard let text = value["text"]?.string else { throw failure("a 'text'", value["text"]) }
    return text
  }

  private func failure(_ expectation: String, _ found: JSONValue?) -> DataError {
    let found = found.map { $0 == .string("") ? "an empty text" : $0.kindName } ?? "none"
    return DataError(
      .invalidData, "A document's or query's line needs \(expectation); found \(found).",
      at: location)
  }
}
