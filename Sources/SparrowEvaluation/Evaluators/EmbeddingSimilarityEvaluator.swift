public import SparrowCore

/// Measures how well similarities agree with people's scores, as correlations.
///
/// Both sides are encoded without a role. A correlation is not a number when either side is constant.
///
/// Source: `SparseEmbeddingSimilarityEvaluator` of Sentence Transformers 6.2, with the same keys and
/// files.
///
/// ```swift
/// let evaluator = try EmbeddingSimilarityEvaluator(
///   firstTexts: ["a cat", "a dog"], secondTexts: ["a kitten", "a train"], scores: [0.9, 0.1])
/// print(try evaluator.evaluate(encoder).primaryValue)
/// ```
public struct EmbeddingSimilarityEvaluator: Evaluator, Sendable {
  private let firstTexts: [String]
  private let secondTexts: [String]
  private let scores: [Double]
  private let choice: SimilarityChoice
  private let options: EvaluatorOptions

  /// Makes an evaluator.
  ///
  /// - Parameters:
  ///   - firstTexts: the first text of each pair.
  ///   - secondTexts: the second text of each pair.
  ///   - scores: how similar people found each pair, in any unit.
  ///   - similarityFunctions: how vectors are compared; nil takes the main function or, without it,
  ///     the encoder's own.
  ///   - mainSimilarity: the function whose Spearman correlation is to be optimised; nil takes the
  ///     best of all.
  ///   - options: name, limit of weights and files.
  /// - Throws: ``EvaluationError`` when there are no pairs, the lists differ in length, a score is not
  ///   finite, or the main function is not among the functions.
  public init(
    firstTexts: [String], secondTexts: [String], scores: [Double],
    similarityFunctions: [SimilarityFunction]? = nil, mainSimilarity: SimilarityFunction? = nil,
    options: EvaluatorOptions = EvaluatorOptions()
  ) throws(EvaluationError) {
    try checkParallel([
      ("first texts", firstTexts.count), ("second texts", secondTexts.count),
      ("scores", scores.count),
    ])
    if let position = scores.firstIndex(where: { !$0.isFinite }) {
      throw EvaluationError(
        .invalidData,
        "Scores must be finite numbers; found \(scores[position]) at position \(position).")
    }
    self.firstTexts = firstTexts
    self.secondTexts = secondTexts
    self.scores = scores
    choice = try SimilarityChoice(similarityFunctions, main: mainSimilarity)
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
      name: "similarity_evaluation\(options.suffix)_results.csv",
      columns: functions.flatMap { ["\($0.rawValue)_pearson", "\($0.rawValue)_spearman"] }
        + ["active_dims", "sparsity_ratio"])
    try table.prepare(options.table(context))
    let encoding = options.encoding(context)
    let first = try encoder.encode(firstTexts, options: encoding)
    let second = try encoder.encode(secondTexts, options: encoding)
    var pearson: [Double] = []
    var spearman: [Double] = []
    var metrics: [(String, Double)] = []
    for function in functions {
      let similarities = try function.pairwise(first, second).map(Double.init)
      pearson.append(Correlation.pearson(scores, similarities))
      spearman.append(Correlation.spearman(scores, similarities))
      metrics.append(("pearson_\(function.rawValue)", pearson[pearson.count - 1]))
      metrics.append(("spearman_\(function.rawValue)", spearman[spearman.count - 1]))
    }
    let cells = metrics.map(\.1)
    if functions.count > 1 {
      metrics.append(("pearson_max", pearson.max() ?? .nan))
      metrics.append(("spearman_max", spearman.max() ?? .nan))
    }
    let sides = [Sparsity(of: first), Sparsity(of: second)]
    let sparsity = Sparsity(
      activeDimensions: mean(sides.map(\.activeDimensions)),
      sparsityRatio: mean(sides.map(\.sparsityRatio))
    ).metrics()
    try table.append((cells + sparsity.map(\.1)).map(numberText), options.table(context))
    let best = functions.count > 1 ? "max" : functions[0].rawValue
    return EvaluationResult(
      name: options.name, metrics: metrics + sparsity,
      primaryKey: "spearman_\(choice.main?.rawValue ?? best)")
  }
}
