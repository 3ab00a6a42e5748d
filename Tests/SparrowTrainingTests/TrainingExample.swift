import Foundation
import SparrowCore
import SparrowData
import SparrowTraining

/// A small run of a stub encoder.
struct TrainingExample {
  var arguments: TrainingArguments
  var encoder: StubEncoder
  var loss: any TrainingLoss

  init(folder: URL, rowCount: Int = 22) throws {
    arguments = TrainingArguments()
    arguments.outputFolder = folder.path
    arguments.trainBatchSize = 4
    arguments.accumulationSteps = 2
    arguments.epochCount = 2
    arguments.learningRate = 0.05
    arguments.warmup = .share(0.2)
    arguments.loggingSteps = .steps(2)
    arguments.saveStrategy = .never
    dataset = try Self.pairs(rowCount)
    encoder = try StubEncoder()
    loss = try SpladeLoss(
      SparseMultipleNegativesRankingLoss(), documentRegularizerWeight: 0.02,
      queryRegularizerWeight: 0.03)
  }

  var dataset: TrainingDataset

  static func pairs(_ rowCount: Int, name: String? = nil) throws -> TrainingDataset {
    let words = ["red", "blue", "cat", "dog", "tree", "river", "stone", "bird", "lamp", "road"]
    func text(_ row: Int, _ salt: Int) -> DatasetValue {
      .string(
        (0..<5).map { words[(row * 7 + $0 * (salt + row % 3)) % words.count] + "\(row % 4)" }
          .joined(separator: " "))
    }
    return TrainingDataset(
      try Dataset(columns: [
        ("query", (0..<rowCount).map { text($0, 1) }),
        ("document", (0..<rowCount).map { text($0, 3) }),
      ]), name: name)
  }

  func trainer(
    evaluation: [TrainingDataset] = [], evaluator: TrainingEvaluator? = nil,
    callbacks: [any TrainingCallback] = [], cancellation: TrainingCancellation? = nil
  ) throws -> Trainer {
    try Trainer(
      encoder, arguments: arguments, training: [dataset], evaluation: evaluation,
      loss: .one(loss), evaluator: evaluator, callbacks: callbacks, cancellation: cancellation)
  }
}
