/// A search request with its identifier.
public struct Query: Sendable, Hashable {
  /// The identifier, as in the queries file.
  public let id: QueryID
  /// What is asked.
  public let text: String

  /// Makes a query.
  public init(id: QueryID, text: String) {
    self.id = id
    self.text = text
  }
}

/// Something that can be found, with its identifier.
public struct Document: Sendable, Hashable {
  /// The identifier, as in the collection's file.
  public let id: DocumentID
  /// The heading; empty when there is none.
  public let title: String
  /// The body.
  public let text: String

  /// Makes a document.
  public init(id: DocumentID, title: String = "", text: String) {
    self.id = id
    self.title = title
    self.text = text
  }

  /// What is encoded: title, a space, text, without white space around them; the text alone when
  /// there is no title.
  public var content: String {
    title.isEmpty ? text : Self.trimmed(title + " " + text)
  }

  private static func trimmed(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return String(scalars[first...last])
  }
}
