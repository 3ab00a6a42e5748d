import Foundation
import SparrowCore
import SparrowData
import SparrowModels
import SparrowNN
import SparrowTensor
import Synchronization

/// One run of a ``Trainer``: the loop over epochs and steps.
final class TrainingRun {
  let trainer: Trainer
  let control: TrainingControl
  let folder: URL
  let optimizer: AdamW
  var schedule: RateSchedule
  let plan: TrainingPlan
  let dropout: DropoutStream
  let checkpoints: CheckpointStore
  let log: TrainingLogFile
  /// The step of the last checkpoint and of the last evaluation of this run.
  var lastSavedStep: Int?
  var lastEvaluatedStep: Int?

  private let source: BatchSource
  private let sampler: any BatchSampler
  private let warningBox: WarningBox
  private let parameters: [Parameter]
  private let clock = ContinuousClock()
  private var begin = ContinuousClock.now
  private var lastStep: StepReport?
  private let start: Trainer.Start

  var arguments: TrainingArguments { trainer.arguments }
  var state: TrainingState {
    get { control.state }
    set { control.state = newValue }
  }

  init(_ trainer: Trainer, _ start: Trainer.Start) throws {
    self.trainer = trainer
    self.start = start
    let arguments = trainer.arguments
    folder = URL(fileURLWithPath: arguments.outputFolder, isDirectory: true)
    checkpoints = CheckpointStore(folder: folder)
    log = TrainingLogFile(url: folder.appendingPathComponent("training_log.jsonl"))
    let warnings = WarningBox()
    warningBox = warnings
    source = try BatchSource(trainer.training, encoder: trainer.encoder, arguments: arguments)
    sampler = try trainer.makeSampler(for: trainer.training, isTraining: true) {
      warnings.add($0)
    }
    guard sampler.batchCount > 0 else {
      throw TrainingError(
        .invalidArgument,
        "\(sampler.rowCount) rows make no batch of \(arguments.trainBatchSize) when the last, shorter one is left out. Use a smaller 'per_device_train_batch_size', or set 'dataloader_drop_last' to false."
      )
    }
    plan = arguments.plan(batchesPerEpoch: sampler.batchCount)
    schedule = try RateSchedule(arguments, totalSteps: plan.totalSteps)
    let named = trainer.encoder.namedParameters
    parameters = named.map(\.parameter)
    for parameter in parameters { try parameter.moveToOwnMemory() }
    optimizer = try AdamW(
      groups: try ParameterGroup.groups(
        of: named, learningRate: arguments.learningRate, weightDecay: arguments.weightDecay,
        rules: try arguments.learningRateRules),
      configuration: AdamW.Configuration(
        beta1: arguments.adamBeta1, beta2: arguments.adamBeta2, epsilon: arguments.adamEpsilon))
    guard !optimizer.groups.isEmpty else {
      throw TrainingError(
        .invalidArgument, "All parameters of the model are frozen; there is nothing to train.")
    }
    dropout = DropoutStream(seed: arguments.seed)
    var state = TrainingState()
    state.totalSteps = plan.totalSteps
    state.epochCount = plan.epochCount
    control = TrainingControl(state: state, arguments: arguments)
    if arguments.bestMetric == nil, control.bestMetricKey != nil, trainer.evaluation.isEmpty {
      // Without an evaluation loss the evaluator's own main number decides; its name comes later.
      control.bestMetricKey = nil
    }
  }

  func run() throws -> TrainingSummary {
    try checkpoints.prepare()
    try TorchRandom.seed(arguments.seed)
    if let checkpoint = try startingCheckpoint() { try restore(from: checkpoint) }
    try log.open(keepingLines: state.logHistory.count)
    begin = clock.now
    try emit(.begin)
    for warning in trainer.warnings { try emit(.warning(warning)) }
    if arguments.evaluatesOnStart, state.step == 0 { try evaluate() }
    while state.step < plan.totalSteps, !control.shouldStop {
      if arguments.maximumSteps == nil, state.epochIndex >= plan.epochCount { break }
      try trainEpoch()
    }
    return try finish()
  }

  private func startingCheckpoint() throws -> URL? {
    switch start {
    case .fresh: nil
    case .lastCheckpoint: try checkpoints.last()
    case .checkpoint(let path): URL(fileURLWithPath: path, isDirectory: true)
    }
  }

  /// Tells all callbacks of an event, and of warnings that came up meanwhile.
  func emit(_ event: TrainingEvent) throws {
    for callback in trainer.callbacks { try callback.receive(event, control) }
    for warning in warningBox.take() + control.takeWarnings() { try emit(.warning(warning)) }
  }

