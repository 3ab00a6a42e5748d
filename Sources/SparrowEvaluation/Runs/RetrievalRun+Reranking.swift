public import SparrowCore

extension RetrievalRun {
  /// The run with the best documents of each query in the order of a scorer, for example a
  /// cross-encoder.
  ///
  /// Documents below `depth` are left out, for their scores cannot be compared with the new ones.
  ///
  /// ```swift
  /// let reranked = try run.reranked(
  ///   by: crossEncoder, queries: textOfQuery, documents: textOfDocument)
  /// ```
  ///
  /// - Parameters:
  ///   - scorer: scores pairs.
  ///   - depth: how many documents of each query are scored; 100 by default.
  ///   - texts: the texts of the run's queries.
  ///   - documents: the texts of its documents.
  ///   - progress: receives reports while pairs are scored.
  /// - Returns: a run with the same queries.
  /// - Throws: ``EvaluationError`` when a text is missing; what the scorer throws.
  public func reranked(
    by scorer: any RelevanceScorer, depth: Int = 100, queries texts: [QueryID: String],
    documents: [DocumentID: String], progress: ProgressReporter? = nil
  ) throws -> RetrievalRun {
    let best = prefix(depth)
    var pairQueries: [String] = []
    var pairDocuments: [String] = []
    for query in best.queries {
      guard let text = texts[query] else {
        throw EvaluationError(
          .invalidData,
          "The run has the query '\(query)', which the collection has not. Do the two belong together?"
        )
      }
      for hit in best[query] {
        guard let document = documents[hit.id] else {
          throw EvaluationError(
            .invalidData,
            "The run has the document '\(hit.id)' for the query '\(query)', which the collection has not. Do the two belong together?"
          )
        }
        pairQueries.append(text)
        pairDocuments.append(document)
      }
    }
    let scores = try scorer.scores(
      queries: pairQueries, documents: pairDocuments, progress: progress)
    var result = RetrievalRun()
    var next = 0
    for query in best.queries {
      let hits = best[query].enumerated().map { place, hit in
        ScoredDocument(id: hit.id, score: Double(scores[next + place]))
      }
      next += hits.count
      try result.append(query, hits)
    }
    return result
  }

  /// A reranked run in the order of its scores and of those of the run before, together.
  ///
  /// ```swift
  /// let careful = try reranked.interpolated(with: run, weight: 0.5)
  /// ```
  ///
  /// - Parameters:
  ///   - first: the run that was reranked, with at least these documents.
  ///   - weight: what the scores of this run count, above 0 and at most 1. Below 1, of each query both
  ///     runs' scores of the reranked documents are brought to z-scores and added as `weight` and
  ///     `1 - weight` parts.
  /// - Returns: a run with the same queries and documents.
  /// - Throws: ``EvaluationError`` when the first run lacks a document; `CoreError` when the weight is out
  ///   of range or a score is not finite.
  public func interpolated(with first: RetrievalRun, weight: Double) throws -> RetrievalRun {
    var result = RetrievalRun()
    for query in queries {
      let hits = self[query]
      let scores = Dictionary(
        first[query].map { ($0.id, $0.score) }, uniquingKeysWith: { first, _ in first })
      let before = try hits.map { hit in
        guard let score = scores[hit.id] else {
          throw EvaluationError(
            .usage,
            "The run before reranking lacks the document '\(hit.id)' of the query '\(query)'.")
        }
        return ScoredDocument(id: hit.id, score: score)
      }
      try result.append(query, try hits.interpolated(with: before, weight: weight))
    }
    return result
  }
}
