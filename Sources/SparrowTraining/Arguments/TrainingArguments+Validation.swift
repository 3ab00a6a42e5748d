import SparrowCore
import SparrowNN

extension TrainingArguments {
  /// Checks that the arguments make sense together.
  ///
  /// - Parameters:
  ///   - hasEvaluationData: whether there are rows to compute an evaluation loss from.
  ///   - hasEvaluator: whether there is an evaluator.
  /// - Throws: ``TrainingError/Code/invalidArgument`` naming the arguments that contradict each
  ///   other, or `ModuleError` for the learning-rate schedule.
  public func validate(hasEvaluationData: Bool, hasEvaluator: Bool) throws {
    func refuse(_ message: String) -> TrainingError { TrainingError(.invalidArgument, message) }
    guard epochCount > 0 || maximumSteps != nil else {
      throw refuse("'num_train_epochs' must be above 0; found \(epochCount).")
    }
    for (name, beta) in [("adam_beta1", adamBeta1), ("adam_beta2", adamBeta2)] where beta >= 1 {
      throw refuse("'\(name)' must be below 1; found \(beta).")
    }
    if evaluationStrategy != .never || evaluatesOnStart, !hasEvaluationData, !hasEvaluator {
      throw refuse(
        "'eval_strategy' is '\(evaluationStrategy.rawValue)' and there is nothing to evaluate with. Give an evaluation dataset or an evaluator, or set 'eval_strategy' to 'no'."
      )
    }
    if evaluationStrategy == .steps, evaluationInterval == .steps(0) {
      throw refuse("'eval_steps' must be above 0 when 'eval_strategy' is 'steps'; found 0.")
    }
    if loggingStrategy == .steps, loggingSteps == .steps(0) {
      throw refuse("'logging_steps' must be above 0 when 'logging_strategy' is 'steps'; found 0.")
    }
    if saveStrategy == .steps, saveSteps == .steps(0) {
      throw refuse("'save_steps' must be above 0 when 'save_strategy' is 'steps'; found 0.")
    }
    if saveStrategy == .best, evaluationStrategy == .never {
      throw refuse(
        "'save_strategy' is 'best' and 'eval_strategy' is 'no'; evaluate to know the best.")
    }
    if earlyStoppingPatience != nil, evaluationStrategy == .never {
      throw refuse(
        "'early_stopping_patience' needs evaluations and 'eval_strategy' is 'no'; set it to 'steps' or 'epoch'."
      )
    }
    if loadsBestModelAtEnd { try validateBestModel() }
    if scheduleName == RateSchedule.plateauName, evaluationStrategy == .never {
      throw refuse(
        "'lr_scheduler_type' is '\(scheduleName)', which follows evaluations, and 'eval_strategy' is 'no'; set it to 'steps' or 'epoch'."
      )
    }
    _ = try RateSchedule(self, totalSteps: 1)
    _ = try learningRateRules
  }

  /// What loading the best model at the end needs of evaluations and checkpoints.
  private func validateBestModel() throws(TrainingError) {
    func refuse(_ reason: String) -> TrainingError {
      TrainingError(.invalidArgument, "'load_best_model_at_end' is true and \(reason)")
    }
    if evaluationStrategy == .never { throw refuse("'eval_strategy' is 'no'; evaluate as well.") }
    guard saveStrategy != .best else { return }
    guard saveStrategy.rawValue == evaluationStrategy.rawValue else {
      throw refuse(
        "'save_strategy' ('\(saveStrategy.rawValue)') differs from 'eval_strategy' ('\(evaluationStrategy.rawValue)'); use the same, or 'best' for saving."
      )
    }
    guard saveStrategy == .steps else { return }
    let isMultiple: Bool
    switch (saveSteps, evaluationInterval) {
    case (.steps(let save), .steps(let evaluation)): isMultiple = save % evaluation == 0
    case (.share(let save), .share(let evaluation)):
      let quotient = save / evaluation
      isMultiple = abs(quotient - quotient.rounded()) < 1e-9
    default: isMultiple = false
    }
    guard isMultiple else {
      throw refuse(
        "'save_steps' (\(saveSteps.number)) is no multiple of 'eval_steps' (\(evaluationInterval.number)): some checkpoint would be saved without being evaluated."
      )
    }
  }

  /// Steps between evaluations.
  var evaluationInterval: StepInterval { evaluationSteps ?? loggingSteps }

  /// The name of the metric that decides what is best, with `eval_` before it; nil when nothing is
  /// to be decided.
  var bestMetricKey: String? {
    let isNeeded =
      loadsBestModelAtEnd || saveStrategy == .best || earlyStoppingPatience != nil
      || scheduleName == RateSchedule.plateauName
    guard let name = bestMetric ?? (isNeeded ? "loss" : nil) else { return nil }
    return name.hasPrefix("eval_") ? name : "eval_" + name
  }

  /// Whether a greater metric is better.
  var prefersGreaterMetric: Bool {
    greaterIsBetter ?? !(bestMetricKey?.hasSuffix("loss") ?? true)
  }

  /// The learning rates of parameters whose names match a pattern.
  var learningRateRules: [ParameterGroup.RateRule] {
    get throws(TrainingError) {
      var rules: [ParameterGroup.RateRule] = []
      for (pattern, value) in learningRateMapping.members {
        guard let rate = value.double, rate >= 0, rate.isFinite else {
          throw TrainingError(
            .invalidArgument,
            "'learning_rate_mapping' needs a number from 0 for the pattern '\(pattern)'; found \(value.text())."
          )
        }
        rules.append(ParameterGroup.RateRule(pattern: pattern, learningRate: rate))
      }
      return rules
    }
  }

  /// How long a run is, given the number of batches of an epoch.
  func plan(batchesPerEpoch: Int) -> TrainingPlan {
    let stepsPerEpoch = max(1, (batchesPerEpoch + accumulationSteps - 1) / accumulationSteps)
    if let maximumSteps {
      let epochs = (maximumSteps + stepsPerEpoch - 1) / stepsPerEpoch
      return TrainingPlan(
        batchesPerEpoch: batchesPerEpoch, stepsPerEpoch: stepsPerEpoch, totalSteps: maximumSteps,
        epochCount: epochs)
    }
    return TrainingPlan(
      batchesPerEpoch: batchesPerEpoch, stepsPerEpoch: stepsPerEpoch,
      totalSteps: Int((epochCount * Double(stepsPerEpoch)).rounded(.up)),
      epochCount: Int(epochCount.rounded(.up)))
  }
}

/// How long a run is.
struct TrainingPlan: Hashable {
  /// Batches that an epoch has.
  let batchesPerEpoch: Int
  /// Optimiser steps that an epoch has.
  let stepsPerEpoch: Int
  /// Optimiser steps of the whole run.
  let totalSteps: Int
  /// Epochs, the last of which may be cut short.
  let epochCount: Int
}
