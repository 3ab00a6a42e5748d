public import SparrowCore

/// Measures how often a text is closest to its own translation among all translations, both ways.
///
/// Always by cosine. A match is right when its text is that of the true translation; of equally close
/// ones the first counts. Texts are encoded without a role. Takes time proportional to the square of
/// the number of texts, and memory proportional to it.
///
/// Source: `SparseTranslationEvaluator` of Sentence Transformers 6.2, with the same keys and files.
///
/// ```swift
/// let evaluator = try TranslationEvaluator(sourceTexts: english, targetTexts: german)
/// print(try evaluator.evaluate(encoder).primaryValue)
/// ```
public struct TranslationEvaluator: Evaluator, Sendable {
  private let sourceTexts: [String]
  private let targetTexts: [String]
  private let options: EvaluatorOptions

  /// Makes an evaluator.
  ///
  /// - Parameters:
  ///   - sourceTexts: texts in one language.
  ///   - targetTexts: the translation of each.
  ///   - options: name, limit of weights and files.
  /// - Throws: ``EvaluationError`` when there are no texts or the lists differ in length.
  public init(
    sourceTexts: [String], targetTexts: [String], options: EvaluatorOptions = EvaluatorOptions()
  ) throws(EvaluationError) {
    try checkParallel([
      ("source texts", sourceTexts.count), ("target texts", targetTexts.count),
    ])
    self.sourceTexts = sourceTexts
    self.targetTexts = targetTexts
    self.options = options
  }

  /// Measures an encoder.
  ///
  /// - Throws: as ``Evaluator/evaluate(_:in:)``.
  public func evaluate(
    _ encoder: any SparseEncoding, in context: EvaluationContext
  ) throws -> EvaluationResult {
    let table = ResultTable(
      name: "translation_evaluation\(options.suffix)_results.csv",
      columns: ["src2trg", "trg2src", "active_dims", "sparsity_ratio"])
    try table.prepare(options.table(context))
    let encoding = options.encoding(context)
    let source = try encoder.encode(sourceTexts, options: encoding)
    let target = try encoder.encode(targetTexts, options: encoding)
    let best = try bestMatches(source, target)
    let count = Double(sourceTexts.count)
    let forward = best.targets.enumerated().count { targetTexts[$0] == targetTexts[$1] }
    let backward = best.sources.enumerated().count { sourceTexts[$0] == sourceTexts[$1] }
    let accuracies = [Double(forward) / count, Double(backward) / count]
    let sides = [Sparsity(of: source), Sparsity(of: target)]
    let sparsity = Sparsity(
      activeDimensions: mean(sides.map(\.activeDimensions)),
      sparsityRatio: mean(sides.map(\.sparsityRatio))
    ).metrics()
    try table.append((accuracies + sparsity.map(\.1)).map(numberText), options.table(context))
    return EvaluationResult(
      name: options.name,
      metrics: [
        ("src2trg_accuracy", accuracies[0]), ("trg2src_accuracy", accuracies[1]),
        ("mean_accuracy", (accuracies[0] + accuracies[1]) / 2),
      ] + sparsity, primaryKey: "mean_accuracy")
  }

  /// The closest target of each source and the closest source of each target.
  private func bestMatches(
    _ source: SparseMatrix, _ target: SparseMatrix
  ) throws -> (targets: [Int], sources: [Int]) {
    let columns = SparseColumns(target)
    var targets = [Int](repeating: 0, count: source.rowCount)
    var sources = [Int](repeating: 0, count: target.rowCount)
    var bestOfTarget = [Double](repeating: -.infinity, count: target.rowCount)
    var scores: [Double] = []
    for row in 0..<source.rowCount {
      try Task.checkCancellation()
      try columns.score(source[row], with: .cosine, into: &scores)
      var best = -Double.infinity
      for (column, score) in scores.enumerated() {
        if score > best {
          best = score
          targets[row] = column
        }
        if score > bestOfTarget[column] {
          bestOfTarget[column] = score
          sources[column] = row
        }
      }
    }
    return (targets, sources)
  }
}
