import Foundation
import SparrowCore
import SparrowData
import SparrowEvaluation
import SparrowModelFiles
import SparrowModels
import SparrowTestSupport
import SparrowTraining
import Testing

@Suite struct TrainingRecipeTests {
  private func object(_ text: String) throws -> JSONObject {
    try #require(JSONValue(parsing: Array(text.utf8)).object)
  }

  private func message(_ text: String) -> String {
    do {
      _ = try TrainingRecipe(object(text))
      return "nothing was thrown"
    } catch { return "\(error)" }
  }

  @Test func `a short recipe gets the reference's defaults`() throws {
    let recipe = try TrainingRecipe(object(#"{"model": "m", "train_dataset": "pairs.jsonl"}"#))
    #expect(recipe.model.path == "m")
    #expect(recipe.training.map(\.path) == ["pairs.jsonl"])
    #expect(recipe.arguments == TrainingArguments())
    let loss = try #require(try recipe.loss.makeLoss() as? SpladeLoss)
    #expect(loss.base.name == "SparseMultipleNegativesRankingLoss")
    #expect(loss.documentWeight == 3e-5 && loss.queryWeight == 5e-5)
    #expect(try recipe.loss.schedule() == .standard)
  }

  @Test func `every part can be set`() throws {
    let recipe = try TrainingRecipe(
      object(
        #"""
        {"model": {"path": "m", "max_seq_length": 128, "initialize_head": true},
         "train_dataset": {"path": "t.csv", "split": "train", "columns": ["q", "d"],
                           "rename": {"question": "q"}, "limit": 10, "shuffle_seed": 3},
         "eval_dataset": "e.jsonl",
         "loss": {"loss": {"name": "SparseMarginMSELoss", "similarity_fct": "pairwise_cos_sim"},
                  "document_regularizer_weight": 0.1, "query_regularizer_weight": 0.2,
                  "document_regularizer": "L1Loss", "query_regularizer_threshold": 4,
                  "regularizer_schedule": {"scheduler_type": "linear", "warmup_ratio": 0.5}},
         "evaluator": [{"collection": "data/scifact", "split": "test", "query_limit": 5},
                       {"type": "SparseTripletEvaluator", "dataset": "t.jsonl", "name": "x"}],
         "learning_rate": 1e-4, "output_dir": "out"}
        """#))
    #expect(recipe.model.maximumLength == 128 && recipe.model.initializesHead)
    let data = recipe.training[0]
    #expect(data.columns == ["q", "d"] && data.renames == ["question": "q"])
    #expect(data.limit == 10 && data.shuffleSeed == 3 && data.split == "train")
    let loss = try #require(try recipe.loss.makeLoss() as? SpladeLoss)
    #expect((loss.base as? SparseMarginMSELoss)?.similarity == .cosine)
    #expect(loss.configuration.documentRegularizer.name == "L1Loss")
    #expect((loss.configuration.queryRegularizer as? FlopsLoss)?.threshold == 4)
    #expect(try recipe.loss.schedule()?.warmupSteps(totalSteps: 10) == 5)
    #expect(recipe.evaluators.map(\.name) == ["scifact", "x"])
    #expect(recipe.arguments.learningRate == 1e-4 && recipe.arguments.outputFolder == "out")
  }

  @Test func `evaluators of pairs and lists measure a model`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let lists = folder.appendingPathComponent("lists.jsonl")
      try Data(
        """
        {"query": "a", "positives": ["a b"], "negatives": ["c", "d"]}
        {"query": "c", "positives": ["c"], "negatives": ["a"]}

        """.utf8
      ).write(to: lists)
      let pairs = folder.appendingPathComponent("pairs.jsonl")
      try Data(#"{"x": "a", "y": "a"}"#.utf8).write(to: pairs)
      let recipe = try TrainingRecipe(
        object(
          #"""
          {"model": "m", "train_dataset": "t", "evaluator": [
            {"type": "SparseRerankingEvaluator", "dataset": "\#(lists.path)", "prompt": "p: "},
            {"type": "SparseTranslationEvaluator", "dataset": "\#(pairs.path)"}]}
          """#))
      #expect(recipe.evaluators[0].prompt == "p: ")
      #expect(try recipe.evaluators[0].load() is RerankingEvaluator)
      #expect(try recipe.evaluators[1].load() is TranslationEvaluator)
    }
  }

  @Test func `a cached loss is cut by texts or by tokens`() throws {
    func miniBatch(_ members: String) throws -> CachedSpladeLoss.MiniBatch? {
      let recipe = try TrainingRecipe(
        object(
          #"{"model": "m", "train_dataset": "t", "loss": {"name": "CachedSpladeLoss", "document_regularizer_weight": 0.1\#(members)}}"#
        ))
      return (try recipe.loss.makeLoss() as? CachedSpladeLoss)?.miniBatch
    }
    #expect(try miniBatch("") == .texts(32))
    #expect(try miniBatch(#", "mini_batch_size": 4"#) == .texts(4))
    #expect(try miniBatch(#", "mini_batch_num_tokens": 512"#) == .tokens(512))
    #expect(throws: TrainingError.self) {
      try miniBatch(#", "mini_batch_size": 4, "mini_batch_num_tokens": 512"#)
    }
  }

  @Test func `several datasets can have their own losses`() throws {
    let recipe = try TrainingRecipe(
      object(
        #"""
        {"model": "m", "train_dataset": {"nq": "nq.jsonl", "sts": {"path": "sts.jsonl"}},
         "loss": {"nq": {"document_regularizer_weight": 0.1},
                  "sts": {"document_regularizer_weight": 0.2, "regularizer_schedule": false,
                          "loss": "SparseCoSENTLoss"}}}
        """#))
    #expect(recipe.training.map(\.name) == ["nq", "sts"])
    #expect(recipe.datasetLosses.keys.sorted() == ["nq", "sts"])
    let loss = try #require(try recipe.datasetLosses["sts"]?.makeLoss() as? SpladeLoss)
    #expect(loss.base.name == "SparseCoSENTLoss")
    #expect(try recipe.datasetLosses["sts"]?.schedule() == nil)
  }

  @Test(arguments: [
    (#"{"train_dataset": "t"}"#, "needs the key 'model'"),
    (#"{"model": "m"}"#, "needs the key 'train_dataset'"),
    (
      #"{"model": "m", "train_dataset": "t", "train_datset": "x"}"#, "Did you mean 'train_dataset'?"
    ),
    (#"{"model": "m", "train_dataset": "t", "learning_rat": 1}"#, "Did you mean 'learning_rate'?"),
    (#"{"model": "m", "train_dataset": "t", "fsdp": 1}"#, "has no meaning here"),
    (#"{"model": {"folder": "m"}, "train_dataset": "t"}"#, "'model.path'"),
    (
      #"{"model": "m", "train_dataset": {"collection": "c", "path": "p"}}"#, "has no key 'path'"
    ),
    (
      #"{"model": "m", "train_dataset": "t", "loss": {"document_regularizer_weight": 1, "document_regularizer": {"L1Loss": "much"}}}"#,
      "'loss.document_regularizer.L1Loss'"
    ),
    (#"{"model": 3, "train_dataset": "t"}"#, "'model' of the recipe needs an object"),
    (
      #"{"model": "m", "train_dataset": {"path": "t", "colums": ["a"]}}"#, "Did you mean 'columns'?"
    ),
    (#"{"model": "m", "train_dataset": {"path": "t", "columns": "a"}}"#, "a list of texts"),
    (#"{"model": "m", "train_dataset": {"path": "t", "rename": {"a": 1}}}"#, "old: new"),
    (#"{"model": "m", "train_dataset": {"path": "t", "limit": 0}}"#, "a whole number from 1"),
    (
      #"{"model": "m", "train_dataset": "t", "loss": {"query_regularizer_weight": 1}}"#,
      "'loss.document_regularizer_weight'"
    ),
    (
      #"{"model": "m", "train_dataset": "t", "loss": {"name": "SparseMarginMSELoss"}}"#,
      "wrap it"
    ),
    (
      #"{"model": "m", "train_dataset": "t", "loss": {"name": "SpladLoss", "loss": {}}}"#,
      "Did you mean 'SpladeLoss'?"
    ),
    (
      #"{"model": "m", "train_dataset": "t", "loss": {"document_regularizer_weight": 1, "loss": {"name": "SparseMarginMSELos"}}}"#,
      "Did you mean 'SparseMarginMSELoss'?"
    ),
    (
      #"{"model": "m", "train_dataset": "t", "loss": {"document_regularizer_weight": 1, "loss": {"name": "SparseCoSENTLoss", "scal": 3}}}"#,
      "Did you mean 'scale'?"
    ),
    (
      #"{"model": "m", "train_dataset": "t", "loss": {"document_regularizer_weight": 1, "loss": {"name": "SparseMarginMSELoss", "similarity_fct": "cos"}}}"#,
      "'loss.loss.similarity_fct' of the recipe is 'cos'"
    ),
    (
      #"{"model": "m", "train_dataset": "t", "loss": {"document_regularizer_weight": 1, "document_regularizer": "L2"}}"#,
      "'FlopsLoss', 'L1Loss'"
    ),
    (
      #"{"model": "m", "train_dataset": "t", "loss": {"document_regularizer_weight": 1, "regularizer_schedule": {"scheduler_type": "cubic"}}}"#,
      "no regulariser schedule 'cubic'"
    ),
    (
      #"{"model": "m", "train_dataset": "t", "evaluator": {"type": "NanoBEIR", "dataset": "x"}}"#,
      "'SparseTripletEvaluator'"
    ),
    (
      #"{"model": "m", "train_dataset": "t", "evaluator": {"split": "x"}}"#,
      "'evaluator.collection'"
    ),
  ])
  func `a recipe that makes no sense is refused`(text: String, reason: String) {
    let found = message(text)
    #expect(found.contains(reason), "\(found)")
  }

  @Test func `a model can be built on its folder`() throws {
    func recipe(_ model: String) throws -> TrainingRecipe {
      try TrainingRecipe(object(#"{"model": {"path": "m", \#(model)}, "train_dataset": "t"}"#))
    }
    let free = try recipe(
      #""static_queries": {"idf": "idf.json", "frozen": true}, "pooling": {"activation_function": "log1p_relu"}"#
    )
    #expect(free.model.staticQueries?.source == .idfFile(path: "idf.json"))
    #expect(free.model.staticQueries?.isFrozen == true)
    #expect(free.model.staticQueries?.learningRate == 1e-3)
    #expect(free.model.pooling == SpladePooling(activation: .log1pRelu))
    #expect((try free.loss.makeLoss() as? SpladeLoss)?.queryWeight == nil)
    let csr = try recipe(#""sparse_auto_encoder": {"k": 32}"#)
    #expect(csr.model.autoEncoder?.activeCount == 32)
    let loss = try #require(try csr.loss.makeLoss() as? CSRLoss)
    #expect(loss.reconstruction.beta == 0.1 && loss.gamma == 1)
    #expect(loss.base.name == "SparseMultipleNegativesRankingLoss")
  }

  @Test(arguments: [
    (#""static_queries": {"idf": "a", "collection": "b"}"#, "without 'idf'"),
    (#""static_queries": {"learning_rate": -1}"#, "from 0"),
    (#""static_queries": {"table": "a"}"#, "no key 'table'"),
    (#""sparse_auto_encoder": {"k": 0}"#, "'model.sparse_auto_encoder.k'"),
    (#""sparse_auto_encoder": {}, "static_queries": {}"#, "Leave one side out"),
    (#""pooling": {"activation_function": "gelu"}"#, "'log1p_relu'"),
  ])
  func `a model that makes no sense is refused`(_ model: String, _ words: String) {
    let text = message(#"{"model": {"path": "m", \#(model)}, "train_dataset": "t"}"#)
    #expect(text.contains(words), "\(text)")
  }

  @Test(arguments: ["inference-free", "CSR"])
  func `a recipe trains every architecture`(_ kind: String) throws {
    guard let model = Fixtures.model("splade-tiny") else {
      Fixtures.skip("TrainingRecipeTests", because: "no model splade-tiny; `make setup` fetches it")
      return
    }
    try Fixtures.withTemporaryFolder { folder in
      let data = folder.appendingPathComponent("pairs.jsonl")
      let rows = (0..<8).map { #"{"query": "word \#($0)", "answer": "a text of word \#($0)"}"# }
      try Data(rows.joined(separator: "\n").utf8).write(to: data)
      let parts =
        kind == "CSR"
        ? #""sparse_auto_encoder": {"k": 8}}, "loss": {"name": "CSRLoss", "gamma": 0.5}"#
        : #""static_queries": {}}, "router_mapping": {"query": "query", "answer": "document"}"#
      let recipe = try TrainingRecipe(
        object(
          #"{"model": {"path": "\#(model.path)", \#(parts), "train_dataset": "\#(data.path)", "per_device_train_batch_size": 4, "num_train_epochs": 1, "output_dir": "\#(folder.path)/out", "save_strategy": "no"}"#
        ))
      let prepared = try recipe.prepare()
      let encoder = try #require(prepared.encoder as? SparseEncoder)
      let warnings = prepared.warnings
      #expect(warnings.contains { $0.contains("128 dimensions") } == (kind == "CSR"))
      #expect(warnings.contains { $0.contains("no names") } == (kind == "CSR"))
      let before = try encoder.encodeQueries(["word 3"])[0]
      _ = try prepared.trainer.train()
      let after = try encoder.encodeQueries(["word 3"])[0]
      #expect(before != after)
      if kind != "CSR" {
        // Two Adam steps of at most the table's own rate.
        let changes = zip(before.values, after.values).map { abs($0 - $1) }
        #expect(changes.allSatisfy { $0 > 1e-4 && $0 < 2.1e-3 }, "\(changes)")
      }
      let saved = folder.appendingPathComponent("saved")
      try encoder.save(to: saved)
      let loaded = try SparseEncoder(folder: saved).encodeQueries(["word 3"])[0]
      let difference = compare(
        loaded.dense.map(Double.init), with: after.dense.map(Double.init), absolute: 1e-5)
      #expect(difference.isWithinTolerance, "\(difference)")
    }
  }

  @Test func `settings lead into sections`() throws {
    var recipe = try object(#"{"model": "m", "train_dataset": "t.jsonl", "output_dir": "a"}"#)
    for (key, text) in [
      ("loss.document_regularizer_weight", "1e-3"), ("loss.loss.name", "SparseMarginMSELoss"),
      ("train_dataset.limit", "100"), ("model.max_seq_length", "64"), ("output_dir", "2024"),
      ("learning_rate", "2e-5"), ("bf16", "True"),
    ] {
      try TrainingRecipe.set(key, text: text, in: &recipe)
    }
    let read = try TrainingRecipe(recipe)
    #expect(read.training[0].limit == 100 && read.training[0].path == "t.jsonl")
    #expect(read.model.maximumLength == 64)
    #expect(read.arguments.outputFolder == "2024" && read.arguments.precision == .bfloat16)
    #expect((try read.loss.makeLoss() as? SpladeLoss)?.documentWeight == 1e-3)
    #expect {
      try TrainingRecipe.set("output_dir.x", text: "1", in: &recipe)
    } throws: {
      "\($0)".contains("leads into 'output_dir'")
    }
  }

  @Test func `datasets are renamed, selected, shuffled and limited`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("pairs.csv")
      let rows = (0..<20).map { "q\($0),x,d\($0)" }
      try Data((["question,extra,doc"] + rows).joined(separator: "\n").utf8).write(to: url)
      var recipe = try TrainingRecipe(
        object(#"{"model": "m", "train_dataset": {"path": "p", "rename": {"question": "query"}}}"#)
      ).training[0]
      recipe.path = url.path
      recipe.columns = ["query", "doc"]
      recipe.limit = 5
      #expect(try recipe.load().dataset["query"] == (0..<5).map { .string("q\($0)") })
      recipe.shuffleSeed = 1
      let shuffled = try #require(recipe.load().dataset["doc"])
      #expect(shuffled.count == 5 && shuffled != (0..<5).map { .string("d\($0)") })
    }
  }

  @Test func `a prepared recipe trains a real model`() throws {
    guard let model = Fixtures.model("splade-tiny") else {
      Fixtures.skip("TrainingRecipeTests", because: "no model splade-tiny; `make setup` fetches it")
      return
    }
    try Fixtures.withTemporaryFolder { folder in
      let data = folder.appendingPathComponent("pairs.jsonl")
      let lines = (0..<6).map { #"{"query": "question \#($0)", "answer": "the answer is \#($0)"}"# }
      try Data(lines.joined(separator: "\n").utf8).write(to: data)
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent("set/qrels"), withIntermediateDirectories: true)
      for (name, text) in [
        ("corpus.jsonl", (0..<5).map { #"{"_id": "\#($0)", "text": "the answer is \#($0)"}"# }),
        ("queries.jsonl", (0..<3).map { #"{"_id": "q\#($0)", "text": "question \#($0)"}"# }),
        ("qrels/dev.tsv", ["query-id\tcorpus-id\tscore"] + (0..<3).map { "q\($0)\t\($0)\t1" }),
      ] {
        try Data(text.joined(separator: "\n").utf8)
          .write(to: folder.appendingPathComponent("set/" + name))
      }
      let still = folder.appendingPathComponent("model")
      try Self.copy(model, to: still)
      let text = #"""
        {"model": {"path": "\#(still.path)", "max_seq_length": 32},
         "train_dataset": "\#(data.path)", "eval_dataset": "\#(data.path)",
         "evaluator": [
           {"type": "SparseMSEEvaluator", "teacher": "\#(still.path)", "dataset": "\#(data.path)",
            "name": "copy"},
           {"type": "ReciprocalRankFusionEvaluator", "collection": "\#(folder.path)/set",
            "partner": "bm25", "name": "both"},
           {"collection": "\#(folder.path)/set", "query_limit": 2, "document_limit": 4}],
         "output_dir": "\#(folder.path)/out", "max_steps": 2, "per_device_train_batch_size": 3,
         "eval_strategy": "steps", "eval_steps": 2, "logging_steps": 1, "learning_rate": 1e-3,
         "report_to": "all", "run_name": "small"}
        """#
      let recorder = EventRecorder()
      let prepared = try TrainingRecipe(object(text)).prepare(callbacks: [recorder])
      #expect((prepared.encoder as? SparseEncoder)?.maximumLength == 32)
      try prepared.trainer.train()
      let metrics = try #require(recorder.evaluations.first)
      #expect(metrics["eval_set_dot_ndcg@10"]?.double ?? 0 > 0)
      #expect(metrics["eval_loss"]?.double ?? 0 > 0)
      // The teacher is the model as it was before two steps; it read questions and the model answers.
      #expect(metrics["eval_copy_negative_mse"]?.double ?? 0 < 0)
      // BM25 finds nothing here, as no question shares a word with an answer.
      #expect(metrics["eval_both_dense_ndcg@10"]?.double == 0)
      for part in ["sparse_", ""] {
        #expect(metrics["eval_both_\(part)ndcg@10"]?.double ?? 0 > 0, "\(part)")
      }
      let manager = FileManager.default
      let report = try String(contentsOfFile: folder.path + "/out/report.html", encoding: .utf8)
      #expect(report.contains("question 0") && report.contains("<th>step 2</th>"))
      #expect(manager.fileExists(atPath: folder.path + "/out/runs/small"))
      let card = try String(
        contentsOfFile: folder.path + "/out/checkpoint-2/README.md", encoding: .utf8)
      for part in [
        "# SPLADE Sparse Encoder", "(1): SpladePooling(", "the answer is 2", "| dot_ndcg@10 |",
        "* Dataset: `set`", "tokens",
      ] {
        #expect(card.contains(part), "\(part)")
      }
      for name in ["model.safetensors", "trainer_state.json", "tokenizer.json", "modules.json"] {
        #expect(manager.fileExists(atPath: folder.path + "/out/checkpoint-2/" + name), "\(name)")
      }
    }
  }

  /// Copies a model, and switches its dropout off.
  private static func copy(_ model: URL, to folder: URL) throws {
    try FileManager.default.copyItem(at: model.resolvingSymlinksInPath(), to: folder)
    let file = folder.appendingPathComponent("config.json")
    var configuration = try #require(JSONValue(contentsOf: file).object)
    configuration["hidden_dropout_prob"] = 0
    configuration["attention_probs_dropout_prob"] = 0
    try JSONValue.object(configuration).data().write(to: file)
  }
}
