public import SparrowCore
public import SparrowEvaluation

/// What an evaluator found: numbers by key, and the one to optimise.
public struct TrainingMetrics: Sendable, Hashable {
  /// Numbers by key, in order.
  public let values: JSONObject
  /// The key of the number to optimise, a higher one being better.
  public let primaryKey: String?

  /// Makes metrics.
  public init(_ values: JSONObject, primaryKey: String? = nil) {
    self.values = values
    self.primaryKey = primaryKey
  }

  /// Makes metrics of an evaluator's result.
  public init(_ result: EvaluationResult) {
    self.init(result.json.object ?? JSONObject(), primaryKey: result.primaryKey)
  }
}

/// Evaluates the model during training; the context says when, and where files go.
///
/// ```swift
/// let trainer = try Trainer(
///   encoder, arguments: arguments, training: [TrainingDataset(pairs)], loss: loss,
///   evaluator: { TrainingMetrics(try evaluator.evaluate(encoder, in: $0)) })
/// ```
public typealias TrainingEvaluator = (_ context: EvaluationContext) throws -> TrainingMetrics
