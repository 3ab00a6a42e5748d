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
  private var panel = TrainingPanel()

  init(_ context: CommandContext, _ progress: ProgressDisplay, isJSON: Bool) {
    self.context = context
    self.progress = progress
    self.isJSON = isJSON
  }

  func receive(_ event: TrainingEvent, _ control: TrainingControl) throws {
    switch event {
    case .begin: firstStep = control.state.step
    case .stepEnd(let report):
      panel.note(report)
      progress.show(
        ProgressUpdate(
          activity: "Training", completed: control.state.step - firstStep,
          total: control.state.totalSteps - firstStep, unit: "steps"),
        details: panel.lines)
    case .log(let line): try log(line, control.state)
    case .warning(let message):
      progress.clear()
      context.warn(message)
    case .evaluation(let metrics): panel.note(metrics, control)
    case .stepBegin, .willLog, .checkpoint, .end: break
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
    let texts = isEvaluation ? Self.evaluation(line) : training(line)
    try context.print(context.style.dim(step) + "  " + texts.joined(separator: "  "))
  }

  /// What is shown of a training step, and the word for it.
  private static let trainingKeys = [
    ("loss", "loss"), ("base_loss", "base"), ("document_regularizer_loss", "documents"),
    ("query_regularizer_loss", "queries"), ("grad_norm", "gradient"), ("learning_rate", "rate"),
  ]

  private func training(_ line: JSONObject) -> [String] {
    let texts = Self.trainingKeys.compactMap { key, word in
      line[key]?.double.map { TrainingPanel.text(word, $0) }
    }
    return texts + [panel.sparsity].compactMap(\.self)
  }

  /// The numbers of an evaluation that matter most; the log file has them all.
  private static func evaluation(_ line: JSONObject) -> [String] {
    let endings = ["loss", "ndcg@10", "mrr@10", "active_dims", "avg_flops", "spearman_cosine"]
    return line.members.compactMap { key, value in
      guard endings.contains(where: key.hasSuffix), let number = value.double else { return nil }
      return TrainingPanel.text(String(key.dropFirst("eval_".count)), number)
    }
  }
}
