import Foundation
import SparrowCore
import SparrowTraining

/// Shows a run: progress while it goes, its log lines, evaluations and checkpoints.
final class TrainingDisplay: TrainingCallback {
  private let context: CommandContext
  private let progress: ProgressDisplay
  private let isJSON: Bool
  /// The step at which this process began, when a run is resumed.
  private var firstStep = 0
  /// The mean number of weights in each column of the last batch that was counted.
  private var activeDimensions: [Double] = []

  init(_ context: CommandContext, _ progress: ProgressDisplay, isJSON: Bool) {
    self.context = context
    self.progress = progress
    self.isJSON = isJSON
  }

  func receive(_ event: TrainingEvent, _ control: TrainingControl) throws {
    switch event {
    case .begin: firstStep = control.state.step
    case .stepEnd(let report):
      if !report.batch.columns.isEmpty {
        activeDimensions = report.batch.columns.map(\.activeDimensions)
      }
      progress.show(
        ProgressUpdate(
          activity: "Training", completed: control.state.step - firstStep,
          total: control.state.totalSteps - firstStep, unit: "steps"),
        detail: "loss \(NumberText.fixed(report.loss, 4))")
    case .log(let line): try log(line, control.state)
    case .warning(let message):
      progress.clear()
      context.warn(message)
    case .stepBegin, .willLog, .evaluation, .checkpoint, .end: break
    }
  }

  private func log(_ line: JSONObject, _ state: TrainingState) throws {
    if isJSON {
      progress.clear()
      try context.print(JSONValue.object(line).text(.compact))
      return
    }
    guard line["train_runtime"] == nil else { return }
    progress.clear()
    let step = "step \(state.step)/\(state.totalSteps)"
    let isEvaluation = line.keys.contains { $0.hasPrefix("eval_") }
    let texts = isEvaluation ? Self.evaluation(line) : Self.training(line, activeDimensions)
    try context.print(context.style.dim(step) + "  " + texts.joined(separator: "  "))
  }

  /// What is shown of a training step, and the word for it.
  private static let trainingKeys = [
    ("loss", "loss"), ("base_loss", "base"), ("document_regularizer_loss", "documents"),
    ("query_regularizer_loss", "queries"), ("grad_norm", "gradient"), ("learning_rate", "rate"),
  ]

  private static func training(_ line: JSONObject, _ activeDimensions: [Double]) -> [String] {
    var texts = trainingKeys.compactMap { key, word in
      line[key]?.double.map { text(word, $0) }
    }
    if !activeDimensions.isEmpty {
      let numbers = activeDimensions.map { NumberText.fixed($0, 0) }
      texts.append("active \(numbers.joined(separator: "/"))")
    }
    return texts
  }

  /// The numbers of an evaluation that matter most; the log file has them all.
  private static func evaluation(_ line: JSONObject) -> [String] {
    let endings = ["loss", "ndcg@10", "mrr@10", "active_dims", "avg_flops", "spearman_cosine"]
    return line.members.compactMap { key, value in
      guard endings.contains(where: key.hasSuffix), let number = value.double else { return nil }
      return text(String(key.dropFirst("eval_".count)), number)
    }
  }

  private static func text(_ word: String, _ value: Double) -> String {
    let isSmall = value != 0 && abs(value) < 0.001
    let number = isSmall ? String(format: "%.1e", value) : NumberText.fixed(value, 4)
    return "\(word) \(number)"
  }
}