  /// How long training took so far, earlier parts of a resumed run included.
  var elapsed: Duration { .seconds(state.earlierSeconds) + begin.duration(to: clock.now) }

  private func trainEpoch() throws {
    let resumedBatchCount = state.batchesDoneInEpoch
    let loader = BatchLoader(
      source: source, sampler: sampler, epoch: state.epochIndex, limit: plan.batchesPerEpoch,
      skipping: resumedBatchCount, aheadCount: arguments.prefetchCount)
    var isComplete = state.batchesDoneInEpoch >= plan.batchesPerEpoch
    while !isComplete, state.step < plan.totalSteps, !control.shouldStop {
      var batches: [TrainingBatch] = []
      while batches.count < arguments.accumulationSteps, let batch = try loader.next() {
        batches.append(batch)
      }
      guard !batches.isEmpty else {
        isComplete = true
        break
      }
      state.batchesDoneInEpoch += batches.count
      try step(arguments.gathersAcrossAccumulation ? TrainingBatch.merged(batches) : batches)
      isComplete = state.batchesDoneInEpoch >= plan.batchesPerEpoch
      try stepActions()
      try checkCancellation()
    }
    guard state.batchesDoneInEpoch > 0 else {
      throw TrainingError(
        .invalidDataset,
        "The '\(arguments.batchSampling.rawValue)' sampler found no batch of \(arguments.trainBatchSize) rows in a whole epoch; use a smaller batch size."
      )
    }
    // A checkpoint from here on begins with the next epoch; one from before ends this one first.
    if isComplete {
      state.epochIndex += 1
      state.batchesDoneInEpoch = 0
    }
    try epochActions()
  }

  private func step(_ batches: [TrainingBatch]) throws {
    try emit(.stepBegin)
    let stepBegin = clock.now
    let share = 1 / Double(batches.count)
    let wantsStatistics = isLogging(step: state.step + 1)
    var loss = 0.0
    var last = LossReport(parts: [], total: 0)
    for batch in batches {
      last = try trainer.trainingLosses[batch.datasetIndex].run(
        batch,
        in: LossContext(
          encoder: trainer.encoder, precision: trainer.precision, dropout: dropout,
          gradientFactor: share, wantsStatistics: wantsStatistics))
      guard last.total.isFinite else { throw try diverged(batch, last, gradientNorm: nil) }
      state.sums.add(last)
      loss += last.total * share
    }
    let norm = try GradientClipping.clip(parameters, to: arguments.maximumGradientNorm)
    guard norm.isFinite else {
      throw try diverged(batches[batches.count - 1], last, gradientNorm: norm)
    }
    let factor = schedule.factor(step: state.step)
    try optimizer.step(factor: factor)
    try optimizer.clearGradients()
    state.step += 1
    state.epoch =
      Double(state.epochIndex) + Double(state.batchesDoneInEpoch) / Double(plan.batchesPerEpoch)
    state.sums.stepCount += 1
    state.sums.loss += loss
    state.totalLoss += loss
    let rowCount = batches.reduce(0) { $0 + $1.rowCount }
    state.rowCount += rowCount
    let report = StepReport(
      loss: loss, gradientNorm: norm, learningRate: optimizer.groups[0].learningRate * factor,
      batch: last, rowCount: rowCount, tokenCount: batches.reduce(0) { $0 + $1.tokenCount },
      duration: stepBegin.duration(to: clock.now))
    lastStep = report
    try emit(.stepEnd(report))
  }

  /// Whether a line is logged after a step, as far as that is known before it.
  private func isLogging(step: Int) -> Bool {
    if step == 1, arguments.logsFirstStep { return true }
    guard arguments.loggingStrategy == .steps else { return false }
    return step % max(1, arguments.loggingSteps.count(ofTotal: plan.totalSteps)) == 0
  }

  /// Logs, evaluates and saves after a step, as far as each is due.
  private func stepActions() throws {
    let isLast = state.step >= plan.totalSteps
    if isLogging(step: state.step) { control.shouldLog = true }
    if arguments.evaluationStrategy == .steps,
      isLast
        || state.step % max(1, arguments.evaluationInterval.count(ofTotal: plan.totalSteps)) == 0,
      Double(state.step) >= arguments.evaluationDelay
    {
      control.shouldEvaluate = true
    }
    if arguments.saveStrategy == .steps,
      isLast || state.step % max(1, arguments.saveSteps.count(ofTotal: plan.totalSteps)) == 0
    {
      control.shouldSave = true
    }
    try performActions()
  }

  /// Logs, evaluates and saves at the end of an epoch, as far as each is due.
  private func epochActions() throws {
    if arguments.loggingStrategy == .epoch { control.shouldLog = true }
    if arguments.evaluationStrategy == .epoch, state.epoch >= arguments.evaluationDelay {
      control.shouldEvaluate = true
    }
    if arguments.saveStrategy == .epoch { control.shouldSave = true }
    try performActions()
    try checkCancellation()
  }

