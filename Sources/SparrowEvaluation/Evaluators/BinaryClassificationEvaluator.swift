public import SparrowCore

/// Measures how well similarity tells pairs that belong together from those that do not.
///
/// For each function it finds the thresholds of best accuracy and best F1, and reports average precision
/// and Matthews' correlation at the F1 threshold. Every distinct text is encoded once, without a role.
/// Euclidean and Manhattan appear as distances, so their thresholds are upper bounds.
///
/// Source: `SparseBinaryClassificationEvaluator` of Sentence Transformers 6.2, with the same keys and
/// files.
///
/// ```swift
/// let evaluator = try BinaryClassificationEvaluator(
///   firstTexts: ["a cat", "a dog"], secondTexts: ["a kitten", "a train"], labels: [true, false])
/// print(try evaluator.evaluate(encoder).primaryValue)
/// ```
public struct BinaryClassificationEvaluator: Evaluator, Sendable {
  private let firstTexts: [String]
  private let secondTexts: [String]
  private let labels: [Bool]
  private let choice: SimilarityChoice
  private let options: EvaluatorOptions

  /// Makes an evaluator.
  ///
  /// - Parameters:
  ///   - firstTexts: the first text of each pair.
  ///   - secondTexts: the second text of each pair.
  ///   - labels: whether each pair belongs together.
  ///   - similarityFunctions: how vectors are compared; nil takes the encoder's own.
  ///   - options: name, limit of weights and files.
  /// - Throws: ``EvaluationError`` when there are no pairs or the lists differ in length.
  public init(
    firstTexts: [String], secondTexts: [String], labels: [Bool],
    similarityFunctions: [SimilarityFunction]? = nil,
    options: EvaluatorOptions = EvaluatorOptions()
  ) throws(EvaluationError) {
    try checkParallel([
      ("first texts", firstTexts.count), ("second texts", secondTexts.count),
      ("labels", labels.count),
    ])
    self.firstTexts = firstTexts
    self.secondTexts = secondTexts
    self.labels = labels
    choice = try SimilarityChoice(similarityFunctions, main: nil)
    self.options = options
  }

  /// What is measured for each function, in the order of keys.
  private struct Scores {
    let accuracy: PairClassification.BestAccuracy
    let f1: PairClassification.BestF1
    let averagePrecision: Double
    let matthewsCorrelation: Double

    init(_ pairs: PairClassification) {
      accuracy = pairs.bestAccuracy
      f1 = pairs.bestF1
      averagePrecision = pairs.averagePrecision
      matthewsCorrelation = pairs.matthewsCorrelation(threshold: f1.threshold)
    }

    var metrics: [(String, Double)] {
      [
        ("accuracy", accuracy.accuracy), ("accuracy_threshold", Double(accuracy.threshold)),
        ("f1", f1.f1), ("f1_threshold", Double(f1.threshold)), ("precision", f1.precision),
        ("recall", f1.recall), ("ap", averagePrecision), ("mcc", matthewsCorrelation),
      ]
    }

    static let columns = [
      "accuracy", "accuracy_threshold", "f1", "precision", "recall", "f1_threshold", "ap", "mcc",
    ]

    /// The cells of the CSV file, in which thresholds keep the digits of float32.
    var cells: [String] {
      [
        numberText(accuracy.accuracy), accuracy.threshold.description, numberText(f1.f1),
        numberText(f1.precision), numberText(f1.recall), f1.threshold.description,
        numberText(averagePrecision), numberText(matthewsCorrelation),
      ]
    }
  }

  /// Measures an encoder.
  ///
  /// - Throws: as ``Evaluator/evaluate(_:in:)``.
  public func evaluate(
    _ encoder: any SparseEncoding, in context: EvaluationContext
  ) throws -> EvaluationResult {
    let functions = choice.functions(for: encoder)
    let table = ResultTable(
      name: "binary_classification_evaluation\(options.suffix)_results.csv",
      columns: functions.flatMap { function in
        Scores.columns.map { "\(function.rawValue)_\($0)" }
      } + ["active_dims", "sparsity_ratio"])
    try table.prepare(options.table(context))
    var rows: [String: Int] = [:]
    var distinct: [String] = []
    for text in firstTexts + secondTexts where rows[text] == nil {
      rows[text] = distinct.count
      distinct.append(text)
    }
    let matrix = try encoder.encode(distinct, options: options.encoding(context))
    let first = matrix.selectingRows(firstTexts.compactMap { rows[$0] })
    let second = matrix.selectingRows(secondTexts.compactMap { rows[$0] })
    let scores = try functions.map { function in
      let similarities = try function.pairwise(first, second)
      return Scores(
        PairClassification(
          scores: function.isNegatedDistance ? similarities.map { -$0 } : similarities,
          labels: labels, isDistance: function.isNegatedDistance))
    }
    var metrics: [(String, Double)] = []
    for (function, scores) in zip(functions, scores) {
      metrics += scores.metrics.map { ("\(function.rawValue)_\($0.0)", $0.1) }
    }
    if functions.count > 1 {
      for (position, metric) in scores[0].metrics.enumerated() {
        metrics.append(
          ("max_\(metric.0)", scores.map { $0.metrics[position].1 }.max() ?? metric.1))
      }
    }
    let sparsity = Sparsity(of: matrix).metrics()
    try table.append(
      scores.flatMap(\.cells) + sparsity.map { numberText($0.1) }, options.table(context))
    let best = functions.count > 1 ? "max" : functions[0].rawValue
    return EvaluationResult(
      name: options.name, metrics: metrics + sparsity, primaryKey: "\(best)_ap")
  }
}
