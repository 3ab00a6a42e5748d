import Foundation
import SparrowCore
import SparrowEvaluation
public import SparrowModels

extension TrainingRecipe.Model {
  /// Loads the folder as a cross-encoder; without a classification head it gets a fresh one, whose
  /// weights are drawn while it is made.
  ///
  /// - Throws: errors of the folder's files, and ``TrainingError/Code/invalidArgument`` when the head
  ///   gives several numbers a pair.
  public func makeCrossEncoder() throws -> CrossEncoder {
    let encoder = try CrossEncoder(
      folder: URL(fileURLWithPath: path, isDirectory: true), initializesHead: true)
    guard encoder.classifier.labelCount == 1 else {
      throw TrainingError(
        .invalidArgument,
        "Cross-encoders are trained to give one number a pair, and the head of '\(path)' gives \(encoder.classifier.labelCount). Start from a model with one label, or from an encoder without a head."
      )
    }
    if let maximumLength { encoder.maximumLength = maximumLength }
    return encoder
  }

  /// Refuses what has no meaning for a model that scores pairs.
  func checkCrossEncoder() throws(TrainingError) {
    guard isCrossEncoder else { return }
    let others = [
      ("sparse_auto_encoder", autoEncoder != nil), ("static_queries", staticQueries != nil),
      ("pooling", pooling != nil), ("initialize_head", initializesHead),
      ("similarity_fn_name", similarity != nil),
    ]
    guard let other = others.first(where: \.1)?.0 else { return }
    throw TrainingError(
      .invalidArgument,
      "'model.cross_encoder' of the recipe makes a model that scores pairs, and 'model.\(other)' belongs to models that give vectors. Leave one out; a cross-encoder's head is made anew wherever the folder has none."
    )
  }
}

extension TrainingRecipe {
  /// Checks that a cross-encoder is trained by what trains cross-encoders, and other models by what
  /// trains others.
  func checkLossKinds() throws(TrainingError) {
    for loss in [loss] + datasetLosses.sorted(by: { $0.key < $1.key }).map(\.value)
    where loss.isForCrossEncoders != model.isCrossEncoder {
      throw TrainingError(
        .invalidArgument,
        model.isCrossEncoder
          ? "'loss.name' of the recipe is \(loss.name), which trains models that give vectors, and 'model.cross_encoder' makes one that scores pairs. Take \(LossRecipe.crossEncoderNames.joined(separator: ", ")), or leave 'model.cross_encoder' out."
          : "'loss.name' of the recipe is \(loss.name), which trains cross-encoders, and the model is none. Set 'model.cross_encoder: true', or take SpladeLoss or CSRLoss."
      )
    }
    guard model.isCrossEncoder, arguments.reportTargets.contains("report") else { return }
    throw TrainingError(
      .invalidArgument,
      "'report_to' of the recipe asks for 'report', a page about sparse vectors, of which a cross-encoder has none. Take 'tensorboard'; losses and evaluations are in training_log.jsonl as well."
    )
  }

  /// Checks that the evaluators measure models of the recipe's kind.
  static func checkEvaluatorKinds(
    _ value: JSONValue?, isCrossEncoder: Bool
  ) throws(TrainingError) {
    guard let value, !value.isNull else { return }
    let names = (value.array ?? [value]).compactMap { $0["type"]?.string }
    guard
      let wrong = names.first(where: { $0.hasPrefix("CrossEncoder") != isCrossEncoder })
    else { return }
    throw TrainingError(
      .invalidArgument,
      isCrossEncoder
        ? "'evaluator.type' of the recipe is \(wrong), which measures vectors, and 'model.cross_encoder' makes a model that scores pairs. There are \(PairEvaluatorRecipe.names.joined(separator: ", "))."
        : "'evaluator.type' of the recipe is \(wrong), which measures cross-encoders, and the model is none. Set 'model.cross_encoder: true', or take an evaluator whose name begins with Sparse."
    )
  }

  /// What measures a cross-encoder at evaluations; nil when nothing does.
  func pairEvaluator(
    of encoder: CrossEncoder, progress: ProgressReporter?
  ) throws -> TrainingEvaluator? {
    guard !pairEvaluators.isEmpty else { return nil }
    let evaluators = try pairEvaluators.map { try $0.load(progress: progress) }
    return { context in
      let results = try evaluators.map { try $0.evaluate(encoder, in: context) }
      return TrainingMetrics(
        results.count == 1
          ? results[0] : EvaluationResult(joining: results) { $0[$0.count - 1] })
    }
  }
}
