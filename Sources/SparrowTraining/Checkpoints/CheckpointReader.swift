import Foundation
import SparrowCore

/// Reads what a checkpoint says about its run.
struct CheckpointReader {
  private let folder: URL
  private let state: JSONValue
  private let progress: JSONValue
  private let arguments: JSONValue

  /// Opens a checkpoint.
  ///
  /// - Throws: ``TrainingError`` when it is not there or was saved without what resuming needs.
  init(_ folder: URL) throws {
    self.folder = folder
    let manager = FileManager.default
    guard manager.fileExists(atPath: folder.path) else {
      throw TrainingError(
        .missingCheckpoint, "There is no such checkpoint.", at: FileLocation(path: folder.path))
    }
    for name in [
      CheckpointFile.state, CheckpointFile.arguments, CheckpointFile.progress,
      CheckpointFile.optimizer, CheckpointFile.random,
    ] where !manager.fileExists(atPath: folder.appendingPathComponent(name).path) {
      throw TrainingError(
        .invalidCheckpoint,
        "The checkpoint has no \(name), so that no run can be resumed from it; was it written by another program, or with 'save_only_model'? It can still be loaded as a model.",
        at: FileLocation(path: folder.path))
    }
    func read(_ name: String) throws -> JSONValue {
      try JSONValue(contentsOf: folder.appendingPathComponent(name))
    }
    state = try read(CheckpointFile.state)
    progress = try read(CheckpointFile.progress)
    arguments = try read(CheckpointFile.arguments)
    guard progress["format"]?.int == 1 else {
      throw broken(CheckpointFile.progress, "format")
    }
  }

  private func broken(_ file: String, _ key: String) -> TrainingError {
    TrainingError(
      .invalidCheckpoint,
      "The value is missing or of the wrong kind; the file was changed or belongs to another version.",
      at: FileLocation(path: folder.appendingPathComponent(file).path, item: key))
  }

  /// Checks that the same rows would come in the same order.
  ///
  /// - Throws: ``TrainingError/Code/invalidArgument`` naming what differs.
  func checkResumable(
    arguments current: TrainingArguments, data: JSONValue
  ) throws(TrainingError) {
    guard !current.ignoresDataSkip else { return }
    let saved = arguments["arguments"]?.object ?? JSONObject()
    let now = current.json
    for name in Self.decisiveArguments where saved[name] != now[name] {
      throw TrainingError(
        .invalidArgument,
        "The checkpoint was written with \(name) = \(saved[name]?.text() ?? "nothing") and the run to be resumed has \(now[name]?.text() ?? "nothing"); its position in the data would mean something else. Use the same value, or set 'ignore_data_skip' to begin the epoch again.",
        at: FileLocation(path: folder.path))
    }
    guard arguments["data"] == data else {
      throw TrainingError(
        .invalidArgument,
        "The training data is not the data the checkpoint was written with (\(arguments["data"]?.text() ?? "nothing"), now \(data.text())). Use the same data, or set 'ignore_data_skip' to begin the epoch again.",
        at: FileLocation(path: folder.path))
    }
  }

  /// Arguments that decide which rows come when.
  private static let decisiveArguments = [
    "per_device_train_batch_size", "gradient_accumulation_steps", "seed", "data_seed",
    "batch_sampler", "multi_dataset_batch_sampler", "dataloader_drop_last",
  ]

  /// Fills in how far the run had come.
  ///
  /// - Returns: the place of the dropout stream.
  func restore(_ state: inout TrainingState) throws -> UInt64 {
    func number(_ key: String) throws -> Double {
      guard let value = progress[key]?.double else { throw broken(CheckpointFile.progress, key) }
      return value
    }
    func count(_ key: String) throws -> Int {
      guard let value = progress[key]?.int, value >= 0 else {
        throw broken(CheckpointFile.progress, key)
      }
      return value
    }
    guard let step = self.state["global_step"]?.int, step >= 0,
      let epoch = self.state["epoch"]?.double
    else { throw broken(CheckpointFile.state, "global_step") }
    guard let place = progress["dropout_place"]?.string.flatMap(UInt64.init) else {
      throw broken(CheckpointFile.progress, "dropout_place")
    }
    state.step = step
    state.epoch = epoch
    state.epochIndex = try count("epoch_index")
    state.batchesDoneInEpoch = try count("batches_done_in_epoch")
    state.totalLoss = try number("total_loss")
    state.rowCount = try count("rows")
    state.earlierSeconds = try number("seconds")
    state.sums.stepCount = try count("steps_since_log")
    state.sums.loss = try number("loss_since_log")
    state.sums.batchCount = try count("batches_since_log")
    let parts = progress["parts_since_log"]?.object ?? JSONObject()
    state.sums.parts = parts.members.map { .init(name: $0, value: $1.double ?? 0) }
    state.logHistory = self.state["log_history"]?.array?.compactMap(\.object) ?? []
    state.bestMetric = self.state["best_metric"]?.double
    state.bestStep = self.state["best_global_step"]?.int
    let best = self.state["best_model_checkpoint"]?.string
    state.bestCheckpoint = best.map { URL(fileURLWithPath: $0).lastPathComponent }
    return place
  }

  /// What a callback saved, nil when it saved nothing.
  func callbackState(of callback: any TrainingCallback) -> JSONValue? {
    state["stateful_callbacks"]?[String(describing: type(of: callback))]
  }

  /// What the learning-rate schedule kept.
  var scheduleState: JSONValue { progress["schedule"] ?? .null }

  /// The metric that decided what was best.
  var bestMetricKey: String? { progress["best_metric_key"]?.string }

  /// Whether a greater value of it was better.
  var prefersGreaterMetric: Bool { progress["prefers_greater_metric"]?.bool ?? true }
}
