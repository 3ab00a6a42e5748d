/// Joins result lists by rank: a document at rank `r` (from 1) of a list of weight `w` earns
/// `w / (rankConstant + r)`.
///
/// Scores of the lists need not be comparable, which makes this the safe choice for hybrids.
/// Source: Cormack, Clarke, Büttcher (SIGIR 2009).
///
/// ```swift
/// let hits = try ReciprocalRankFusion().fuse([sparseHits, denseHits], count: 10)
/// ```
public struct ReciprocalRankFusion: Sendable, Hashable {
  /// How slowly earnings fall with rank, above -1; symbol `k`, the paper's 60 by default.
  public var rankConstant: Double
  /// One weight a list, 0 or more; nil weighs all lists 1.
  public var weights: [Double]?

  /// Makes a fusion.
  public init(rankConstant: Double = 60, weights: [Double]? = nil) {
    self.rankConstant = rankConstant
    self.weights = weights
  }

  /// Joins result lists into one.
  ///
  /// - Parameters:
  ///   - lists: result lists, each best first and without repetitions.
  ///   - count: how many documents to return at most.
  /// - Returns: the best documents of all lists together, of equal scores the lower identifier first.
  /// - Throws: ``CoreError`` when weights and lists differ in number, a weight is negative or
  ///   not finite, the constant is not above -1, or a list names a document twice.
  public func fuse(
    _ lists: [[ScoredDocument]], count: Int
  ) throws(CoreError) -> [FusedDocument] {
    guard rankConstant > -1, rankConstant.isFinite else {
      throw CoreError(
        .usage, "The rank constant of a fusion must be above -1; found \(rankConstant).")
    }
    let weights = try FusionWeights.resolve(weights, listCount: lists.count)
    var total = FusionTotal(listCount: lists.count)
    for (position, list) in lists.enumerated() {
      let earnings = list.indices.map { weights[position] * earning(atRank: $0 + 1) }
      try total.add(list: position, list.map(\.id), earnings: earnings)
    }
    return total.best(count)
  }

  /// What a document earns at a rank, from 1, of a list of weight 1.
  package func earning(atRank rank: Int) -> Double { 1 / (rankConstant + Double(rank)) }
}
