import Foundation
public import SparrowCore

/// How far a run has come, and what it has seen.
public struct TrainingState: Sendable, Hashable {
  /// Optimiser steps done.
  public internal(set) var step = 0
  /// Epochs done, the current one as a fraction.
  public internal(set) var epoch = 0.0
  /// Optimiser steps of the whole run.
  public internal(set) var totalSteps = 0
  /// Epochs of the whole run.
  public internal(set) var epochCount = 0
  /// What was logged: losses and evaluations, each with `epoch` and `step`.
  public internal(set) var logHistory: [JSONObject] = []
  /// The best value of the metric that decides what is best, nil before the first evaluation.
  public internal(set) var bestMetric: Double?
  /// The step at which it was reached.
  public internal(set) var bestStep: Int?
  /// The name of the checkpoint folder of that step, nil when it was not saved.
  public internal(set) var bestCheckpoint: String?

  /// The position in the current epoch, in batches.
  var batchesDoneInEpoch = 0
  /// The epoch being trained, from 0.
  var epochIndex = 0
  /// What was added up since the last log line.
  var sums = LossSums()
  /// The sum of the loss over all steps.
  var totalLoss = 0.0
  /// Rows that went through training.
  var rowCount = 0
  /// Seconds that training took before this process continued it.
  var earlierSeconds = 0.0

  init() {}
}

/// Losses added up between two log lines.
struct LossSums: Sendable, Hashable {
  /// Optimiser steps since the last line.
  var stepCount = 0
  /// The sum of their losses.
  var loss = 0.0
  /// Batches since the last line.
  var batchCount = 0
  /// The sums of the parts over batches, in order of appearance.
  var parts: [LossReport.Part] = []

  mutating func add(_ report: LossReport) {
    batchCount += 1
    for part in report.parts {
      if let index = parts.firstIndex(where: { $0.name == part.name }) {
        parts[index] = .init(name: part.name, value: parts[index].value + part.value)
      } else {
        parts.append(part)
      }
    }
  }

  /// The means of the parts over batches, rounded to 4 decimals as the reference logs them.
  func meanParts(prefix: String = "") -> [(String, JSONValue)] {
    parts.map { part in
      (prefix + part.name, .number(Self.rounded(part.value / Double(max(1, batchCount)))))
    }
  }

  private static func rounded(_ value: Double) -> Double {
    Double(String(format: "%.4f", value)) ?? value
  }
}
