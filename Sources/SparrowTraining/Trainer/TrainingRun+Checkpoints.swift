import Foundation
import SparrowCore
import SparrowData
import SparrowNN
import SparrowTensor

extension TrainingRun {
  /// Writes a checkpoint of this step and removes those that are too many.
  func save() throws {
    try checkFiniteParameters()
    let name = checkpoints.url(step: state.step).lastPathComponent
    if state.bestStep == state.step { state.bestCheckpoint = name }
    let url = try checkpoints.write(step: state.step) { folder in
      try trainer.encoder.save(to: folder)
      try writeCard(to: folder)
      try write(stateFile, indent: 2, to: folder, CheckpointFile.state)
      try write(.object(argumentsFile), indent: 2, to: folder, CheckpointFile.arguments)
      guard !arguments.savesOnlyModel else { return }
      try SafetensorsWriter.write(
        optimizer.state, to: folder.appendingPathComponent(CheckpointFile.optimizer))
      try SafetensorsWriter.write(
        [("torch", try Tensor(TorchRandom.state()))],
        to: folder.appendingPathComponent(CheckpointFile.random))
      try write(.object(progressFile), indent: nil, to: folder, CheckpointFile.progress)
    }
    lastSavedStep = state.step
    try checkpoints.rotate(
      limit: arguments.saveLimit, keeping: [name, state.bestCheckpoint].compactMap(\.self))
    try emit(.checkpoint(url))
  }

  /// Keeps weights that are no numbers out of checkpoints, so that the last one stays a good one.
  private func checkFiniteParameters() throws {
    for named in trainer.encoder.namedParameters
    where try !named.parameter.tensor.isFinite().all() {
      throw TrainingError(
        .diverged,
        "After step \(state.step) the parameter '\(named.name)' has values that are no finite numbers; no checkpoint was written. Earlier checkpoints are intact. Try a lower learning rate, a longer warm-up, or float32."
      )
    }
  }

  /// Writes the model card of a checkpoint, if the encoder saves a model that has one.
  ///
  /// A card has examples, and a cancelled task encodes nothing: its last checkpoint has no card.
  private func writeCard(to folder: URL) throws {
    guard !Task.isCancelled else { return }
    let modules = folder.appendingPathComponent("modules.json")
    guard FileManager.default.fileExists(atPath: modules.path) else { return }
    trainer.note(state, duration: elapsed)
    try trainer.modelCard().write(to: folder)
  }

  /// Continues from a checkpoint.
  func restore(from checkpoint: URL) throws {
    let reader = try CheckpointReader(checkpoint)
    try reader.checkResumable(arguments: arguments, data: dataDescription)
    try trainer.encoder.restoreParameters(from: checkpoint)
    try optimizer.restore(
      from: SafetensorsFile(
        contentsOf: checkpoint.appendingPathComponent(CheckpointFile.optimizer)))
    let random = try SafetensorsFile(
      contentsOf: checkpoint.appendingPathComponent(CheckpointFile.random))
    try TorchRandom.restore(try random.tensor("torch").values())
    var state = self.state
    dropout.place = try reader.restore(&state)
    schedule.restore(reader.scheduleState)
    if arguments.ignoresDataSkip { state.batchesDoneInEpoch = 0 }
    self.state = state
    lastSavedStep = state.step
    for callback in trainer.callbacks {
      guard let saved = reader.callbackState(of: callback) else { continue }
      try callback.restore(saved)
    }
    if arguments.bestMetric == nil, let key = reader.bestMetricKey {
      control.bestMetricKey = key
      control.prefersGreaterMetric = reader.prefersGreaterMetric
    }
  }

  private func write(
    _ value: JSONValue, indent: Int?, to folder: URL, _ name: String
  ) throws {
    let text = value.data(JSONFormat(indent: indent))
    try AtomicFile.write(text, to: folder.appendingPathComponent(name))
  }

  /// `trainer_state.json` with the reference's keys.
  private var stateFile: JSONValue {
    var callbacks = JSONObject()
    for callback in trainer.callbacks {
      let saved = callback.savedState
      if !saved.isNull { callbacks[String(describing: type(of: callback))] = saved }
    }
    let total = plan.totalSteps
    let object: JSONObject = JSONObject([
      ("best_global_step", state.bestStep.map { .integer(Int64($0)) } ?? .null),
      ("best_metric", state.bestMetric.map { .number($0) } ?? .null),
      (
        "best_model_checkpoint",
        state.bestCheckpoint.map { .string(folder.appendingPathComponent($0).relativePath) }
          ?? .null
      ),
      ("epoch", .number(state.epoch)),
      ("eval_steps", .integer(Int64(arguments.evaluationInterval.count(ofTotal: total)))),
      ("global_step", .integer(Int64(state.step))),
      ("is_hyper_param_search", false),
      ("is_local_process_zero", true),
      ("is_world_process_zero", true),
      ("log_history", .array(state.logHistory.map { .object($0.sortedByKey) })),
      ("logging_steps", .integer(Int64(arguments.loggingSteps.count(ofTotal: total)))),
      ("max_steps", .integer(Int64(total))),
      ("num_input_tokens_seen", 0),
      ("num_train_epochs", .integer(Int64(plan.epochCount))),
      ("save_steps", .integer(Int64(arguments.saveSteps.count(ofTotal: total)))),
      ("stateful_callbacks", .object(callbacks)),
      ("total_flos", 0.0),
      ("train_batch_size", .integer(Int64(arguments.trainBatchSize))),
      ("trial_name", .null),
      ("trial_params", .null),
    ])
    return .object(object)
  }

  private var argumentsFile: JSONObject {
    var object = JSONObject()
    object["arguments"] = .object(arguments.json)
    object["data"] = dataDescription
    return object
  }

  /// What is needed of the data to know it again.
  private var dataDescription: JSONValue {
    .array(
      trainer.training.map { part in
        [
          "name": part.name.map { .string($0) } ?? .null,
          "rows": .integer(Int64(part.dataset.rowCount)),
          "columns": .array(part.dataset.columnNames.map { .string($0) }),
          "fingerprint": .string(part.fingerprint),
        ]
      })
  }

  private var progressFile: JSONObject {
    let sums = state.sums
    return JSONObject([
      ("format", 1),
      ("epoch_index", .integer(Int64(state.epochIndex))),
      ("batches_done_in_epoch", .integer(Int64(state.batchesDoneInEpoch))),
      ("dropout_seed", .string(String(dropout.seed))),
      ("dropout_place", .string(String(dropout.place))),
      ("total_loss", .number(state.totalLoss)),
      ("rows", .integer(Int64(state.rowCount))),
      ("seconds", .number(elapsed / .seconds(1))),
      ("steps_since_log", .integer(Int64(sums.stepCount))),
      ("loss_since_log", .number(sums.loss)),
      ("batches_since_log", .integer(Int64(sums.batchCount))),
      ("parts_since_log", .object(JSONObject(sums.parts.map { ($0.name, .number($0.value)) }))),
      ("schedule", schedule.savedState),
      ("best_metric_key", control.bestMetricKey.map { .string($0) } ?? .null),
      ("prefers_greater_metric", .bool(control.prefersGreaterMetric)),
    ])
  }
}
