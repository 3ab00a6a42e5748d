public import SparrowCore
import SparrowIndex

/// A term that query and document share, and what it adds to the score.
public struct MatchingTerm: Sendable, Hashable {
  /// The term, as the vocabulary spells it.
  public let term: String
  /// Its dimension.
  public let index: TokenID
  /// The query's weight.
  public let queryWeight: Float
  /// The document's weight.
  public let documentWeight: Float
  /// What part of the score it makes, so that all parts sum to 1; 0 when the score is 0.
  public let share: Double

  /// What it adds to the score: the product of both weights.
  public var product: Double { Double(queryWeight) * Double(documentWeight) }

  /// Names the terms of an explanation, largest product first.
  static func terms(
    of explanation: HitExplanation, namedBy encoder: any SparseEncoding
  ) -> [MatchingTerm] {
    let total = explanation.contributions.reduce(0) { $0 + $1.product }
    return explanation.contributions.map { contribution in
      MatchingTerm(
        term: encoder.term(contribution.index) ?? "#\(contribution.index)",
        index: contribution.index, queryWeight: contribution.queryWeight,
        documentWeight: contribution.documentWeight,
        share: total != 0 ? contribution.product / total : 0)
    }
  }
}
