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
}
