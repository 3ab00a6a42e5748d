/// A document with its score for one query.
public struct ScoredDocument: Sendable, Hashable {
  /// The document.
  public let id: DocumentID
  /// Its score; higher is better.
  public let score: Double

  /// Makes a scored document.
  public init(id: DocumentID, score: Double) {
    self.id = id
    self.score = score
  }

  /// The order of result lists: score descending, then identifier ascending.
  public static func precedes(_ left: Self, _ right: Self) -> Bool {
    left.score != right.score ? left.score > right.score : left.id < right.id
  }
}
