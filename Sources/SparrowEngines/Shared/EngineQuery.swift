public import SparrowCore
public import SparrowIndex

/// A search in an engine.
public struct EngineQuery: Sendable, Hashable {
  /// The sparse query.
  public var vector: SparseVector
  /// A dense query; when there is one, both result lists are joined by ``fusion``.
  public var dense: [Float]?
  /// How the lists of a hybrid search are joined; list 0 is sparse, list 1 dense.
  public var fusion: ReciprocalRankFusion
  /// How many documents each list of a hybrid search has; the default is 100.
  public var window: Int
  /// How many documents to return at most, 0 or more; the default is 10.
  public var count: Int
  /// Return only documents that pass; nil passes all.
  public var filter: DocumentFilter?
  /// Whether hits bring fields and payload; the default is false.
  public var includesDocuments: Bool

  /// Makes a search.
  public init(
    _ vector: SparseVector, dense: [Float]? = nil,
    fusion: ReciprocalRankFusion = ReciprocalRankFusion(), window: Int = 100, count: Int = 10,
    filter: DocumentFilter? = nil, includesDocuments: Bool = false
  ) {
    self.vector = vector
    self.dense = dense
    self.fusion = fusion
    self.window = window
    self.count = count
    self.filter = filter
    self.includesDocuments = includesDocuments
  }

  /// Checks the numbers and takes zeros out of the sparse query.
  ///
  /// - Throws: ``EngineError`` of kind `usage` when a number is out of range or not finite.
  func validated() throws(EngineError) -> EngineQuery {
    guard count >= 0, window >= max(1, dense == nil ? 1 : count) else {
      throw EngineError(
        .usage,
        "A search needs a count of 0 or more and a window that is at least as large; found \(count) and \(window)."
      )
    }
    guard dense?.allSatisfy(\.isFinite) ?? true else {
      throw EngineError(.usage, "The weights of a dense query must be finite numbers.")
    }
    if let weights = fusion.weights, dense != nil {
      guard weights.count == 2, weights.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
        throw EngineError(
          .usage, "A hybrid search needs two weights of 0 or more; found \(weights).")
      }
    }
    var query = self
    query.vector = try EngineWeights.withoutZeros(vector, of: "the query")
    return query
  }
}

/// A document that an engine found.
public struct EngineHit: Sendable, Hashable {
  /// The document.
  public let id: DocumentID
  /// Its score; the dot product unless the search was hybrid.
  public let score: Double
  /// Its fields, empty unless ``EngineQuery/includesDocuments``.
  public let fields: [String: FieldValue]
  /// Its payload, nil unless ``EngineQuery/includesDocuments``.
  public let payload: JSONValue?

  /// The identifier and score, for fusion and evaluation.
  public var scored: ScoredDocument { ScoredDocument(id: id, score: score) }
}

/// A part of all documents of a collection.
public struct EnginePage: Sendable, Hashable {
  /// The dimension of vectors from engines that do not know it: no index is too large for it.
  public static let dimension = Int(TokenID.max) + 1

  /// The documents, with vectors as the engine stores them and, except for PostgreSQL's, of
  /// dimension ``dimension``.
  public let documents: [EngineDocument]
  /// Where the next part starts, nil at the end.
  public let next: ScrollCursor?
}

/// A place in the sequence of all documents, meaningful to the engine that made it.
public struct ScrollCursor: Sendable, Hashable {
  let token: JSONValue
}

/// What an engine says about itself.
public struct EngineStatus: Sendable, Hashable {
  /// The product, for example "Qdrant".
  public let product: String
  /// Its version.
  public let version: EngineVersion
}
