import Foundation
public import SparrowCore
public import SparrowIndex

/// A document on its way into an index or an engine: its texts and what else belongs to it.
public struct CollectionDocument: Sendable, Hashable {
  /// The identifier and the texts.
  public var document: Document
  /// Further members, such as a language or a year, which are kept with the document.
  public var members: JSONObject

  /// Words longer than this are kept but cannot be filtered by: they are texts.
  public static let maximumKeywordByteCount = 256

  /// Makes a document.
  public init(_ document: Document, members: JSONObject = JSONObject()) {
    self.document = document
    self.members = members
  }

  /// The members that filters can use: words, lists of words, truth values as words, and numbers.
  public var fields: [String: FieldValue] {
    var fields: [String: FieldValue] = [:]
    for (name, value) in members.members { fields[name] = Self.field(value) }
    return fields
  }

  /// Texts and members as they are kept: title, text, then the members in their order.
  public var payload: JSONValue {
    .object(
      JSONObject(
        [("title", .string(document.title)), ("text", .string(document.text))]
          + Array(members.members)))
  }

  /// Reads what ``payload`` gives; nil when there is no text.
  init?(id: DocumentID, payload: Data) throws(CoreError) {
    let value = try JSONValue(parsing: payload, path: "document \(id)")
    guard let text = value["text"]?.string, var members = value.object else { return nil }
    document = Document(id: id, title: value["title"]?.string ?? "", text: text)
    members["title"] = nil
    members["text"] = nil
    self.members = members
  }

  private static func field(_ value: JSONValue) -> FieldValue? {
    switch value {
    case .bool(let truth): return .keyword(truth ? "true" : "false")
    case .array(let elements):
      let words = elements.compactMap(keyword)
      return words.isEmpty || words.count < elements.count ? nil : .keywords(words)
    case .string: return keyword(value).map { .keyword($0) }
    default: return value.double.map { .number($0) }
    }
  }

  private static func keyword(_ value: JSONValue) -> String? {
    guard let word = value.string, word.utf8.count <= maximumKeywordByteCount else { return nil }
    return word
  }
}
