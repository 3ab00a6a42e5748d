import Foundation
import SparrowCore
import SparrowData
import SparrowEvaluation
import SparrowNN

extension TrainingRun {
  /// Computes losses and metrics, and finds out whether they are the best so far.
  ///
  /// - Returns: whether the metric that decides is better than all before.
  @discardableResult
  func evaluate() throws -> Bool {
    var metrics = JSONObject()
    var parts = JSONObject()
    for index in trainer.evaluation.indices {
      try evaluateLoss(of: index, into: &metrics, parts: &parts)
    }
    if let evaluator = trainer.evaluator {
      let context = EvaluationContext(
        folder: folder.appendingPathComponent("eval"), epoch: state.epoch, steps: state.step)
      let found = try evaluator(context)
      for (key, value) in found.values.members { metrics[prefixed(key)] = value }
      if control.bestMetricKey == nil, arguments.bestMetricKey != nil, let key = found.primaryKey {
        control.bestMetricKey = prefixed(key)
        control.prefersGreaterMetric = arguments.greaterIsBetter ?? true
      }
    }
    lastEvaluatedStep = state.step
    var line = metrics
    for (key, value) in parts.members { line[key] = value }
    try write(line)
    try emit(.evaluation(metrics))
    return try updateBest(metrics)
  }

  private func prefixed(_ key: String) -> String { key.hasPrefix("eval_") ? key : "eval_" + key }

  private func evaluateLoss(
    of index: Int, into metrics: inout JSONObject, parts: inout JSONObject
  ) throws {
    let dataset = trainer.evaluation[index]
    let begin = ContinuousClock.now
    let source = try BatchSource([dataset], encoder: trainer.encoder, arguments: arguments)
    let sampler = try trainer.makeSampler(for: [dataset], isTraining: false, warn: nil)
    let loader = BatchLoader(
      source: source, sampler: sampler, epoch: 0, limit: sampler.batchCount,
      aheadCount: arguments.prefetchCount)
    var sums = LossSums()
    var total = 0.0
    var rowCount = 0
    while let batch = try loader.next() {
      let report = try trainer.evaluationLosses[index].run(
        batch,
        in: LossContext(
          encoder: trainer.encoder, precision: trainer.precision, gradientFactor: nil))
      sums.add(report)
      total += report.total
      rowCount += batch.rowCount
    }
    let seconds = max(begin.duration(to: .now) / .seconds(1), 1e-9)
    let prefix = "eval_" + (dataset.name.map { $0 + "_" } ?? "")
    metrics[prefix + "loss"] = .number(total / Double(max(1, sums.batchCount)))
    metrics[prefix + "runtime"] = .number(seconds)
    metrics[prefix + "samples_per_second"] = .number(Double(rowCount) / seconds)
    metrics[prefix + "steps_per_second"] = .number(Double(sums.batchCount) / seconds)
    for (key, value) in sums.meanParts(prefix: prefix) { parts[key] = value }
  }

  private func updateBest(_ metrics: JSONObject) throws -> Bool {
    guard let key = control.bestMetricKey else { return false }
    guard let value = metrics[key]?.double else {
      let names = metrics.keys.map { "'\($0)'" }.joined(separator: ", ")
      throw TrainingError(
        .invalidArgument,
        "'metric_for_best_model' is '\(key)', which no evaluation gave. There are \(names).\(NearestName.suggestion(for: key, among: metrics.keys))"
      )
    }
    schedule.observe(value, prefersGreater: control.prefersGreaterMetric)
    let isBetter =
      state.bestMetric.map { control.prefersGreaterMetric ? value > $0 : value < $0 } ?? true
    guard isBetter else { return false }
    state.bestMetric = value
    state.bestStep = state.step
    state.bestCheckpoint = nil
    return true
  }
}
