import Foundation

/// Scores of documents with their relevance, where equal scores carry no order.
///
/// The measures treat documents of equal score as one group, as scikit-learn's `ndcg_score` and
/// `average_precision_score` do. Ranking metrics of retrieval runs, where ties are settled by
/// identifiers, are those of ``RankedRelevance``.
struct ScoredRelevance {
  /// A group of documents with the same score.
  private struct Group {
    var count = 0
    var relevantCount = 0
  }

  private var groups: [Group] = []
  private let relevantCount: Int

  /// Groups documents by score, best first; as many judgments as scores are needed.
  init(scores: [Double], isRelevant: [Bool]) {
    precondition(scores.count == isRelevant.count, "One judgment a score; this is a bug.")
    relevantCount = isRelevant.count { $0 }
    var last: Double?
    for position in scores.indices.sorted(by: { scores[$0] > scores[$1] }) {
      if scores[position] != last { groups.append(Group()) }
      last = scores[position]
      groups[groups.count - 1].count += 1
      groups[groups.count - 1].relevantCount += isRelevant[position] ? 1 : 0
    }
  }

  /// The sum over groups of the recall they add, times the precision down to them; 0 when nothing is
  /// relevant.
  var averagePrecision: Double {
    guard relevantCount > 0 else { return 0 }
    var terms: [Double] = []
    var count = 0
    var hits = 0
    var recall = 0.0
    for group in groups {
      count += group.count
      hits += group.relevantCount
      let nextRecall = Double(hits) / Double(relevantCount)
      terms.append((nextRecall - recall) * (Double(hits) / Double(count)))
      recall = nextRecall
    }
    return pairwiseSum(terms.reversed()[...])
  }

  /// The normalised discounted cumulative gain in which the documents of a group share their
  /// discounts; 0 when nothing is relevant.
  func nDCG(at cutoff: Int) -> Double {
    func discount(_ position: Int) -> Double {
      position < cutoff ? 1 / log2(Double(position + 2)) : 0
    }
    let ideal = (0..<relevantCount).reduce(0.0) { $0 + discount($1) }
    guard ideal > 0 else { return 0 }
    var gain = 0.0
    var position = 0
    for group in groups {
      let discounts = (position..<position + group.count).reduce(0.0) { $0 + discount($1) }
      gain += Double(group.relevantCount) / Double(group.count) * discounts
      position += group.count
    }
    return gain / ideal
  }
}
