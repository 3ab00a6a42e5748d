import Foundation
import SparrowCore
import SparrowData
import SparrowEvaluation
import SparrowNN
import SparrowTensor
import SparrowTestSupport
import SparrowTraining
import Testing

@Suite(.serialized) struct TrainerTests {
  private func inFolder(_ body: (TrainingExample) throws -> Void) throws {
    try Fixtures.withTemporaryFolder { try body(TrainingExample(folder: $0)) }
  }

  private func checkpointNames(_ example: TrainingExample) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: example.arguments.outputFolder)
      .filter { $0.contains("checkpoint") }.sorted()
  }

  @Test func `a run repeats bit for bit`() throws {
    try inFolder { example in
      var results: [[Float]] = []
      for prefetchCount in [2, 0, 5] {
        var example = example
        example.encoder = try StubEncoder()
        example.arguments.prefetchCount = prefetchCount
        try example.trainer().train()
        results.append(try example.encoder.values())
      }
      #expect(results[0] == results[1])
      #expect(results[0] == results[2])
      #expect(try results[0] != StubEncoder().values())
    }
  }

  @Test func `training makes the loss smaller`() throws {
    try inFolder { example in
      var example = example
      example.arguments.epochCount = 20
      let recorder = EventRecorder()
      let summary = try example.trainer(callbacks: [recorder]).train()
      #expect(summary.stepCount == 60)
      #expect(recorder.steps.suffix(5).map(\.loss).reduce(0, +) < 5 * recorder.steps[0].loss * 0.8)
    }
  }

  @Test func `log lines have the reference's keys and are kept in a file`() throws {
    try inFolder { example in
      let recorder = EventRecorder()
      try example.trainer(callbacks: [recorder]).train()
      // 22 rows make 6 batches, 3 steps an epoch, the last of each epoch with 2 batches.
      #expect(recorder.steps.count == 6)
      #expect(recorder.lines.count == 4)
      #expect(
        recorder.lines[0].keys == [
          "loss", "grad_norm", "learning_rate", "base_loss", "document_regularizer_loss",
          "query_regularizer_loss", "epoch", "step", "document_regularizer_weight",
          "query_regularizer_weight",
        ])
      #expect(recorder.lines.map { $0["step"]?.int } == [2, 4, 6, 6])
      #expect(abs((recorder.lines[1]["epoch"]?.double ?? 0) - (1 + 2.0 / 6)) < 1e-12)
      let means = (0..<3).map {
        (recorder.steps[2 * $0].loss + recorder.steps[2 * $0 + 1].loss) / 2
      }
      let difference = compare(
        recorder.lines.prefix(3).compactMap { $0["loss"]?.double }, with: means, relative: 1e-12)
      #expect(difference.isWithinTolerance, "\(difference)")
      #expect(recorder.lines[3]["train_loss"]?.double == recorder.summary?.meanLoss)
      let file = URL(fileURLWithPath: example.arguments.outputFolder)
        .appendingPathComponent("training_log.jsonl")
      let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      #expect(lines.count == 4)
      #expect(lines[0] == JSONValue.object(recorder.lines[0]).text()[...])
      let rounded = try #require(recorder.lines[0]["base_loss"]?.double)
      #expect((rounded * 10_000).rounded() / 10_000 == rounded)
    }
  }

  @Test func `steps that are logged count active dimensions`() throws {
    try inFolder { example in
      let recorder = EventRecorder()
      try example.trainer(callbacks: [recorder]).train()
      #expect(
        recorder.steps.map { $0.batch.columns.isEmpty } == [true, false, true, false, true, false])
      let statistics = recorder.steps[1].batch.columns
      #expect(statistics.count == 2)
      #expect(statistics.allSatisfy { $0.activeDimensions > 0 && $0.activeDimensions < 24 })
    }
  }

  @Test func `gathering across accumulation equals a larger batch`() throws {
    try inFolder { example in
      var example = example
      example.encoder.dropoutProbability = 0
      example.arguments.gathersAcrossAccumulation = true
      let recorder = EventRecorder()
      try example.trainer(callbacks: [recorder]).train()
      var large = try TrainingExample(
        folder: URL(fileURLWithPath: example.arguments.outputFolder))
      large.encoder.dropoutProbability = 0
      large.arguments.trainBatchSize = 8
      large.arguments.accumulationSteps = 1
      let largeRecorder = EventRecorder()
      try large.trainer(callbacks: [largeRecorder]).train()
      #expect(try example.encoder.values() == large.encoder.values())
      #expect(recorder.steps.map(\.loss) == largeRecorder.steps.map(\.loss))
    }
  }

  @Test func `epochs repeat until a number of steps is reached`() throws {
    try inFolder { example in
      var example = example
      example.arguments.maximumSteps = 8
      let recorder = EventRecorder()
      let summary = try example.trainer(callbacks: [recorder]).train()
      #expect(summary.stepCount == 8)
      #expect(abs(summary.epoch - (2 + 4.0 / 6)) < 1e-12)
      #expect(recorder.stateAtBegin?.totalSteps == 8)
      #expect(recorder.stateAtBegin?.epochCount == 3)
    }
  }

  @Test func `a fraction of an epoch ends early`() throws {
    try inFolder { example in
      var example = example
      example.arguments.epochCount = 0.5
      let summary = try example.trainer().train()
      #expect(summary.stepCount == 2)
    }
  }

  @Test func `regulariser weights rise and stay`() throws {
    try inFolder { example in
      var example = example
      example.arguments.loggingSteps = .steps(1)
      let recorder = EventRecorder()
      try example.trainer(callbacks: [recorder]).train()
      let weights = recorder.lines.prefix(6).compactMap {
        $0["document_regularizer_weight"]?.double
      }
      let difference = compare(
        weights, with: [0, 0.02 / 4, 0.02, 0.02, 0.02, 0.02], absolute: 1e-12)
      #expect(difference.isWithinTolerance, "\(difference)")
    }
  }

  @Test func `evaluations come when they are due and decide what is best`() throws {
    try inFolder { example in
      var example = example
      example.arguments.evaluationStrategy = .steps
      example.arguments.evaluationSteps = .steps(2)
      example.arguments.saveStrategy = .steps
      example.arguments.saveSteps = .steps(2)
      example.arguments.loadsBestModelAtEnd = true
      example.arguments.bestMetric = "toy_ndcg"
      let scores = [0.3, 0.5, 0.4]
      var evaluationCount = 0
      var valuesAtBest: [Float] = []
      let encoder = example.encoder
      let recorder = EventRecorder()
      let summary = try example.trainer(
        evaluation: [TrainingExample.pairs(6)],
        evaluator: { context in
          defer { evaluationCount += 1 }
          #expect(context.steps == 2 * (evaluationCount + 1))
          #expect(context.folder?.lastPathComponent == "eval")
          if evaluationCount == 1 { valuesAtBest = try encoder.values() }
          return TrainingMetrics(JSONObject([("toy_ndcg", .number(scores[evaluationCount]))]))
        }, callbacks: [recorder]
      ).train()
      #expect(evaluationCount == 3)
      #expect(summary.bestMetric == 0.5)
      #expect(summary.loadedCheckpoint?.lastPathComponent == "checkpoint-4")
      #expect(try encoder.values() == valuesAtBest)
      #expect(
        recorder.evaluations[0].keys == [
          "eval_loss", "eval_runtime", "eval_samples_per_second", "eval_steps_per_second",
          "eval_toy_ndcg",
        ])
      let line = try #require(recorder.lines.first { $0["eval_loss"] != nil })
      #expect(line["eval_base_loss"] != nil)
      #expect(line["step"]?.int == 2)
      #expect(recorder.checkpoints == ["checkpoint-2", "checkpoint-4", "checkpoint-6"])
    }
  }

  @Test func `the evaluator's main number decides when there is no evaluation loss`() throws {
    try inFolder { example in
      var example = example
      example.arguments.evaluationStrategy = .epoch
      example.arguments.saveStrategy = .best
      var score = 0.5
      let recorder = EventRecorder()
      try example.trainer(
        evaluator: { _ in
          score -= 0.1
          return TrainingMetrics(JSONObject([("ndcg", .number(score))]), primaryKey: "ndcg")
        }, callbacks: [recorder]
      ).train()
      #expect(recorder.checkpoints == ["checkpoint-3"])
    }
  }

  @Test func `a metric that nobody gave is an error with its neighbours`() throws {
    try inFolder { example in
      var example = example
      example.arguments.evaluationStrategy = .epoch
      example.arguments.saveStrategy = .best
      example.arguments.bestMetric = "ndgc"
      let trainer = try example.trainer(evaluator: { _ in
        TrainingMetrics(JSONObject([("ndcg", 0.5)]))
      })
      #expect { try trainer.train() } throws: { "\($0)".contains("Did you mean 'eval_ndcg'?") }
    }
  }

  @Test func `training stops early when evaluations do not get better`() throws {
    try inFolder { example in
      var example = example
      example.arguments.epochCount = 10
      example.arguments.evaluationStrategy = .epoch
      example.arguments.earlyStoppingPatience = 2
      example.arguments.bestMetric = "ndcg"
      let scores = [0.1, 0.3, 0.2, 0.3, 0.9]
      var evaluationCount = 0
      let summary = try example.trainer(evaluator: { _ in
        defer { evaluationCount += 1 }
        return TrainingMetrics(JSONObject([("ndcg", .number(scores[evaluationCount]))]))
      }).train()
      #expect(evaluationCount == 4)
      #expect(summary.stepCount == 12)
    }
  }

  @Test func `a plateau of evaluations lowers the learning rate, also after resuming`() throws {
    try inFolder { example in
      var example = example
      example.arguments.epochCount = 5
      example.arguments.scheduleName = "reduce_lr_on_plateau"
      example.arguments.scheduleOptions = JSONObject([("patience", 0), ("factor", 0.5)])
      example.arguments.evaluationStrategy = .epoch
      example.arguments.bestMetric = "ndcg"
      example.arguments.loggingSteps = .steps(3)
      example.arguments.saveStrategy = .epoch
      let scores = [0.3, 0.2, 0.4, 0.4, 0.1]
      func run(from start: Trainer.Start, stopAt: Int?) throws -> [Double] {
        let recorder = EventRecorder { control in
          if control.state.step == stopAt { throw CancellationError() }
        }
        let trainer = try example.trainer(
          evaluator: { context in
            let score = scores[(context.steps ?? 0) / 3 - 1]
            return TrainingMetrics(JSONObject([("ndcg", .number(score))]))
          }, callbacks: [recorder])
        if stopAt == nil {
          try trainer.train(start)
        } else {
          #expect(throws: CancellationError.self) { try trainer.train(start) }
        }
        return recorder.lines.compactMap { $0["learning_rate"]?.double }
      }
      let first = try run(from: .fresh, stopAt: 13)
      #expect(first == [0.05, 0.05, 0.025, 0.025])
      let rest = try run(from: .lastCheckpoint, stopAt: nil)
      #expect(rest == [0.0125])
    }
  }

  @Test func `old checkpoints go, the best and the newest stay`() throws {
    try inFolder { example in
      var example = example
      example.arguments.epochCount = 4
      example.arguments.evaluationStrategy = .epoch
      example.arguments.saveStrategy = .epoch
      example.arguments.saveLimit = 1
      example.arguments.bestMetric = "ndcg"
      example.arguments.loadsBestModelAtEnd = true
      let scores = [0.1, 0.5, 0.2, 0.3]
      var evaluationCount = 0
      var namesBefore: [String] = []
      let recorder = EventRecorder { control in
        if control.state.step == 12 { namesBefore = try checkpointNames(example) }
      }
      try example.trainer(
        evaluator: { _ in
          defer { evaluationCount += 1 }
          return TrainingMetrics(JSONObject([("ndcg", .number(scores[evaluationCount]))]))
        }, callbacks: [recorder]
      ).train()
      #expect(namesBefore == ["checkpoint-6", "checkpoint-9"])
      #expect(try checkpointNames(example) == ["checkpoint-6"])
    }
  }

  @Test func `cancelling writes a checkpoint and says so`() throws {
    try inFolder { example in
      let cancellation = TrainingCancellation()
      let recorder = EventRecorder { control in
        if control.state.step == 3 { cancellation.cancel() }
      }
      let trainer = try example.trainer(callbacks: [recorder], cancellation: cancellation)
      #expect { try trainer.train() } throws: { error in
        guard let error = error as? TrainingError else { return false }
        return error.code == .cancelled && error.category == .cancelled
          && error.message.contains("checkpoint-3")
      }
      #expect(try checkpointNames(example) == ["checkpoint-3"])
    }
  }

  @Test func `a loss that is no number stops the run and keeps its batch`() throws {
    try inFolder { example in
      var example = example
      example.arguments.saveStrategy = .steps
      example.arguments.saveSteps = .steps(2)
      let encoder = example.encoder
      let recorder = EventRecorder { control in
        if control.state.step == 3 { try withoutGradients { try encoder.bias.tensor.fill(.nan) } }
      }
      let trainer = try example.trainer(callbacks: [recorder])
      #expect { try trainer.train() } throws: { error in
        guard let error = error as? TrainingError else { return false }
        return error.code == .diverged && error.message.contains("step 4")
      }
      let file = URL(fileURLWithPath: example.arguments.outputFolder)
        .appendingPathComponent("diverged-step-4.json")
      let saved = try JSONValue(contentsOf: file)
      #expect(saved["texts"]?["query"]?.array?.count == 4)
      #expect(saved["rows"]?.array?.count == 4)
      #expect(try checkpointNames(example) == ["checkpoint-2"])
      try encoder.restoreParameters(
        from: URL(fileURLWithPath: example.arguments.outputFolder + "/checkpoint-2"))
      #expect(try encoder.bias.tensor.isFinite().all())
    }
  }

  @Test func `weights that are no numbers never reach a checkpoint`() throws {
    try inFolder { example in
      var example = example
      example.arguments.saveStrategy = .steps
      example.arguments.saveSteps = .steps(2)
      let encoder = example.encoder
      let recorder = EventRecorder { control in
        if control.state.step == 4 { try withoutGradients { try encoder.bias.tensor.fill(.nan) } }
      }
      let trainer = try example.trainer(callbacks: [recorder])
      #expect { try trainer.train() } throws: { error in
        guard let error = error as? TrainingError else { return false }
        return error.code == .diverged && error.message.contains("no checkpoint was written")
      }
      #expect(try checkpointNames(example) == ["checkpoint-2"])
    }
  }

  @Test func `several datasets take turns with their own losses`() throws {
    try inFolder { example in
      let losses = try ["a", "b"].map { _ in
        try SpladeLoss(
          SparseMultipleNegativesRankingLoss(), documentRegularizerWeight: 0.02)
      }
      let datasets = try [TrainingExample.pairs(9, name: "a"), TrainingExample.pairs(5, name: "b")]
      let trainer = try Trainer(
        example.encoder, arguments: example.arguments, training: datasets, evaluation: datasets,
        loss: .byDataset(["a": losses[0], "b": losses[1]]))
      // 3 batches of the first and 2 of the second, 2 in each step.
      let summary = try trainer.train()
      #expect(summary.stepCount == 6)
      #expect {
        try Trainer(
          example.encoder, arguments: example.arguments, training: datasets,
          loss: .byDataset(["a": losses[0]]))
      } throws: {
        "\($0)".contains("'a', and none for 'b'")
      }
    }
  }

  @Test func `prompts and routes reach the encoder`() throws {
    try inFolder { example in
      var example = example
      example.encoder.routeNames = ["query", "document"]
      #expect { try example.trainer() } throws: { "\($0)".contains("'router_mapping' is empty") }
      example.arguments.routerMapping = JSONObject([("query", "query")])
      try example.trainer().train()
      #expect(example.encoder.usedRoutes == ["query", nil])
      let plain = try example.encoder.values()
      example.encoder = try StubEncoder()
      example.arguments.prompts = ["query": "search for "]
      try example.trainer().train()
      #expect(try example.encoder.values() != plain)
      example.arguments.prompts = ["qery": "search for "]
      #expect { try example.trainer().train() } throws: {
        "\($0)".contains("Did you mean 'query'?")
      }
    }
  }

  @Test func `rows that make no batch are refused`() throws {
    try inFolder { example in
      var example = example
      example.arguments.trainBatchSize = 100
      example.arguments.dropsLastBatch = true
      #expect { try example.trainer().train() } throws: {
        "\($0)".contains("22 rows make no batch of 100")
      }
    }
  }
}
