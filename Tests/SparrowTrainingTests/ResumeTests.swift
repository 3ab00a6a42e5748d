import Foundation
import SparrowCore
import SparrowModels
import SparrowNN
import SparrowTensor
import SparrowTestSupport
import SparrowTraining
import Testing

@Suite(.serialized) struct ResumeTests {
  private struct Killed: Error {}

  private func example(_ folder: URL) throws -> TrainingExample {
    var example = try TrainingExample(folder: folder)
    example.arguments.epochCount = 3
    example.arguments.loggingSteps = .steps(3)
    example.arguments.saveStrategy = .steps
    example.arguments.saveSteps = .steps(2)
    example.arguments.evaluationStrategy = .epoch
    return example
  }

  private func evaluator(_ example: TrainingExample) -> TrainingEvaluator {
    let encoder = example.encoder
    return { _ in
      let sum = try encoder.values().reduce(0, +)
      return TrainingMetrics(JSONObject([("sum", .number(Double(sum)))]))
    }
  }

  /// Log lines without what depends on the clock.
  private func comparable(_ folder: URL) throws -> [String] {
    let url = folder.appendingPathComponent("training_log.jsonl")
    return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map { line in
      var object = try JSONValue(parsing: Array(line.utf8)).object ?? JSONObject()
      for key in ["train_runtime", "train_samples_per_second", "train_steps_per_second"] {
        object[key] = nil
      }
      return JSONValue.object(object).text()
    }
  }

