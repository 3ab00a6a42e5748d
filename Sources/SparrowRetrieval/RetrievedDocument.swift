public import SparrowCore

/// A document that a search found, and why.
public struct RetrievedDocument: Sendable, Hashable {
  /// The document's identifier.
  public let id: DocumentID
  /// The dot product of query and document.
  public let score: Double
  /// The terms that make the score, largest part first.
  public let terms: [MatchingTerm]
  /// The document with its texts, nil when the index does not keep them.
  public let document: Document?
  /// What else the index keeps of the document, such as a language or a year.
  public let members: JSONObject
}
