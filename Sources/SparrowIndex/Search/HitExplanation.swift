public import SparrowCore

/// What one shared term adds to a document's score.
public struct TermContribution: Sendable, Hashable {
  /// The dimension that query and document share.
  public let index: TokenID
  /// The query's weight there.
  public let queryWeight: Float
  /// The document's weight there, as the index stores it.
  public let documentWeight: Float

  /// What the term adds to the score: the product of both weights.
  public var product: Double { Double(queryWeight) * Double(documentWeight) }
}

/// Why a document has its score for a query.
public struct HitExplanation: Sendable, Hashable {
  /// The document.
  public let id: DocumentID
  /// Its score, the sum of all products, rounded once to float32.
  public let score: Double
  /// The shared terms, largest product first; of equal ones the lower dimension.
  public let contributions: [TermContribution]

  /// Explains the dot product of a query with a stored document.
  init(id: DocumentID, query: SparseVector, document: SparseVector) {
    var contributions: [TermContribution] = []
    query.forEachShared(with: document) { index, queryWeight, documentWeight in
      guard queryWeight != 0, documentWeight != 0 else { return }
      contributions.append(
        TermContribution(index: index, queryWeight: queryWeight, documentWeight: documentWeight))
    }
    self.id = id
    self.score = Double(query.dot(document))
    self.contributions = contributions.sorted {
      $0.product != $1.product ? $0.product > $1.product : $0.index < $1.index
    }
  }
}
