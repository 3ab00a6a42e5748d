public import SparrowCore

/// A ranking metric with its cut-off, for example nDCG at 10.
///
/// ```swift
/// let metric = try RetrievalMetric(parsing: "ndcg@10")
/// let perQuery = metric.values(of: run, judgedBy: qrels)
/// ```
public struct RetrievalMetric: Sendable, Hashable, CustomStringConvertible {
  /// What is measured; the raw values are the reference's spelling.
  public enum Measure: String, Sendable, Hashable, CaseIterable {
    /// Whether any relevant document was found.
    case accuracy
    /// The share of relevant documents among those found.
    case precision
    /// The share of relevant documents that were found.
    case recall
    /// Normalised discounted cumulative gain.
    case nDCG = "ndcg"
    /// The reciprocal of the first relevant document's rank (its mean is "MRR").
    case reciprocalRank = "mrr"
    /// The mean of the precisions at relevant documents (its mean is "MAP").
    case averagePrecision = "map"

    /// The measure of one query's ranking, 0 to 1.
    func value(of ranking: RankedRelevance, at cutoff: Int) -> Double {
      switch self {
      case .accuracy: ranking.accuracy(at: cutoff)
      case .precision: ranking.precision(at: cutoff)
      case .recall: ranking.recall(at: cutoff)
      case .nDCG: ranking.nDCG(at: cutoff)
      case .reciprocalRank: ranking.reciprocalRank(at: cutoff)
      case .averagePrecision: ranking.averagePrecision(at: cutoff)
      }
    }
  }

  /// What is measured.
  public let measure: Measure
  /// How many documents are looked at, `k`, at least 1.
  public let cutoff: Int

  /// Makes a metric.
  ///
  /// - Throws: ``EvaluationError`` when the cut-off is below 1.
  public init(_ measure: Measure, at cutoff: Int) throws(EvaluationError) {
    guard cutoff >= 1 else {
      throw EvaluationError(
        .usage, "The cut-off of \(measure.rawValue) must be at least 1; found \(cutoff).")
    }
    self.measure = measure
    self.cutoff = cutoff
  }

  /// Reads a metric as it is written in results, `ndcg@10`.
  ///
  /// - Throws: ``EvaluationError`` when the name is unknown or the cut-off is no number above 0.
  public init(parsing text: String) throws(EvaluationError) {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, let measure = Measure(rawValue: String(parts[0])),
      let cutoff = Int(parts[1])
    else {
      let names = Measure.allCases.map(\.rawValue).joined(separator: ", ")
      throw EvaluationError(
        .usage, "A metric is written 'name@k' with one of \(names); found '\(text)'.")
    }
    try self.init(measure, at: cutoff)
  }

  /// The metric as it is written in results, `ndcg@10`.
  public var description: String { "\(measure.rawValue)@\(cutoff)" }

  /// The metric of one query's ranking, 0 to 1.
  public func value(of ranking: RankedRelevance) -> Double {
    measure.value(of: ranking, at: cutoff)
  }

  /// The metric of every query that has a relevant document, in the order of the qrels.
  ///
  /// A query that the run lacks counts as one for which nothing was found.
  public func values(
    of run: RetrievalRun, judgedBy qrels: Qrels
  ) -> [(query: QueryID, value: Double)] {
    qrels.queries.compactMap { query in
      let relevant = qrels.relevantDocuments(for: query)
      if relevant.isEmpty { return nil }
      return (query, value(of: RankedRelevance(run[query], relevant: relevant)))
    }
  }

  /// The mean over the queries that have a relevant document; 0 when there is none.
  public func mean(of run: RetrievalRun, judgedBy qrels: Qrels) -> Double {
    SparrowEvaluation.mean(values(of: run, judgedBy: qrels).map(\.value))
  }
}
