public import Foundation
import SparrowCore

/// Writes every log line's numbers as TensorBoard scalars, below `runs` in the output folder.
///
/// Tags are those of the reference's integration: `train/loss`, `eval/loss` and so on.
public final class TensorBoardCallback: TrainingCallback {
  private var file: TensorBoardFile?
  private let now: () -> Date

  /// Makes a callback; `now` tells the time of events.
  public init(now: @escaping () -> Date = { Date() }) { self.now = now }

  /// Opens a file when training begins, and writes with every line.
  public func receive(_ event: TrainingEvent, _ control: TrainingControl) throws {
    switch event {
    case .begin:
      let output = URL(fileURLWithPath: control.arguments.outputFolder, isDirectory: true)
      let name = control.arguments.runName ?? output.lastPathComponent
      file = try TensorBoardFile(
        folder: output.appendingPathComponent("runs").appendingPathComponent(
          name.replacing("/", with: "_")), time: now(),
        host: ProcessInfo.processInfo.hostName)
    case .log(let line):
      let scalars = line.members.compactMap { key, value in
        key == "step" ? nil : value.double.map { (tag: Self.tag(of: key), value: $0) }
      }
      try file?.add(scalars, step: control.state.step, time: now())
    case .end: file = nil
    case .stepBegin, .stepEnd, .willLog, .evaluation, .checkpoint, .warning: break
    }
  }

  private static func tag(of key: String) -> String {
    key.hasPrefix("eval_") ? "eval/" + key.dropFirst(5) : "train/" + key
  }
}
