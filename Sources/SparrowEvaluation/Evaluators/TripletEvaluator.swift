public import SparrowCore

/// Measures how often an anchor is closer to its positive than to its negative.
///
/// Anchors are encoded as queries, the others as documents. A triplet is right when the positive's
/// similarity exceeds the negative's by more than the margin; equal ones are wrong.
///
/// Source: `SparseTripletEvaluator` of Sentence Transformers 6.2, with the same keys and files.
///
/// ```swift
/// let evaluator = try TripletEvaluator(
///   anchors: ["a cat"], positives: ["a small cat"], negatives: ["a train"])
/// print(try evaluator.evaluate(encoder).primaryValue)
/// ```
public struct TripletEvaluator: Evaluator, Sendable {
  private let anchors: [String]
  private let positives: [String]
  private let negatives: [String]
  private let choice: SimilarityChoice
  private let margin: Float
  private let margins: [SimilarityFunction: Float]
  private let options: EvaluatorOptions

  /// Makes an evaluator.
  ///
  /// - Parameters:
  ///   - anchors: texts, compared with the positive and negative at the same position.
  ///   - positives: as many texts that are close to the anchors.
  ///   - negatives: as many texts that are not.
  ///   - similarityFunctions: how vectors are compared; nil takes the main function or, without it,
  ///     the encoder's own.
  ///   - mainSimilarity: the function whose accuracy is to be optimised; nil takes the best of all.
  ///   - margin: by how much the positive must win; 0 by default.
  ///   - margins: other margins for single functions.
  ///   - options: name, limit of weights and files.
  /// - Throws: ``EvaluationError`` when there are no triplets, the lists differ in length, or the main
  ///   function is not among the functions.
  public init(
    anchors: [String], positives: [String], negatives: [String],
    similarityFunctions: [SimilarityFunction]? = nil, mainSimilarity: SimilarityFunction? = nil,
    margin: Float = 0, margins: [SimilarityFunction: Float] = [:],
    options: EvaluatorOptions = EvaluatorOptions()
  ) throws(EvaluationError) {
    try checkParallel([
      ("anchors", anchors.count), ("positives", positives.count), ("negatives", negatives.count),
    ])
    self.anchors = anchors
    self.positives = positives
    self.negatives = negatives
    choice = try SimilarityChoice(similarityFunctions, main: mainSimilarity)
    self.margin = margin
    self.margins = margins
    self.options = options
  }

  /// Measures an encoder.
  ///
  /// - Throws: as ``Evaluator/evaluate(_:in:)``.
  public func evaluate(
    _ encoder: any SparseEncoding, in context: EvaluationContext
  ) throws -> EvaluationResult {
    let functions = choice.functions(for: encoder)
    let table = ResultTable(
      name: "triplet_evaluation\(options.suffix)_results.csv",
      columns: functions.map { "accuracy_\($0.rawValue)" }
        + ["anchor", "positive", "negative"].flatMap {
          ["\($0)_active_dims", "\($0)_sparsity_ratio"]
        })
    try table.prepare(options.table(context))
    let encoding = options.encoding(context)
    let anchorMatrix = try encoder.encode(anchors, role: .query, options: encoding)
    let positiveMatrix = try encoder.encode(positives, role: .document, options: encoding)
    let negativeMatrix = try encoder.encode(negatives, role: .document, options: encoding)
    var accuracies: [Double] = []
    for function in functions {
      let margin = margins[function] ?? margin
      let positiveScores = try function.pairwise(anchorMatrix, positiveMatrix)
      let negativeScores = try function.pairwise(anchorMatrix, negativeMatrix)
      let rightCount = zip(positiveScores, negativeScores).count { $0 > $1 + margin }
      accuracies.append(Double(Float(rightCount) / Float(anchors.count)))
    }
    var metrics = zip(functions, accuracies).map { ("\($0.rawValue)_accuracy", $1) }
    if functions.count > 1 { metrics.append(("max_accuracy", accuracies.max() ?? 0)) }
    let sparsity =
      Sparsity(of: anchorMatrix).metrics(prefix: "anchor_")
      + Sparsity(of: positiveMatrix).metrics(prefix: "positive_")
      + Sparsity(of: negativeMatrix).metrics(prefix: "negative_")
    try table.append(
      (accuracies + sparsity.map(\.1)).map(numberText), options.table(context))
    let best = functions.count > 1 ? "max" : functions[0].rawValue
    return EvaluationResult(
      name: options.name, metrics: metrics + sparsity,
      primaryKey: "\(choice.main?.rawValue ?? best)_accuracy")
  }
}
