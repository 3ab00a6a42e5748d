public import SparrowCore

/// Runs several evaluators one after another and joins their numbers.
///
/// Of equal keys the last number counts. The number to optimise is `sequential_score`, made from the
/// evaluators' primary numbers.
///
/// ```swift
/// let evaluator = try SequentialEvaluator([retrieval, triplets]) { scores in scores[0] }
/// print(try evaluator.evaluate(encoder).primaryValue)
/// ```
public struct SequentialEvaluator: Evaluator {
  private let evaluators: [any Evaluator]
  private let mainScore: ([Double]) -> Double

  /// Makes an evaluator that optimises the last one's number.
  ///
  /// - Throws: ``EvaluationError`` when there is none.
  public init(_ evaluators: [any Evaluator]) throws(EvaluationError) {
    try self.init(evaluators) { $0[$0.count - 1] }
  }

  /// Makes an evaluator.
  ///
  /// - Parameters:
  ///   - evaluators: at least one, run in this order.
  ///   - mainScore: makes the number to optimise from the primary numbers, in the same order.
  /// - Throws: ``EvaluationError`` when there is no evaluator.
  public init(
    _ evaluators: [any Evaluator], mainScore: @escaping ([Double]) -> Double
  ) throws(EvaluationError) {
    guard !evaluators.isEmpty else {
      throw EvaluationError(.usage, "At least one evaluator is needed to run in sequence.")
    }
    self.evaluators = evaluators
    self.mainScore = mainScore
  }

  /// Measures an encoder.
  ///
  /// - Throws: as ``Evaluator/evaluate(_:in:)``.
  public func evaluate(
    _ encoder: any SparseEncoding, in context: EvaluationContext
  ) throws -> EvaluationResult {
    let results = try evaluators.map { try $0.evaluate(encoder, in: context) }
    return EvaluationResult(joining: results, mainScore: mainScore)
  }
}

extension EvaluationResult {
  /// Joins results as ``SequentialEvaluator`` does.
  package init(joining results: [EvaluationResult], mainScore: ([Double]) -> Double) {
    self.init(name: "", metrics: [], primaryKey: "sequential_score")
    for metric in results.flatMap(\.metrics) { set(metric.key, to: metric.value) }
    set(primaryKey, to: mainScore(results.map(\.primaryValue)))
  }
}
