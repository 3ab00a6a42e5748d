/// Joins result lists by score: each list's scores are normalized, weighted and added.
///
/// ```swift
/// let fusion = WeightedSumFusion(normalization: .minMax, weights: [0.7, 0.3])
/// let hits = try fusion.fuse([sparseHits, denseHits], count: 10)
/// ```
public struct WeightedSumFusion: Sendable, Hashable {
  /// How each list's scores are made comparable; the default is ``ScoreNormalization/minMax``.
  public var normalization: ScoreNormalization
  /// One weight a list, 0 or more; nil weighs all lists 1.
  public var weights: [Double]?

  /// Makes a fusion.
  public init(normalization: ScoreNormalization = .minMax, weights: [Double]? = nil) {
    self.normalization = normalization
    self.weights = weights
  }

  /// Joins result lists into one.
  ///
  /// - Parameters:
  ///   - lists: result lists without repetitions.
  ///   - count: how many documents to return at most.
  /// - Returns: the best documents of all lists together, of equal scores the lower identifier first.
  /// - Throws: ``CoreError`` when weights and lists differ in number, a weight is negative or
  ///   not finite, a score is not finite, or a list names a document twice.
  public func fuse(
    _ lists: [[ScoredDocument]], count: Int
  ) throws(CoreError) -> [FusedDocument] {
    let weights = try FusionWeights.resolve(weights, listCount: lists.count)
    var total = FusionTotal(listCount: lists.count)
    for (position, list) in lists.enumerated() {
      for hit in list where !hit.score.isFinite {
        throw CoreError(
          .invalidData,
          "Scores to be fused must be finite numbers; document \"\(hit.id)\" has \(hit.score).")
      }
      let (scores, absent) = normalization.normalize(list.map(\.score))
      let weight = weights[position]
      try total.add(
        list: position, list.map(\.id), earnings: scores.map { weight * $0 },
        absent: weight * absent)
    }
    return total.best(count)
  }
}
