/// How result lists become one.
///
/// ```swift
/// let hits = try Fusion.reciprocalRank().fuse([sparseHits, denseHits], count: 10)
/// print(hits[0].contributions)
/// ```
public enum Fusion: Sendable, Hashable {
  /// By the places that documents have in the lists.
  case reciprocalRank(ReciprocalRankFusion = ReciprocalRankFusion())
  /// By their scores.
  case weightedSum(WeightedSumFusion = WeightedSumFusion())

  /// Joins result lists into one.
  ///
  /// - Parameters:
  ///   - lists: result lists, each best first and without repetitions.
  ///   - count: how many documents to return at most.
  /// - Returns: the best documents of all lists together, of equal scores the lower identifier first.
  /// - Throws: ``CoreError`` when a setting is out of range or does not fit the number of lists, a
  ///   list names a document twice, or a score to be added is not finite.
  public func fuse(
    _ lists: [[ScoredDocument]], count: Int
  ) throws(CoreError) -> [FusedDocument] {
    switch self {
    case .reciprocalRank(let fusion): try fusion.fuse(lists, count: count)
    case .weightedSum(let fusion): try fusion.fuse(lists, count: count)
    }
  }
}
