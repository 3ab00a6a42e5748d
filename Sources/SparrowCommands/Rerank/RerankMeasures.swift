import SparrowCore
import SparrowEvaluation

/// Measures runs before and after reranking on the same queries.
struct RerankMeasures {
  static let names = ["ndcg@10", "mrr@10", "map@100", "recall@100"]

  private let qrels: Qrels
  private let queries: Set<QueryID>

  /// Measures by judgments.
  ///
  /// - Parameters:
  ///   - qrels: the judgments.
  ///   - queries: the queries that count; nil counts all that are judged.
  init(_ qrels: Qrels, of queries: [QueryID]?) {
    self.qrels = qrels
    self.queries = Set(queries ?? qrels.queries)
  }

  /// The metrics of a run, in the order of their names.
  func values(of run: RetrievalRun) throws -> [Double] {
    try Self.names.map { name in
      let values = try RetrievalMetric(parsing: name).values(of: run, judgedBy: qrels)
      return mean(values.filter { queries.contains($0.query) }.map(\.value))
    }
  }
}
