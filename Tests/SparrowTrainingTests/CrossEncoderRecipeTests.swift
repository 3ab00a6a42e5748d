import Foundation
import SparrowCore
import SparrowEvaluation
import SparrowModels
import SparrowTestSupport
import SparrowText
import SparrowTraining
import Testing

/// Recipes that train a small random cross-encoder.
@Suite struct CrossEncoderRecipeTests {
  private struct Killed: Error {}

  private func recipe(_ text: String) throws -> TrainingRecipe {
    try TrainingRecipe(#require(JSONValue(parsing: Array(text.utf8)).object))
  }

  /// Document 25 + n answers query 5 + n; the others do not.
  private func write(to folder: URL) throws {
    func lines(_ rows: [String]) -> Data { Data((rows.joined(separator: "\n") + "\n").utf8) }
    let words = 5..<13
    try lines(
      words.map {
        #"{"query": "w\#($0)", "answer": "w\#($0 + 20)", "negative_1": "w\#($0 + 28)", "negative_2": "w\#(45 - $0 % 7)"}"#
      }
    ).write(to: folder.appendingPathComponent("tuples.jsonl"))
    try lines(
      words.flatMap { word in
        [(word + 20, 1), (word + 28, 0)].map {
          #"{"query": "w\#(word)", "answer": "w\#($0)", "label": \#($1)}"#
        }
      }
    ).write(to: folder.appendingPathComponent("pairs.jsonl"))
    let collection = folder.appendingPathComponent("set")
    try FileManager.default.createDirectory(
      at: collection.appendingPathComponent("qrels"), withIntermediateDirectories: true)
    // The query's word stands in all documents, so that BM25 finds them.
    try lines((20..<28).map { #"{"_id": "d\#($0)", "text": "w5 w\#($0)"}"# })
      .write(to: collection.appendingPathComponent("corpus.jsonl"))
    try lines([#"{"_id": "q1", "text": "w5"}"#, #"{"_id": "q2", "text": "w5 w21"}"#])
      .write(to: collection.appendingPathComponent("queries.jsonl"))
    try lines(["query-id\tcorpus-id\tscore", "q1\td25\t1", "q2\td21\t1"])
      .write(to: collection.appendingPathComponent("qrels/dev.tsv"))
  }

  private func text(_ folder: URL, _ model: URL, _ members: String) -> String {
    """
    {"model": {"path": "\(model.path)", "cross_encoder": true, "max_seq_length": 12},
     "train_dataset": "\(folder.path)/tuples.jsonl",
     "loss": {"name": "MultipleNegativesRankingLoss", "num_negatives": 1, "scale": 5},
     "output_dir": "\(folder.path)/out", "per_device_train_batch_size": 4,
     "learning_rate": 1e-3, "logging_steps": 1, \(members)}
    """
  }

  @Test func `the losses have the reference's defaults`() throws {
    func loss(_ member: String) throws -> any TrainingLoss {
      try recipe(
        #"{"model": {"path": "m", "cross_encoder": true}, "train_dataset": "t"\#(member)}"#
      ).loss.makeLoss()
    }
    #expect(try (loss("") as? BinaryCrossEntropyLoss)?.positiveWeight == 1)
    let weighted = #", "loss": {"name": "BinaryCrossEntropyLoss", "pos_weight": 4}"#
    #expect(try (loss(weighted) as? BinaryCrossEntropyLoss)?.positiveWeight == 4)
    let ranking = try #require(
      try loss(#", "loss": {"name": "MultipleNegativesRankingLoss"}"#)
        as? MultipleNegativesRankingLoss)
    #expect(ranking.negativeCount == 4 && ranking.scale == 10)
    #expect(try loss(#", "loss": {"name": "MSELoss"}"#) is MSELoss)
  }

  @Test(arguments: [
    (
      #""model": {"path": "m", "cross_encoder": true}, "loss": {"document_regularizer_weight": 1}"#,
      "SpladeLoss, which trains models that give vectors"
    ),
    (
      #""model": "m", "loss": {"name": "BinaryCrossEntropyLoss"}"#,
      "Set 'model.cross_encoder: true'"
    ),
    (
      #""model": {"path": "m", "cross_encoder": true}, "evaluator": {"type": "SparseTripletEvaluator", "dataset": "d"}"#,
      "CrossEncoderRerankingEvaluator, CrossEncoderClassificationEvaluator"
    ),
    (
      #""model": "m", "evaluator": {"type": "CrossEncoderCorrelationEvaluator", "dataset": "d"}"#,
      "measures cross-encoders, and the model is none"
    ),
    (
      #""model": {"path": "m", "cross_encoder": true, "sparse_auto_encoder": {}}"#,
      "'model.sparse_auto_encoder' belongs to models that give vectors"
    ),
    (
      #""model": {"path": "m", "cross_encoder": true}, "report_to": ["report"]"#,
      "Take 'tensorboard'"
    ),
    (
      #""model": {"path": "m", "cross_encoder": true}, "loss": {"name": "MSELoss", "scale": 1}"#,
      "has no key 'scale'"
    ),
    (
      #""model": {"path": "m", "cross_encoder": true}, "evaluator": {"collection": "c", "depht": 3}"#,
      "Did you mean 'depth'?"
    ),
  ])
  func `what does not go together is refused with a cure`(members: String, words: String) throws {
    #expect {
      _ = try recipe(#"{"train_dataset": "t", \#(members)}"#)
    } throws: {
      "\($0)".contains(words)
    }
  }

  @Test func `a recipe trains, measures, keeps the best model and resumes`() throws {
    try Fixtures.withFamilyModel("bert") { model in
      let folder = model.appendingPathComponent("work")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try write(to: folder)
      let members = """
        "num_train_epochs": 3, "eval_strategy": "steps", "eval_steps": 2, "save_strategy": "steps",
        "save_steps": 2, "load_best_model_at_end": true, "metric_for_best_model": "set_ndcg@10",
        "evaluator": [{"type": "CrossEncoderClassificationEvaluator", "name": "pairs",
                       "dataset": "\(folder.path)/pairs.jsonl"},
                      {"collection": "\(folder.path)/set", "depth": 5}]
        """
      let recorder = EventRecorder()
      let prepared = try recipe(text(folder, model, members)).prepare(callbacks: [recorder])
      #expect(prepared.warnings.contains { $0.contains("classifier.weight") })
      let summary = try prepared.trainer.train()
      #expect(summary.stepCount == 6 && summary.loadedCheckpoint != nil)
      let metrics = try #require(recorder.evaluations.first)
      for key in [
        "eval_set_ndcg@10", "eval_set_mrr@10", "eval_set_map", "eval_set_base_ndcg@10",
        "eval_pairs_average_precision", "eval_sequential_score",
      ] {
        #expect(metrics[key]?.double != nil, "\(key)")
      }
      #expect(metrics["eval_sequential_score"] == metrics["eval_set_ndcg@10"])
      let tables = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/out/eval")
      #expect(
        tables.sorted() == [
          "CrossEncoderClassificationEvaluator_pairs_results.csv",
          "CrossEncoderRerankingEvaluator_set_results_@10.csv",
        ])

      // The same run, killed after step 4, ends with the same weights.
      let scores = try self.scores(prepared.encoder)
      let again = members.replacing("\"num_train", with: "\"seed\": 42, \"num_train")
      let elsewhere = text(folder, model, again).replacing("/out\"", with: "/again\"")
      let killer = EventRecorder { control in
        if control.state.step == 5 { throw Killed() }
      }
      #expect(throws: Killed.self) {
        try recipe(elsewhere).prepare(callbacks: [killer]).trainer.train()
      }
      let resumed = try recipe(elsewhere).prepare()
      try resumed.trainer.train(.lastCheckpoint)
      #expect(try self.scores(resumed.encoder) == scores)
    }
  }

  private func scores(_ encoder: any TrainableEncoder) throws -> [Float] {
    try #require(encoder as? CrossEncoder).scores(
      queries: ["w5", "w6", "w7"], documents: ["w25", "w30", "w31"], progress: nil)
  }

  @Test func `a saved cross-encoder goes on training and has a card`() throws {
    try Fixtures.withFamilyModel("bert-classifier") { model in
      let folder = model.appendingPathComponent("work")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try write(to: folder)
      let members = """
        "max_steps": 1, "train_dataset": "\(folder.path)/pairs.jsonl", "bf16": true,
        "loss": {"name": "BinaryCrossEntropyLoss"}, "save_strategy": "no", "eval_strategy": "epoch",
        "evaluator": {"type": "CrossEncoderCorrelationEvaluator", "name": "pairs",
                      "dataset": "\(folder.path)/pairs.jsonl"}
        """
      let prepared = try recipe(text(folder, model, members)).prepare()
      #expect(prepared.warnings.isEmpty)
      try prepared.trainer.train()
      let saved = folder.appendingPathComponent("saved")
      try prepared.encoder.save(to: saved)
      try prepared.trainer.modelCard().write(to: saved)
      let loaded = try CrossEncoder(folder: saved)
      #expect(loaded.maximumLength == 12)
      let card = try String(contentsOf: saved.appendingPathComponent("README.md"), encoding: .utf8)
      for part in [
        "- cross-encoder\n", "- reranker\n", "- loss:BinaryCrossEntropyLoss\n",
        "pipeline_tag: text-ranking", "# Cross Encoder\n", "- **Number of Output Labels:** 1 label",
        "- **Maximum Sequence Length:** 12 tokens", "CrossEncoder(\n  (0): Transformer(",
        "from sentence_transformers import CrossEncoder", "encoder.rerank(\"w5\"",
        "| pairs_spearman |",
      ] {
        #expect(card.contains(part), "\(part)")
      }
      #expect(!card.contains("Sparse") && !card.contains("FlopsLoss"), "\(card)")
    }
  }

  @Test func `a first stage may be a run, which must belong to the split`() throws {
    try Fixtures.withTemporaryFolder { folder in
      try write(to: folder)
      let run = folder.appendingPathComponent("run.trec")
      func evaluator() throws -> (any PairEvaluator)? {
        try recipe(
          """
          {"model": {"path": "m", "cross_encoder": true}, "train_dataset": "t",
           "evaluator": {"collection": "\(folder.path)/set", "run": "\(run.path)",
                         "always_rerank_positives": false}}
          """
        ).pairEvaluators[0].load()
      }
      try Data("q1 Q0 d20 1 9 x\nq1 Q0 d25 2 8 x\nq2 Q0 d22 1 7 x\n".utf8).write(to: run)
      let result = try #require(try evaluator()).evaluate(LastWordScorer())
      // Of the second query nothing relevant was found.
      #expect(result["set_ndcg@10"] == 0.5 && result["set_base_mrr@10"] == 0.25)
      try Data("q7 Q0 d20 1 9 x\n".utf8).write(to: run)
      #expect { _ = try evaluator() } throws: { "\($0)".contains("no query of 'dev'") }
    }
  }

  /// Scores a document by the number of its last word.
  private struct LastWordScorer: RelevanceScorer {
    func scores(
      queries: [String], documents: [String], progress: ProgressReporter?
    ) throws -> [Float] {
      documents.map { Float($0.split(separator: "w").last ?? "") ?? 0 }
    }
  }
}
