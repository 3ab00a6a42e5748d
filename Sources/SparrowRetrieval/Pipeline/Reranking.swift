public import SparrowCore

/// The last step of a pipeline: a scorer reads the query with each of the best documents, and they
/// are put in the order of its scores.
///
/// ```swift
/// let reranking = try Reranking(scorer: CrossEncoder(folder: folder), depth: 50)
/// ```
public struct Reranking {
  /// How many documents are reranked unless said otherwise.
  public static let standardDepth = 50

  /// Judges pairs of a query and a document, such as a cross-encoder.
  public let scorer: any RelevanceScorer
  /// How many documents it reads; those behind keep their order and follow.
  public let depth: Int

  /// Makes a step.
  ///
  /// - Parameters:
  ///   - scorer: judges pairs.
  ///   - depth: how many documents it reads; 50 by default.
  /// - Throws: ``RetrievalError`` when the depth is below 1.
  public init(
    scorer: any RelevanceScorer, depth: Int = standardDepth
  ) throws(RetrievalError) {
    guard depth >= 1 else {
      throw RetrievalError(
        .usage, "Reranking reads 1 document or more; found a depth of \(depth).")
    }
    self.scorer = scorer
    self.depth = depth
  }

  /// Puts the best documents in the order of the scorer's scores.
  ///
  /// Scores of the documents behind them fall by 1 from the lowest of those, for a run is sorted by
  /// its scores.
  func rerank(
    _ documents: [ScoredDocument], for query: String, text: (DocumentID) throws -> String
  ) throws -> [ScoredDocument] {
    let best = documents.prefix(depth)
    let scores = try scorer.scores(
      queries: best.map { _ in query }, documents: best.map { try text($0.id) }, progress: nil)
    guard scores.count == best.count, scores.allSatisfy(\.isFinite) else {
      throw RetrievalError(
        .invalidData,
        "Reranking \(best.count) documents needs as many finite scores; the scorer gave \(scores.count): \(scores)."
      )
    }
    let reranked = zip(best, scores)
      .map { ScoredDocument(id: $0.id, score: Double($1)) }
      .sorted(by: ScoredDocument.precedes)
    let lowest = reranked.last?.score ?? 0
    let rest = documents.dropFirst(best.count).enumerated().map { position, document in
      ScoredDocument(id: document.id, score: lowest - Double(position + 1))
    }
    return reranked + rest
  }
}
