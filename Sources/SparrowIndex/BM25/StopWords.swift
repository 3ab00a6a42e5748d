/// Words too frequent to say anything about a text, dropped before counting.
public enum StopWords: Sendable, Hashable {
  /// Drops nothing.
  case none
  /// The 33 English words that Lucene has always dropped.
  case english
  /// A list of one's own, in lower case.
  case custom(Set<String>)

  /// The words that are dropped.
  public var words: Set<String> {
    switch self {
    case .none: []
    case .english: Self.shortEnglishList
    case .custom(let words): words
    }
  }

  private static let shortEnglishList: Set<String> = [
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it",
    "no", "not", "of", "on", "or", "such", "that", "the", "their", "then", "there", "these",
    "they", "this", "to", "was", "will", "with",
  ]
}
