import Foundation
public import SparrowCore
import SparrowData
import SparrowEvaluation
public import SparrowModels
import SparrowTensor

extension TrainingRecipe {
  /// A recipe with everything it names loaded and checked.
  public struct Prepared {
    /// The model; its parameters change during training.
    public let encoder: SparseEncoder
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
    // A fresh head draws its weights while the model is loaded.
    try TorchRandom.seed(arguments.seed)
    let encoder = try SparseEncoder(
      folder: URL(fileURLWithPath: model.path, isDirectory: true),
      initializesHead: model.initializesHead)
    if let length = model.maximumLength { encoder.maximumLength = length }
    let evaluators = try self.evaluators.map { try $0.load() }
    let evaluator: (any Evaluator)? =
      evaluators.count > 1 ? try SequentialEvaluator(evaluators) : evaluators.first
    let trainer = try Trainer(
      encoder, arguments: arguments, training: try training.map { try $0.load(progress: progress) },
      evaluation: try evaluation.map { try $0.load(progress: progress) }, loss: try losses(),
      regularizerSchedule: try (datasetLosses.values.first ?? loss).schedule(),
      evaluator: evaluator.map { evaluator in
        { context in TrainingMetrics(try evaluator.evaluate(encoder, in: context)) }
      }, callbacks: callbacks, cancellation: cancellation)
    return Prepared(encoder: encoder, trainer: trainer)
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
