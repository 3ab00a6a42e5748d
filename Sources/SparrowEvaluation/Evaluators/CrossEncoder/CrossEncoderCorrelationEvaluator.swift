public import SparrowCore

/// Measures how well a cross-encoder's scores agree with people's, as correlations.
///
/// A correlation is not a number when either side is constant.
///
/// Source: `CrossEncoderCorrelationEvaluator` of Sentence Transformers 6.2, with the same keys and files.
///
/// ```swift
/// let evaluator = try CrossEncoderCorrelationEvaluator(
///   queries: ["a cat", "a dog"], documents: ["a kitten", "a train"], scores: [0.9, 0.1])
/// print(try evaluator.evaluate(crossEncoder).primaryValue)
/// ```
public struct CrossEncoderCorrelationEvaluator: PairEvaluator, Sendable {
  private let queries: [String]
  private let documents: [String]
  private let scores: [Double]
  private let options: EvaluatorOptions

  /// Makes an evaluator.
  ///
  /// - Parameters:
  ///   - queries: the first text of each pair.
  ///   - documents: the second text of each pair.
  ///   - scores: how close people found each pair, in any unit.
  ///   - name: put before every key and into the file's name; empty by default.
  ///   - writesCSV: appends a line to a CSV file when there is a folder; true by default.
  /// - Throws: ``EvaluationError`` when there are no pairs or the lists differ in length.
  public init(
    queries: [String], documents: [String], scores: [Double], name: String = "",
    writesCSV: Bool = true
  ) throws(EvaluationError) {
    try checkParallel([
      ("queries", queries.count), ("documents", documents.count), ("scores", scores.count),
    ])
    self.queries = queries
    self.documents = documents
    self.scores = scores
    options = EvaluatorOptions(name: name, writesCSV: writesCSV)
  }

  /// Measures a scorer.
  ///
  /// - Throws: as ``PairEvaluator/evaluate(_:in:)``.
  public func evaluate(
    _ scorer: any RelevanceScorer, in context: EvaluationContext
  ) throws -> EvaluationResult {
    let table = ResultTable(
      name: "CrossEncoderCorrelationEvaluator\(options.suffix)_results.csv",
      columns: ["Pearson_Correlation", "Spearman_Correlation"])
    try table.prepare(options.table(context))
    let found = try scorer.scores(
      queries: queries, documents: documents, progress: context.progress
    ).map(Double.init)
    let metrics = [
      ("pearson", Correlation.pearson(scores, found)),
      ("spearman", Correlation.spearman(scores, found)),
    ]
    try table.append(metrics.map { numberText($0.1) }, options.table(context))
    return EvaluationResult(name: options.name, metrics: metrics, primaryKey: "spearman")
  }
}