  @Test func `a run that was killed anywhere continues bit for bit`() throws {
    try Fixtures.withTemporaryFolder { root in
      let whole = root.appendingPathComponent("whole")
      let reference = try example(whole)
      try reference.trainer(evaluator: evaluator(reference)).train()
      let expected = try reference.encoder.values()
      let expectedLines = try comparable(whole)
      for killedAt in 3...9 {
        let folder = root.appendingPathComponent("killed-\(killedAt)")
        let first = try example(folder)
        let recorder = EventRecorder { control in
          if control.state.step == killedAt { throw Killed() }
        }
        #expect(throws: Killed.self) {
          try first.trainer(evaluator: evaluator(first), callbacks: [recorder]).train()
        }
        let second = try example(folder)
        // Other weights: everything must come from the checkpoint.
        var resumed = second
        resumed.encoder = try StubEncoder(seed: 99)
        let summary = try resumed.trainer(evaluator: evaluator(resumed)).train(.lastCheckpoint)
        #expect(try resumed.encoder.values() == expected, "killed at \(killedAt)")
        #expect(try comparable(folder) == expectedLines, "killed at \(killedAt)")
        #expect(summary.stepCount == 9)
      }
    }
  }

  @Test(arguments: [TrainingArguments.Precision.float32, .bfloat16])
  func `a real model with dropout continues bit for bit`(
    precision: TrainingArguments.Precision
  ) throws {
    guard let model = Fixtures.model("splade-tiny") else {
      Fixtures.skip("ResumeTests", because: "no model splade-tiny; `make setup` fetches it")
      return
    }
    func run(
      _ folder: URL, from start: Trainer.Start, killedAt: Int? = nil
    ) throws -> (values: [[Float]], losses: [Double]) {
      var example = try TrainingExample(folder: folder)
      example.arguments.learningRate = 1e-4
      example.arguments.precision = precision
      example.arguments.saveStrategy = .steps
      example.arguments.saveSteps = .steps(2)
      let encoder = try SparseEncoder(folder: model)
      let recorder = EventRecorder { control in
        if control.state.step == killedAt { throw Killed() }
      }
      let trainer = try Trainer(
        encoder, arguments: example.arguments, training: [example.dataset],
        loss: .one(example.loss), callbacks: [recorder])
      if killedAt == nil {
        try trainer.train(start)
      } else {
        #expect(throws: Killed.self) { try trainer.train(start) }
      }
      return (try encoder.parameters.map { try $0.tensor.values() }, recorder.steps.map(\.loss))
    }
    try Fixtures.withTemporaryFolder { root in
      let whole = try run(root.appendingPathComponent("whole"), from: .fresh)
      let folder = root.appendingPathComponent("killed")
      let killed = try run(folder, from: .fresh, killedAt: 3)
      let resumed = try run(folder, from: .lastCheckpoint)
      #expect(killed.losses == Array(whole.losses.prefix(3)))
      #expect(resumed.losses == Array(whole.losses.dropFirst(2)))
      #expect(resumed.values == whole.values)
    }
  }

  @Test func `resuming a finished run changes nothing`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let first = try example(folder)
      try first.trainer(evaluator: evaluator(first)).train()
      var second = try example(folder)
      second.encoder = try StubEncoder(seed: 99)
      let summary = try second.trainer(evaluator: evaluator(second)).train(.lastCheckpoint)
      #expect(summary.stepCount == 9)
      #expect(try second.encoder.values() == first.encoder.values())
    }
  }

  @Test func `early stopping goes on counting`() throws {
    try Fixtures.withTemporaryFolder { folder in
      var first = try example(folder)
      first.arguments.saveStrategy = .epoch
      first.arguments.earlyStoppingPatience = 2
      first.arguments.bestMetric = "ndcg"
      first.arguments.epochCount = 10
      var scores = [0.5, 0.4, 0.3, 0.6]
      let evaluator: TrainingEvaluator = { _ in
        TrainingMetrics(JSONObject([("ndcg", .number(scores.removeFirst()))]))
      }
      let recorder = EventRecorder { control in
        if control.state.step == 8 { throw Killed() }
      }
      #expect(throws: Killed.self) {
        try first.trainer(evaluator: evaluator, callbacks: [recorder]).train()
      }
      let summary = try first.trainer(evaluator: evaluator).train(.lastCheckpoint)
      #expect(summary.stepCount == 9)
      #expect(scores == [0.6])
    }
  }

  @Test func `a checkpoint that could not be written leaves the older ones`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let first = try example(folder)
      first.encoder.beforeSaving = {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        if names.contains("checkpoint-4") {
          throw CoreError(.inputOutput, "No space left on device")
        }
      }
      #expect { try first.trainer(evaluator: evaluator(first)).train() } throws: {
        "\($0)".contains("No space left on device")
      }
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(
        names.filter { $0.contains("checkpoint") }.sorted() == ["checkpoint-2", "checkpoint-4"])
      first.encoder.beforeSaving = {}
      let summary = try first.trainer(evaluator: evaluator(first)).train(.lastCheckpoint)
      #expect(summary.stepCount == 9)
    }
  }

  @Test func `half-written folders of a killed process are removed`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let stale = folder.appendingPathComponent(".sparrow-checkpoint-7-ABC")
      try FileManager.default.createDirectory(at: stale, withIntermediateDirectories: true)
      let other = folder.appendingPathComponent("notes")
      try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
      let run = try example(folder)
      try run.trainer(evaluator: evaluator(run)).train()
      #expect(!FileManager.default.fileExists(atPath: stale.path))
      #expect(FileManager.default.fileExists(atPath: other.path))
    }
  }

  @Test func `what would change the order of rows is refused`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let first = try example(folder)
      try first.trainer(evaluator: evaluator(first)).train()
      var second = first
      second.arguments.trainBatchSize = 8
      #expect { try second.trainer(evaluator: evaluator(second)).train(.lastCheckpoint) } throws: {
        "\($0)".contains("per_device_train_batch_size = 4")
      }
      var third = first
      third.dataset = try TrainingExample.pairs(23)
      #expect { try third.trainer(evaluator: evaluator(third)).train(.lastCheckpoint) } throws: {
        "\($0)".contains("not the data")
      }
      third.arguments.ignoresDataSkip = true
      third.arguments.epochCount = 4
      let summary = try third.trainer(evaluator: evaluator(third)).train(.lastCheckpoint)
      #expect(summary.stepCount == 12)
    }
  }

  @Test func `a folder without checkpoints, or with half of one, is refused`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let run = try example(folder)
      let trainer = try run.trainer(evaluator: evaluator(run))
      #expect { try trainer.train(.lastCheckpoint) } throws: { error in
        (error as? TrainingError)?.code == .missingCheckpoint
      }
      #expect { try trainer.train(.checkpoint(path: folder.path + "/checkpoint-9")) } throws: {
        ($0 as? TrainingError)?.code == .missingCheckpoint
      }
      try trainer.train()
      let checkpoint = folder.appendingPathComponent("checkpoint-2")
      try FileManager.default.removeItem(
        at: checkpoint.appendingPathComponent("optimizer.safetensors"))
      #expect { try trainer.train(.checkpoint(path: checkpoint.path)) } throws: {
        "\($0)".contains("no optimizer.safetensors")
      }
      let broken = folder.appendingPathComponent("checkpoint-4")
      try Data("{\"format\": 1}".utf8).write(
        to: broken.appendingPathComponent("training_progress.json"))
      #expect { try trainer.train(.checkpoint(path: broken.path)) } throws: {
        "\($0)".contains("training_progress.json")
      }
    }
  }

  @Test func `the state file has the reference's keys`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let run = try example(folder)
      try run.trainer(evaluator: evaluator(run)).train()
      let state = try JSONValue(
        contentsOf: folder.appendingPathComponent("checkpoint-4/trainer_state.json"))
      #expect(
        state.object?.keys == [
          "best_global_step", "best_metric", "best_model_checkpoint", "epoch", "eval_steps",
          "global_step", "is_hyper_param_search", "is_local_process_zero",
          "is_world_process_zero", "log_history", "logging_steps", "max_steps",
          "num_input_tokens_seen", "num_train_epochs", "save_steps", "stateful_callbacks",
          "total_flos", "train_batch_size", "trial_name", "trial_params",
        ])
      #expect(state["global_step"]?.int == 4)
      let lines = try #require(state["log_history"]?.array)
      #expect(lines.compactMap { $0["step"]?.int } == [3, 3])
      #expect(lines.allSatisfy { $0["document_regularizer_weight"] == nil })
    }
  }
}
