public import SparrowCore
public import SparrowEvaluation
import SparrowIndex

/// What every step of a retriever is worth: its stages, their fusion and the reranking, each measured
/// as if the pipeline ended there.
///
/// Every query goes through the pipeline once, alone, as in a search, and every document was encoded
/// once, when the retriever was made. A step that joins or reorders others is compared with the best
/// of them by nDCG@10, and tested on the same queries.
///
/// ```swift
/// let evaluation = try RetrieverEvaluation(of: hybrid, queries: queries, qrels: qrels)
/// for row in evaluation.rows { print(row.name, row.nDCG, row.duration) }
/// ```
public struct RetrieverEvaluation: Sendable {
  /// One step's numbers.
  public struct Row: Sendable {
    /// The step: a stage's name, `fusion`, or that of the list that was reranked with `+ rerank`.
    public let name: String
    /// The 100 best documents of each query.
    public let run: RetrievalRun
    /// The mean of nDCG@10.
    public let nDCG: Double
    /// The mean of the reciprocal rank of the first relevant document, of 10.
    public let reciprocalRank: Double
    /// The mean share of relevant documents among the first 100.
    public let recall: Double
    /// What a query takes on average, with all steps before this one.
    public let duration: Duration
    /// The test against the best of the parts, nil when the step has none.
    public let comparison: Comparison?
  }

  /// A test of nDCG@10 against a part.
  public struct Comparison: Sendable {
    /// The part's name.
    public let part: String
    /// The test; the second system is the step.
    public let test: PairedComparison
  }

  /// How many documents of a query are measured.
  public static let depth = 100

  /// The baseline if there is one, the stages, the fusion, the reranking.
  public let rows: [Row]

  /// Measures a retriever.
  ///
  /// - Parameters:
  ///   - retriever: the pipeline.
  ///   - baseline: another pipeline that is measured beside it; none by default.
  ///   - queries: the queries that have judgments.
  ///   - qrels: the judgments.
  ///   - progress: receives reports.
  /// - Throws: what searching throws; `EvaluationError` when a query's identifier repeats or fewer than
  ///   two queries have a relevant document; `CancellationError` when the task was cancelled.
  public init(
    of retriever: Retriever, baseline: Retriever? = nil, queries: [Query], qrels: Qrels,
    progress: ProgressReporter? = nil
  ) throws {
    var rows: [Row] = []
    if let baseline {
      let steps = try Self.steps(of: baseline, queries, progress)
      rows += try [steps[steps.count - 1]].map { try Self.row($0, parts: [], qrels) }
    }
    let steps = try Self.steps(of: retriever, queries, progress)
    let stageRows = try steps.prefix(retriever.stages.count).map {
      try Self.row($0, parts: [], qrels)
    }
    rows += stageRows
    var parts = stageRows
    for step in steps.dropFirst(stageRows.count) {
      let row = try Self.row(step, parts: parts, qrels)
      rows.append(row)
      parts = [row]
    }
    self.rows = rows
  }

  /// What a step returned for all queries.
  private struct Step {
    let name: String
    var run = RetrievalRun()
    var duration = Duration.zero

    mutating func add(_ query: Query, _ hits: [ScoredDocument], _ duration: Duration) throws {
      try run.append(query.id, Array(hits.prefix(RetrieverEvaluation.depth)))
      self.duration += duration
    }
  }

  /// The stages, the fusion if there are several, the reranking if there is one.
  private static func steps(
    of retriever: Retriever, _ queries: [Query], _ progress: ProgressReporter?
  ) throws -> [Step] {
    var stages = retriever.stages.map { Step(name: $0.name) }
    var fusion = Step(name: "fusion")
    var reranking = Step(
      name: (stages.count > 1 ? fusion.name : stages[0].name) + " + rerank")
    for (position, query) in queries.enumerated() {
      try Task.checkCancellation()
      let batch = try retriever.batch([query.text], SearchOptions(count: depth))
      let (pass, times) = (batch.passes[0], batch.times)
      for number in stages.indices {
        try stages[number].add(
          query, pass.candidates[number], times.encoding[number] + times.search[number])
      }
      let fusionTime = times.encodingTotal + times.searchTotal
      try fusion.add(query, pass.fused.map(\.scored), fusionTime)
      try reranking.add(query, pass.ranking, fusionTime + times.reranking)
      progress?(
        ProgressUpdate(
          activity: "Searching", completed: position + 1, total: queries.count, unit: "queries"))
    }
    return stages + (stages.count > 1 ? [fusion] : [])
      + (retriever.reranking == nil ? [] : [reranking])
  }

  private static func row(_ step: Step, parts: [Row], _ qrels: Qrels) throws -> Row {
    let nDCG = try RetrievalMetric(.nDCG, at: 10)
    // A test needs two queries.
    let best = qrels.relevantDocuments.count > 1 ? parts.max { $0.nDCG < $1.nDCG } : nil
    return Row(
      name: step.name, run: step.run, nDCG: nDCG.mean(of: step.run, judgedBy: qrels),
      reciprocalRank: try RetrievalMetric(.reciprocalRank, at: 10)
        .mean(of: step.run, judgedBy: qrels),
      recall: try RetrievalMetric(.recall, at: depth).mean(of: step.run, judgedBy: qrels),
      duration: step.duration / max(1, step.run.queryCount),
      comparison: try best.map { part in
        Comparison(
          part: part.name,
          test: try PairedComparison(part.run, step.run, judgedBy: qrels, metric: nDCG))
      })
  }
}
