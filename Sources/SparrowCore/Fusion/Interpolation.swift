extension [ScoredDocument] {
  /// Judged documents in the order of their scores and of those that they had before, together.
  ///
  /// - Parameters:
  ///   - first: the same documents with the scores that they had before.
  ///   - weight: what the judgments count, above 0 and at most 1. 1 takes them alone, as they are; below
  ///     1 both are brought to z-scores and added as `weight` and `1 - weight` parts.
  /// - Returns: the documents, best first, of equal scores the lower identifier.
  /// - Throws: ``CoreError`` when the weight is out of range, a document is named twice, or a score to
  ///   be added is not finite.
  package func interpolated(
    with first: [ScoredDocument], weight: Double
  ) throws(CoreError) -> [ScoredDocument] {
    guard weight > 0, weight <= 1 else {
      throw CoreError(
        .usage, "The weight of a reranking is above 0 and at most 1; found \(weight).")
    }
    guard weight < 1 else { return sorted(by: ScoredDocument.precedes) }
    let sum = WeightedSumFusion(normalization: .zScore, weights: [weight, 1 - weight])
    return try sum.fuse([self, first], count: .max).map(\.scored)
  }
}
