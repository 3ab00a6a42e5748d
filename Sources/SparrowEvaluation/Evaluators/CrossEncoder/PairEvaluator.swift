public import SparrowCore

/// Measures how well pairs of a query and a document are scored, for example by a cross-encoder.
///
/// It is to models that score pairs what ``Evaluator`` is to those that give vectors.
public protocol PairEvaluator {
  /// Measures a scorer.
  ///
  /// - Throws: ``EvaluationError`` when results cannot be written; whatever the scorer throws.
  func evaluate(
    _ scorer: any RelevanceScorer, in context: EvaluationContext
  ) throws -> EvaluationResult
}

extension PairEvaluator {
  /// Measures a scorer without writing files.
  public func evaluate(_ scorer: any RelevanceScorer) throws -> EvaluationResult {
    try evaluate(scorer, in: EvaluationContext())
  }
}
