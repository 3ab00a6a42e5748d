import Foundation
import SparrowCore
import SparrowTraining

/// Keeps what a run told its callbacks, and does something at chosen steps.
final class EventRecorder: TrainingCallback {
  private(set) var lines: [JSONObject] = []
  private(set) var steps: [StepReport] = []
  private(set) var evaluations: [JSONObject] = []
  private(set) var checkpoints: [String] = []
  private(set) var warnings: [String] = []
  private(set) var stateAtBegin: TrainingState?
  private(set) var summary: TrainingSummary?
  private let atStepEnd: (TrainingControl) throws -> Void

  init(atStepEnd: @escaping (TrainingControl) throws -> Void = { _ in }) {
    self.atStepEnd = atStepEnd
  }

  func receive(_ event: TrainingEvent, _ control: TrainingControl) throws {
    switch event {
    case .begin: stateAtBegin = control.state
    case .stepEnd(let report):
      steps.append(report)
      try atStepEnd(control)
    case .log(let line): lines.append(line)
    case .evaluation(let metrics): evaluations.append(metrics)
    case .checkpoint(let url): checkpoints.append(url.lastPathComponent)
    case .warning(let warning): warnings.append(warning)
    case .end(let summary): self.summary = summary
    case .stepBegin, .willLog: break
    }
  }
}