  private func performActions() throws {
    if control.shouldLog { try logStep() }
    if control.shouldEvaluate {
      let isBest = try evaluate()
      if isBest, arguments.saveStrategy == .best { control.shouldSave = true }
    }
    if control.shouldSave { try save() }
    control.shouldLog = false
    control.shouldEvaluate = false
    control.shouldSave = false
  }

  private func checkCancellation() throws {
    guard Task.isCancelled || trainer.cancellation?.isCancelled == true else { return }
    if lastSavedStep != state.step { try save() }
    let checkpoint = checkpoints.url(step: state.step)
    throw TrainingError(
      .cancelled,
      "Training was cancelled after step \(state.step) of \(plan.totalSteps). The checkpoint \(checkpoint.lastPathComponent) was written; resume from it.",
      at: FileLocation(path: checkpoint.path))
  }

  private func logStep() throws {
    guard let lastStep, state.sums.stepCount > 0 else { return }
    var line = JSONObject()
    line["loss"] = .number(state.sums.loss / Double(state.sums.stepCount))
    line["grad_norm"] = .number(lastStep.gradientNorm)
    line["learning_rate"] = .number(lastStep.learningRate)
    for (name, value) in state.sums.meanParts() { line[name] = value }
    state.sums = LossSums()
    try write(line)
  }

  /// Writes a line to the log and to the history.
  func write(_ line: JSONObject) throws {
    var line = line
    line["epoch"] = .number(state.epoch)
    line["step"] = .integer(Int64(state.step))
    state.logHistory.append(line)
    control.extraLogValues = JSONObject()
    try emit(.willLog)
    var shown = line
    for (key, value) in control.extraLogValues.members { shown[key] = value }
    try log.append(shown)
    try emit(.log(shown))
  }

  private func finish() throws -> TrainingSummary {
    if arguments.evaluationStrategy == .steps, lastEvaluatedStep != state.step { try evaluate() }
    if arguments.saveStrategy == .steps, lastSavedStep != state.step { try save() }
    let loaded = try loadBestModel()
    let duration = elapsed
    let seconds = max(duration / .seconds(1), 1e-9)
    let meanLoss = state.totalLoss / Double(max(1, state.step))
    try write([
      ("train_runtime", .number(seconds)),
      ("train_samples_per_second", .number(Double(state.rowCount) / seconds)),
      ("train_steps_per_second", .number(Double(state.step) / seconds)),
      ("train_loss", .number(meanLoss)),
    ])
    let summary = TrainingSummary(
      stepCount: state.step, epoch: state.epoch, meanLoss: meanLoss, duration: duration,
      rowCount: state.rowCount, bestMetric: state.bestMetric, loadedCheckpoint: loaded)
    try emit(.end(summary))
    return summary
  }

  private func write(_ members: [(String, JSONValue)]) throws { try write(JSONObject(members)) }

  /// Takes over the best checkpoint's parameters when the arguments ask for it.
  private func loadBestModel() throws -> URL? {
    guard arguments.loadsBestModelAtEnd, let name = state.bestCheckpoint else { return nil }
    let url = folder.appendingPathComponent(name)
    try trainer.encoder.restoreParameters(from: url)
    try checkpoints.rotate(limit: arguments.saveLimit, keeping: [name], isFinal: true)
    return url
  }

  /// Saves the batch at which the loss or the gradients stopped being numbers.
  private func diverged(
    _ batch: TrainingBatch, _ report: LossReport, gradientNorm: Double?
  ) throws -> TrainingError {
    let file = DivergenceFile(
      folder: folder, step: state.step + 1, batch: batch, report: report,
      gradientNorm: gradientNorm, dataset: trainer.training[batch.datasetIndex])
    try file.write()
    let last = state.step == 0 ? "" : " The last checkpoint is intact."
    return TrainingError(
      .diverged,
      "\(gradientNorm == nil ? "The loss" : "The gradient") of step \(state.step + 1) is \(gradientNorm ?? report.total), no finite number. Its batch was saved for inspection.\(last) Try a lower learning rate, a longer warm-up, or float32.",
      at: FileLocation(path: file.url.path))
  }
}

/// Collects warnings of samplers, which may come from anywhere.
private final class WarningBox: Sendable {
  private let warnings = Mutex<[String]>([])

  func add(_ warning: String) { warnings.withLock { $0.append(warning) } }

  func take() -> [String] {
    warnings.withLock { warnings in
      defer { warnings = [] }
      return warnings
    }
  }
}
