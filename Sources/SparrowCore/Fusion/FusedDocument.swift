/// A document of a fusion, and where its score comes from.
public struct FusedDocument: Sendable, Hashable {
  /// The document.
  public let id: DocumentID
  /// The sum of ``contributions``.
  public let score: Double
  /// What each list added to the score, in the order of the lists.
  public let contributions: [Double]

  /// Makes a document whose score is the sum of what each list adds.
  public init(id: DocumentID, contributions: [Double]) {
    self.id = id
    self.contributions = contributions
    score = contributions.reduce(0, +)
  }

  /// The document with its score alone.
  public var scored: ScoredDocument { ScoredDocument(id: id, score: score) }
}
