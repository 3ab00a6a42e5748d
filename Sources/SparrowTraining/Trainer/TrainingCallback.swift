public import Foundation
public import SparrowCore

/// Something that happens during training.
public enum TrainingEvent {
  /// Everything is ready; the first step comes next. When a run is resumed, its state is restored.
  case begin
  /// The gradients of an optimiser step are about to be computed.
  case stepBegin
  /// An optimiser step was done.
  case stepEnd(StepReport)
  /// A line is about to be logged; ``TrainingControl/extraLogValues`` go with it.
  case willLog
  /// A line was logged, with the extra values.
  case log(JSONObject)
  /// The model was evaluated; ``TrainingState/bestMetric`` is still the one before.
  case evaluation(JSONObject)
  /// A checkpoint was written.
  case checkpoint(URL)
  /// Something looks wrong; a full sentence.
  case warning(String)
  /// Training is over.
  case end(TrainingSummary)
}

/// What one optimiser step did.
public struct StepReport: Sendable, Hashable {
  /// The loss, averaged over the step's batches.
  public let loss: Double
  /// The length of the gradients before clipping.
  public let gradientNorm: Double
  /// The first group's learning rate that was used.
  public let learningRate: Double
  /// The last batch's report, with statistics of its embeddings in steps that are logged.
  public let batch: LossReport
  /// Rows of the step.
  public let rowCount: Int
  /// Tokens of the step.
  public let tokenCount: Int
  /// How long the step took.
  public let duration: Duration

  /// Makes a report.
  public init(
    loss: Double, gradientNorm: Double, learningRate: Double, batch: LossReport, rowCount: Int,
    tokenCount: Int, duration: Duration
  ) {
    self.loss = loss
    self.gradientNorm = gradientNorm
    self.learningRate = learningRate
    self.batch = batch
    self.rowCount = rowCount
    self.tokenCount = tokenCount
    self.duration = duration
  }
}

/// Takes part in training: shows it, changes it, or stops it.
///
/// ```swift
/// final class Printer: TrainingCallback {
///   func receive(_ event: TrainingEvent, _ control: TrainingControl) {
///     if case .log(let line) = event { print(JSONValue.object(line).text()) }
///   }
/// }
/// ```
public protocol TrainingCallback: AnyObject {
  /// Called at every event, callback after callback; an error ends the run.
  func receive(_ event: TrainingEvent, _ control: TrainingControl) throws
  /// What is saved with checkpoints, under the type's name; null saves nothing.
  var savedState: JSONValue { get }
  /// Continues from what ``savedState`` was when the checkpoint was written.
  func restore(_ savedState: JSONValue) throws
}

extension TrainingCallback {
  /// Nothing.
  public var savedState: JSONValue { .null }
  /// Restores nothing.
  public func restore(_ savedState: JSONValue) {}
}

/// Through which callbacks see the run and ask for things.
public final class TrainingControl {
  /// How far the run has come.
  public internal(set) var state: TrainingState
  /// The arguments of the run.
  public let arguments: TrainingArguments
  /// The metric that decides what is best, with `eval_` before it; nil when nothing is decided.
  public internal(set) var bestMetricKey: String?
  /// Whether a greater value of that metric is better.
  public internal(set) var prefersGreaterMetric: Bool
  /// Ends training after this step; a checkpoint is not written for that.
  public var shouldStop = false
  /// Logs a line after this step.
  public var shouldLog = false
  /// Evaluates after this step.
  public var shouldEvaluate = false
  /// Writes a checkpoint after this step.
  public var shouldSave = false
  /// Values that go with the line being logged, but not into the history of `trainer_state.json`.
  public var extraLogValues = JSONObject()

  private var warnings: [String] = []

  /// Tells all callbacks, in a full sentence, of something that looks wrong.
  public func warn(_ message: String) { warnings.append(message) }

  /// The warnings since the last call.
  func takeWarnings() -> [String] {
    defer { warnings = [] }
    return warnings
  }

  init(state: TrainingState, arguments: TrainingArguments) {
    self.state = state
    self.arguments = arguments
    bestMetricKey = arguments.bestMetricKey
    prefersGreaterMetric = arguments.prefersGreaterMetric
  }
}

/// What a run came to.
public struct TrainingSummary: Sendable, Hashable {
  /// Optimiser steps done.
  public let stepCount: Int
  /// Epochs done, the last as a fraction.
  public let epoch: Double
  /// The mean loss over all steps.
  public let meanLoss: Double
  /// How long training took, evaluation and saving included, earlier parts of a resumed run too.
  public let duration: Duration
  /// Rows that went through training.
  public let rowCount: Int
  /// The best value of the metric that decides what is best.
  public let bestMetric: Double?
  /// The checkpoint that the encoder's parameters were taken from at the end, if any.
  public let loadedCheckpoint: URL?
}
