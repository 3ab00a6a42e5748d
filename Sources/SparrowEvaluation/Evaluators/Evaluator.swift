public import Foundation
public import SparrowCore

/// Measures how good an encoder is.
///
/// Evaluators hold their texts and judgments, so that one can be called again and again during
/// training; each call may append a line to a CSV file.
public protocol Evaluator {
  /// Measures an encoder.
  ///
  /// - Throws: ``EvaluationError`` when results cannot be written or the encoder's vectors do not fit;
  ///   whatever the encoder throws; `CancellationError` when the task was cancelled.
  func evaluate(
    _ encoder: any SparseEncoding, in context: EvaluationContext
  ) throws -> EvaluationResult
}

extension Evaluator {
  /// Measures an encoder without writing files.
  public func evaluate(_ encoder: any SparseEncoding) throws -> EvaluationResult {
    try evaluate(encoder, in: EvaluationContext())
  }
}

/// When an evaluation happens and where its files go.
public struct EvaluationContext: Sendable {
  /// The folder of CSV and prediction files, made when absent; nil writes nothing.
  public var folder: URL?
  /// How much of training was done, in epochs; nil outside training (written as -1).
  public var epoch: Double?
  /// How many training steps were done; nil outside training (written as -1).
  public var steps: Int?
  /// Receives reports; nil reports nothing.
  public var progress: ProgressReporter?

  /// Makes a context; the default writes and reports nothing.
  public init(
    folder: URL? = nil, epoch: Double? = nil, steps: Int? = nil, progress: ProgressReporter? = nil
  ) {
    self.folder = folder
    self.epoch = epoch
    self.steps = steps
    self.progress = progress
  }
}
