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

  init(_ context: CommandContext, _ progress: ProgressDisplay, isJSON: Bool) {
    self.context = context
    self.progress = progress
    self.isJSON = isJSON
  }

  func receive(_ event: TrainingEvent, _ control: TrainingControl) throws {
    switch event {
    case .begin: firstStep = control.state.step
    case .stepEnd(let report):
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
    let values = line.members.compactMap { key, value in
      Self.isShown(key) ? value.double.map { (key, $0) } : nil
    }
    try context.print(
      context.style.dim(step) + "  " + values.map(Self.text).joined(separator: "  "))
  }

  /// Whether a number of a log line is shown; evaluations have too many for one line.
  private static func isShown(_ key: String) -> Bool {
    guard key.hasPrefix("eval_") else { return !["step", "epoch"].contains(key) }
    return ["loss", "ndcg@10", "mrr@10", "active_dims", "avg_flops", "spearman_cosine"].contains {
      key.hasSuffix($0)
    }
  }

  private static func text(_ key: String, _ value: Double) -> String {
    let isSmall = value != 0 && abs(value) < 0.001
    let number = isSmall ? String(format: "%.2e", value) : NumberText.fixed(value, 4)
    return "\(key) \(number)"
  }
}
