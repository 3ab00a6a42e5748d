import SparrowCore
import SparrowEvaluation

/// Measures runs before and after reranking on the same queries.
struct RerankMeasures {
  static let names = ["ndcg@10", "mrr@10", "map@100", "recall@100"]

  private let qrels: Qrels

  /// Measures by judgments.
  ///
  /// - Parameters:
  ///   - qrels: the judgments.
  ///   - queries: the queries that count; nil counts all that are judged.
  init(_ qrels: Qrels, of queries: [QueryID]?) {
    self.qrels = queries.map { qrels.restricted(to: $0) } ?? qrels
  }

  /// The metrics of a run, in the order of their names.
  func values(of run: RetrievalRun) throws -> [Double] {
    try Self.names.map { name in
      try RetrievalMetric(parsing: name).mean(of: run, judgedBy: qrels)
    }
  }
}
