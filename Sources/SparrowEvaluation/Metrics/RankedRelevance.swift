import Foundation
public import SparrowCore

/// Which of the documents found for one query are relevant, from which all ranking metrics follow.
///
/// Relevance is binary. The number of relevant documents counts those that were not found, too, even
/// when they are not in the collection at all. Where fewer than `k` documents were found, the missing
/// ones count as not relevant.
///
/// ```swift
/// let ranking = RankedRelevance(isRelevant: [false, true, false, true], relevantCount: 3)
/// print(ranking.reciprocalRank(at: 10))  // 0.5
/// ```
public struct RankedRelevance: Sendable, Hashable {
  /// For each document found, best first, whether it is relevant.
  public let isRelevant: [Bool]
  /// How many documents are relevant, `R`.
  public let relevantCount: Int

  /// Makes a ranking from its judgments.
  public init(isRelevant: [Bool], relevantCount: Int) {
    self.isRelevant = isRelevant
    self.relevantCount = relevantCount
  }

  /// Looks up which of the documents found are relevant.
  public init(_ documents: [ScoredDocument], relevant: Set<DocumentID>) {
    self.init(
      isRelevant: documents.map { relevant.contains($0.id) }, relevantCount: relevant.count)
  }

  /// How many of the first `cutoff` documents are relevant.
  public func hitCount(at cutoff: Int) -> Int {
    isRelevant.prefix(cutoff).count { $0 }
  }

  /// 1 when any of the first `cutoff` documents is relevant, else 0.
  public func accuracy(at cutoff: Int) -> Double {
    isRelevant.prefix(cutoff).contains(true) ? 1 : 0
  }

  /// The share of relevant documents among the first `cutoff`; divides by `cutoff` even when fewer
  /// were found.
  public func precision(at cutoff: Int) -> Double {
    Double(hitCount(at: cutoff)) / Double(cutoff)
  }

  /// The share of the relevant documents that are among the first `cutoff`; 0 when none is relevant.
  public func recall(at cutoff: Int) -> Double {
    relevantCount > 0 ? Double(hitCount(at: cutoff)) / Double(relevantCount) : 0
  }

  /// One divided by the rank of the first relevant document, 0 when there is none within `cutoff`.
  public func reciprocalRank(at cutoff: Int) -> Double {
    isRelevant.prefix(cutoff).firstIndex(of: true).map { 1 / Double($0 + 1) } ?? 0
  }

  /// The discounted cumulative gain, `Σ rᵢ / log₂(i + 1)`, divided by that of a perfect ranking; 0 when
  /// no document is relevant.
  public func nDCG(at cutoff: Int) -> Double {
    let ideal = Self.discountedGain(repeatElement(true, count: min(cutoff, relevantCount)))
    return ideal > 0 ? Self.discountedGain(isRelevant.prefix(cutoff)) / ideal : 0
  }

  /// The mean of the precisions at the ranks of the relevant documents within `cutoff`, where those
  /// not found count as 0: `Σ rᵢ · precision(i) / min(cutoff, R)`.
  public func averagePrecision(at cutoff: Int) -> Double {
    guard relevantCount > 0 else { return 0 }
    var hits = 0
    var total = 0.0
    for (position, relevant) in isRelevant.prefix(cutoff).enumerated() where relevant {
      hits += 1
      total += Double(hits) / Double(position + 1)
    }
    return total / Double(min(cutoff, relevantCount))
  }

  private static func discountedGain(_ isRelevant: some Sequence<Bool>) -> Double {
    var total = 0.0
    for (position, relevant) in isRelevant.enumerated() where relevant {
      total += 1 / log2(Double(position + 2))
    }
    return total
  }
}
