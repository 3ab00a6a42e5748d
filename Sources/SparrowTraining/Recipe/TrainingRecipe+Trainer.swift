import Foundation
public import SparrowCore
import SparrowData
import SparrowEvaluation
import SparrowModels
import SparrowTensor

extension TrainingRecipe {
  /// A recipe with everything it names loaded and checked.
  public struct Prepared {
    /// The model, a `SparseEncoder` or a `CrossEncoder`; its parameters change during training.
    public let encoder: any TrainableEncoder
    /// What the model's folder has that looks wrong without being an error, in full sentences.
    public let warnings: [String]
    /// What trains it.
    public let trainer: Trainer
  }

  /// Loads model, data and evaluators, and makes the trainer.
  ///
  /// - Parameters:
  ///   - callbacks: take part in training, after those that the arguments ask for.
  ///   - cancellation: ends the run from another thread.
  ///   - progress: receives reports while data is read.
  /// - Returns: model and trainer.
  /// - Throws: errors of files, data and arguments, before anything is trained.
  public func prepare(
    callbacks: [any TrainingCallback] = [], cancellation: TrainingCancellation? = nil,
    progress: ProgressReporter? = nil
  ) throws -> Prepared {
    // Fresh heads and autoencoders draw their weights while the model is loaded.
    try TorchRandom.seed(arguments.seed)
    let (encoder, warnings, evaluator) =
      try model.isCrossEncoder ? crossEncoder(progress) : sparseEncoder()
    let trainer = try Trainer(
      encoder, arguments: preparedArguments,
      training: try training.map { try $0.load(progress: progress) },
      evaluation: try evaluation.map { try $0.load(progress: progress) }, loss: try losses(),
      regularizerSchedule: try (datasetLosses.values.first ?? loss).schedule(),
      evaluator: evaluator, callbacks: callbacks, cancellation: cancellation)
    return Prepared(encoder: encoder, warnings: warnings, trainer: trainer)
  }

  /// A model, what looks wrong in its folder, and what measures it.
  private typealias Subject = (any TrainableEncoder, [String], TrainingEvaluator?)

  private func sparseEncoder() throws -> Subject {
    let encoder = try model.makeEncoder()
    let evaluators = try self.evaluators.map { try $0.load() }
    let evaluator: (any Evaluator)? =
      evaluators.count > 1 ? try SequentialEvaluator(evaluators) : evaluators.first
    return (
      encoder, encoder.warnings,
      evaluator.map { evaluator in
        { context in TrainingMetrics(try evaluator.evaluate(encoder, in: context)) }
      }
    )
  }

  /// A cross-encoder is measured in the number format of its training: every evaluation scores
  /// thousands of pairs.
  private func crossEncoder(_ progress: ProgressReporter?) throws -> Subject {
    let encoder = try model.makeCrossEncoder()
    encoder.precision = try Trainer.computePrecision(arguments.precision)
    return (encoder, encoder.warnings, try pairEvaluator(of: encoder, progress: progress))
  }

  /// The arguments with the rate of static queries, which rules of the recipe may overrule.
  private var preparedArguments: TrainingArguments {
    guard let queries = model.staticQueries, !queries.isFrozen else { return arguments }
    var arguments = arguments
    let rule = (Model.StaticQueries.namePattern, JSONValue.number(queries.learningRate))
    arguments.learningRateMapping = JSONObject([rule] + arguments.learningRateMapping.members)
    return arguments
  }

  private func losses() throws(TrainingError) -> TrainingLosses {
    guard !datasetLosses.isEmpty else { return .one(try loss.makeLoss()) }
    var losses: [String: any TrainingLoss] = [:]
    for name in Set((training + evaluation).compactMap(\.name)).sorted() {
      losses[name] = try (datasetLosses[name] ?? loss).makeLoss()
    }
    return .byDataset(losses)
  }
}
