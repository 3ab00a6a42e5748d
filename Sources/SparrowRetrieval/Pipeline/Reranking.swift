public import SparrowCore

/// The last step of a pipeline: a scorer reads the query with each of the best documents, and they
/// are put in the order of its scores, or of its scores and those they had before together.
///
/// ```swift
/// let reranking = try Reranking(scorer: CrossEncoder(folder: folder), depth: 50)
/// let careful = try Reranking(scorer: CrossEncoder(folder: folder), weight: 0.5)
/// ```
public struct Reranking {
  /// How many documents are reranked unless said otherwise.
  public static let standardDepth = 50

  /// Judges pairs of a query and a document, such as a cross-encoder.
  public let scorer: any RelevanceScorer
  /// How many documents it reads; those behind keep their order and follow.
  public let depth: Int
  /// What its scores count beside those before it, above 0 and at most 1.
  ///
  /// 1 sorts by its scores alone. Below 1, both are brought to z-scores over the documents that it read,
  /// and added as `weight` and `1 - weight` parts.
  public let weight: Double

  /// Makes a step.
  ///
  /// - Parameters:
  ///   - scorer: judges pairs.
  ///   - depth: how many documents it reads; 50 by default.
  ///   - weight: what its scores count beside those before it, above 0 and at most 1; 1 by default.
  /// - Throws: ``RetrievalError`` when the depth is below 1 or the weight out of range.
  public init(
    scorer: any RelevanceScorer, depth: Int = standardDepth, weight: Double = 1
  ) throws(RetrievalError) {
    guard depth >= 1 else {
      throw RetrievalError(
        .usage, "Reranking reads 1 document or more; found a depth of \(depth).")
    }
    guard weight > 0, weight <= 1 else {
      throw RetrievalError(
        .usage, "The weight of a reranking is above 0 and at most 1; found \(weight).")
    }
    self.scorer = scorer
    self.depth = depth
    self.weight = weight
  }

  /// Puts the best documents in their new order.
  ///
  /// Scores of the documents behind them fall by 1 from the lowest of those, for a run is sorted by
  /// its scores.
  func rerank(
    _ documents: [ScoredDocument], for query: String, text: (DocumentID) throws -> String
  ) throws -> RerankedList {
    let best = Array(documents.prefix(depth))
    let scores = try scorer.scores(
      queries: best.map { _ in query }, documents: best.map { try text($0.id) }, progress: nil)
    guard scores.count == best.count, scores.allSatisfy(\.isFinite) else {
      throw RetrievalError(
        .invalidData,
        "Reranking \(best.count) documents needs as many finite scores; the scorer gave \(scores.count): \(scores)."
      )
    }
    let judged = zip(best, scores).map { ScoredDocument(id: $0.id, score: Double($1)) }
    let reranked = try judged.interpolated(with: best, weight: weight)
    let lowest = reranked.last?.score ?? 0
    let rest = documents.dropFirst(best.count).enumerated().map { position, document in
      ScoredDocument(id: document.id, score: lowest - Double(position + 1))
    }
    return RerankedList(
      ranking: reranked + rest,
      scores: Dictionary(
        judged.map { ($0.id, $0.score) }, uniquingKeysWith: { first, _ in first }))
  }
}

/// What reranking made of a list.
struct RerankedList {
  /// The documents, best first.
  let ranking: [ScoredDocument]
  /// The scorer's scores of those that it read.
  let scores: [DocumentID: Double]
}
