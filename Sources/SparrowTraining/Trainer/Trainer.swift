import SparrowCore
import SparrowData
import SparrowModelFiles
import SparrowModels
import SparrowNN
import SparrowTensor

/// Trains an encoder: batches through the loss, AdamW, logs, evaluations, checkpoints.
///
/// A run with the same arguments, data and number of threads repeats bit for bit on the processor,
/// and so does one that was killed at any moment and resumed from its last checkpoint.
///
/// ```swift
/// let encoder = try SparseEncoder(folder: modelFolder)
/// let loss = try SpladeLoss(
///   SparseMultipleNegativesRankingLoss(), documentRegularizerWeight: 3e-5,
///   queryRegularizerWeight: 5e-5)
/// var arguments = TrainingArguments()
/// arguments.outputFolder = "my-model"
/// arguments.batchSampling = .noDuplicates
/// let trainer = try Trainer(
///   encoder, arguments: arguments, training: [TrainingDataset(pairs)], loss: .one(loss))
/// let summary = try trainer.train()
/// try encoder.save(to: URL(fileURLWithPath: "my-model/final"))
/// ```
public final class Trainer {
  /// Where a run begins.
  public enum Start: Sendable, Hashable {
    /// With the encoder as it is.
    case fresh
    /// From the last checkpoint in the output folder.
    case lastCheckpoint
    /// From a checkpoint's folder.
    case checkpoint(path: String)
  }

  let encoder: any TrainableEncoder
  let arguments: TrainingArguments
  let training: [TrainingDataset]
  let evaluation: [TrainingDataset]
  let trainingLosses: [any TrainingLoss]
  let evaluationLosses: [any TrainingLoss]
  let evaluator: TrainingEvaluator?
  let callbacks: [any TrainingCallback]
  let cancellation: TrainingCancellation?
  let precision: ComputePrecision
  /// How far the last run came, and how long it took.
  private(set) var lastState: TrainingState?
  private(set) var lastDuration: Duration?
  /// Watches the run for what commonly goes wrong.
  public let advisor: TrainingAdvisor
  /// What looked wrong in the data without being an error, in full sentences.
  public let warnings: [String]

  /// Checks arguments and data, and prepares a run.
  ///
  /// - Parameters:
  ///   - encoder: the model; its parameters change in place, and its similarity becomes cosine with
  ///     losses that compare by it.
  ///   - arguments: everything else that is set.
  ///   - training: one dataset, or several with different names.
  ///   - evaluation: datasets of which the loss is computed at evaluations; may be empty.
  ///   - loss: one loss, or one for each dataset.
  ///   - regularizerSchedule: how the weights of ``SpladeLoss`` rise; nil keeps them constant.
  ///   - evaluator: measures the model at evaluations.
  ///   - callbacks: take part, after those that the arguments ask for.
  ///   - cancellation: ends the run from another thread.
  /// - Throws: ``TrainingError`` saying what contradicts what, or what a loss needs and what the
  ///   dataset has; `DataError` and `ModuleError` for rows and names.
  public init(
    _ encoder: any TrainableEncoder, arguments: TrainingArguments, training: [TrainingDataset],
    evaluation: [TrainingDataset] = [], loss: TrainingLosses,
    regularizerSchedule: RegularizerWeightSchedule? = .standard,
    evaluator: TrainingEvaluator? = nil, callbacks: [any TrainingCallback] = [],
    cancellation: TrainingCancellation? = nil
  ) throws {
    try arguments.validate(hasEvaluationData: !evaluation.isEmpty, hasEvaluator: evaluator != nil)
    guard !training.isEmpty else {
      throw TrainingError(.invalidDataset, "Training needs at least one dataset; there is none.")
    }
    try Self.checkNames(training)
    try Self.checkNames(evaluation)
    trainingLosses = try loss.losses(of: training)
    evaluationLosses = try loss.losses(of: evaluation)
    if !encoder.routeNames.isEmpty, arguments.routerMapping.isEmpty {
      throw TrainingError(
        .invalidArgument,
        "The model has the routes \(encoder.routeNames.map { "'\($0)'" }.joined(separator: ", ")) and 'router_mapping' is empty. Say which column takes which, for example {\"\(training[0].dataset.inputColumns.first ?? "query")\": \"\(encoder.routeNames[0])\"}."
      )
    }
    var warnings: [String] = []
    for (dataset, loss) in zip(training + evaluation, trainingLosses + evaluationLosses) {
      warnings += try DatasetCheck(
        dataset, lossName: loss.name, requirement: loss.requirement,
        dimension: (encoder as? any SparseEncoding)?.dimension
      ).warnings
    }
    self.warnings = warnings
    precision = try Self.computePrecision(arguments.precision)
    let bases = loss.all.compactMap { ($0 as? any WrappingLoss)?.base }
    if let similarity = bases.lazy.compactMap(\.impliedSimilarity).first {
      (encoder as? SparseEncoder)?.settings.similarity = similarity
    }
    self.encoder = encoder
    self.arguments = arguments
    self.training = training
    self.evaluation = evaluation
    self.evaluator = evaluator
    self.cancellation = cancellation
    var all: [any TrainingCallback] = []
    if let regularizerSchedule {
      let losses = loss.all.compactMap { $0 as? any RegularizedLoss }
      if !losses.isEmpty {
        all.append(RegularizerWeightCallback(losses, schedule: regularizerSchedule))
      }
    }
    if let patience = arguments.earlyStoppingPatience {
      all.append(
        EarlyStopping(patience: patience, threshold: arguments.earlyStoppingThreshold))
    }
    let terms = encoder as? any SparseEncoding
    advisor = TrainingAdvisor(datasets: training, losses: trainingLosses) { index in
      terms?.term(TokenID(index))
    }
    all.append(advisor)
    if arguments.reportTargets.contains("tensorboard") { all.append(TensorBoardCallback()) }
    if arguments.reportTargets.contains("report"), let terms {
      let rowCount = training.reduce(0) { $0 + $1.dataset.rowCount }
      let names = loss.all.map { ($0 as? any WrappingLoss)?.base.name ?? $0.name }
      all.append(
        RunReport(
          encoder: terms, samples: RunReport.Samples(training[0].dataset), advisor: advisor,
          subtitle: "\(rowCount) rows, \(names.joined(separator: ", "))"))
    }
    self.callbacks = all + callbacks
  }

