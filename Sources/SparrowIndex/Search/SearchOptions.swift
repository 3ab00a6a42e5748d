/// How hard a search tries to find the very best documents.
public enum SearchMode: Sendable, Hashable {
  /// Returns exactly the documents with the largest dot products.
  case exact
  /// Trades a little recall for speed; see ``ApproximateSearch``.
  case approximate(ApproximateSearch)
}

/// How much work an approximate search saves.
///
/// Both kinds of search first add up the important posting lists and then score the most
/// promising documents exactly. The exact one allows for the largest possible contribution of the
/// lists it left out; this one allows for only a part of it. Scores of returned documents are
/// exact in both.
public struct ApproximateSearch: Sendable, Hashable {
  /// The part of the left-out lists' largest contribution that is allowed for, 0...1, ½ by default.
  ///
  /// With 1 the search is exact.
  public var remainderFactor: Double

  /// Makes settings.
  public init(remainderFactor: Double = 0.5) {
    self.remainderFactor = remainderFactor
  }
}

/// What a search returns and how it works.
public struct SearchOptions: Sendable, Hashable {
  /// How many documents to return at most, 0 or more; the default is 10.
  public var count: Int
  /// Return only documents that pass; nil passes all.
  public var filter: DocumentFilter?
  /// Exact or approximate; the default is ``SearchMode/exact``.
  public var mode: SearchMode

  /// Makes options.
  public init(count: Int = 10, filter: DocumentFilter? = nil, mode: SearchMode = .exact) {
    self.count = count
    self.filter = filter
    self.mode = mode
  }
}
