public import SparrowCore

/// Measures how well a cross-encoder's scores tell pairs that belong together from those that do not.
///
/// Accuracy and F1 at their best thresholds, and average precision.
///
/// Source: `CrossEncoderClassificationEvaluator` of Sentence Transformers 6.2 for models with one label,
/// with the same keys and files.
///
/// ```swift
/// let evaluator = try CrossEncoderClassificationEvaluator(
///   queries: ["cat", "cat"], documents: ["a kitten", "a train"], labels: [true, false])
/// print(try evaluator.evaluate(crossEncoder).primaryValue)
/// ```
public struct CrossEncoderClassificationEvaluator: PairEvaluator, Sendable {
  private let queries: [String]
  private let documents: [String]
  private let labels: [Bool]
  private let options: EvaluatorOptions

  /// Makes an evaluator.
  ///
  /// - Parameters:
  ///   - queries: the first text of each pair.
  ///   - documents: the second text of each pair.
  ///   - labels: whether each pair belongs together.
  ///   - name: put before every key and into the file's name; empty by default.
  ///   - writesCSV: appends a line to a CSV file when there is a folder; true by default.
  /// - Throws: ``EvaluationError`` when there are no pairs or the lists differ in length.
  public init(
    queries: [String], documents: [String], labels: [Bool], name: String = "",
    writesCSV: Bool = true
  ) throws(EvaluationError) {
    try checkParallel([
      ("queries", queries.count), ("documents", documents.count), ("labels", labels.count),
    ])
    self.queries = queries
    self.documents = documents
    self.labels = labels
    options = EvaluatorOptions(name: name, writesCSV: writesCSV)
  }

  /// Measures a scorer.
  ///
  /// - Throws: as ``PairEvaluator/evaluate(_:in:)``.
  public func evaluate(
    _ scorer: any RelevanceScorer, in context: EvaluationContext
  ) throws -> EvaluationResult {
    let table = ResultTable(
      name: "CrossEncoderClassificationEvaluator\(options.suffix)_results.csv",
      columns: [
        "Accuracy", "Accuracy_Threshold", "F1", "F1_Threshold", "Precision", "Recall",
        "Average_Precision",
      ])
    try table.prepare(options.table(context))
    let pairs = PairClassification(
      scores: try scorer.scores(
        queries: queries, documents: documents, progress: context.progress),
      labels: labels, isDistance: false)
    let accuracy = pairs.bestAccuracy
    let f1 = pairs.bestF1
    let averagePrecision = pairs.averagePrecision
    try table.append(
      [
        numberText(accuracy.accuracy), accuracy.threshold.description, numberText(f1.f1),
        f1.threshold.description, numberText(f1.precision), numberText(f1.recall),
        numberText(averagePrecision),
      ], options.table(context))
    return EvaluationResult(
      name: options.name,
      metrics: [
        ("accuracy", accuracy.accuracy), ("accuracy_threshold", Double(accuracy.threshold)),
        ("f1", f1.f1), ("f1_threshold", Double(f1.threshold)), ("precision", f1.precision),
        ("recall", f1.recall), ("average_precision", averagePrecision),
      ], primaryKey: "average_precision")
  }
}