  /// Trains the encoder.
  ///
  /// - Throws: ``TrainingError/Code/cancelled`` after a checkpoint was written;
  ///   ``TrainingError/Code/diverged`` when the loss is no longer a number, with the batch saved;
  ///   errors of files, data and tensors. The last complete checkpoint can always be resumed.
  @discardableResult
  public func train(_ start: Start = .fresh) throws -> TrainingSummary {
    let run = try TrainingRun(self, start)
    defer { note(run.state, duration: run.elapsed) }
    return try run.run()
  }

  /// Keeps how far the run has come, for the model card.
  func note(_ state: TrainingState, duration: Duration) {
    lastState = state
    lastDuration = duration
  }

  private static func checkNames(_ datasets: [TrainingDataset]) throws(TrainingError) {
    guard datasets.count > 1 else { return }
    let names = datasets.compactMap(\.name)
    guard names.count == datasets.count, Set(names).count == names.count else {
      throw TrainingError(
        .invalidArgument,
        "Several datasets need different names; found \(datasets.map { $0.name ?? "none" }).")
    }
  }

  /// The number format of a run.
  static func computePrecision(
    _ precision: TrainingArguments.Precision
  ) throws(TrainingError) -> ComputePrecision {
    guard let result = ComputePrecision(rawValue: precision.rawValue) else {
      throw TrainingError(
        .invalidArgument,
        "The number format '\(precision.rawValue)' is not available; there are \(ComputePrecision.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", "))."
      )
    }
    return result
  }

  /// The sampler of some datasets.
  func makeSampler(
    for datasets: [TrainingDataset], isTraining: Bool, warn: (@Sendable (String) -> Void)?
  ) throws -> any BatchSampler {
    let samplers = try datasets.map { part in
      try arguments.batchSampling.makeSampler(
        for: part.dataset,
        batchSize: isTraining ? arguments.trainBatchSize : arguments.evaluationBatchSize,
        dropsLast: arguments.dropsLastBatch, seed: arguments.seed, dataSeed: arguments.dataSeed,
        warn: warn)
    }
    if samplers.count == 1 { return samplers[0] }
    return try MultiDatasetBatchSampler(
      samplers, sampling: arguments.multiDatasetSampling, seed: arguments.seed)
  }
}
