import Foundation
import SparrowCore
import SparrowModelFiles
import SparrowModels
import SparrowNN
import SparrowTensor
import SparrowTestSupport
import SparrowText
import Testing

/// Folders that must load, and folders that must be refused with a reason.
@Suite(
  .enabled(if: Fixtures.model("splade-tiny") != nil, "needs .models/splade-tiny; run make setup"))
struct LoadTests {
  /// A copy of the demo model in which files can be changed, passed to `body`.
  private func withCopy(_ body: (URL) throws -> Void) throws {
    let model = try #require(Fixtures.model("splade-tiny"))
    try Fixtures.withTemporaryFolder { folder in
      let copy = folder.appendingPathComponent("model")
      try FileManager.default.copyItem(at: model, to: copy)
      try body(copy)
    }
  }

  private func write(_ text: String, to folder: URL, _ name: String) throws {
    let url = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  private func modules(_ transformer: String, _ pooling: String) -> String {
    """
    [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.\(transformer)"},
     {"idx": 1, "name": "1", "path": "1_SpladePooling", "type": "sentence_transformers.\(pooling)"}]
    """
  }

  private func expectSameWeights(_ folder: URL) throws {
    let expected = try SparseEncoder(folder: try #require(Fixtures.model("splade-tiny")))
    let found = try SparseEncoder(folder: folder)
    #expect(try found.encodeQueries(["hello world"]) == expected.encodeQueries(["hello world"]))
  }

  @Test(arguments: [
    (
      "sparse_encoder.models.MLMTransformer", "sparse_encoder.models.SpladePooling",
      #"{"max_seq_length": 256, "do_lower_case": false}"#, #"{"word_embedding_dimension": 30522}"#
    ),
    (
      "sparse_encoder.models.MLMTransformer.MLMTransformer",
      "sparse_encoder.models.SpladePooling.SpladePooling", "{}", ""
    ),
    (
      "sparse_encoder.modules.MLMTransformer", "sparse_encoder.modules.SpladePooling",
      #"{"transformer_task": "fill-mask"}"#,
      #"{"pooling_strategy": "max", "activation_function": "relu", "embedding_dimension": null}"#
    ),
    (
      "base.modules.transformer.Transformer",
      "sparse_encoder.modules.splade_pooling.SpladePooling",
      #"{"transformer_task": "fill-mask"}"#, "{}"
    ),
  ])
  func `every spelling of the module types loads`(
    _ transformer: String, _ pooling: String, _ settings: String, _ poolingSettings: String
  ) throws {
    try withCopy { folder in
      try write(modules(transformer, pooling), to: folder, "modules.json")
      try write(settings, to: folder, "sentence_bert_config.json")
      if !poolingSettings.isEmpty {
        try write(poolingSettings, to: folder, "1_SpladePooling/config.json")
      }
      try expectSameWeights(folder)
      if settings.contains("256") {
        #expect(try SparseEncoder(folder: folder).maximumLength == 256)
      }
    }
  }

  @Test func `settings are read with their prompts and similarity`() throws {
    try withCopy { folder in
      try write(
        #"{"prompts": {"query": "q: ", "document": null, "extra": "e: "}, "default_prompt_name": "extra", "similarity_fn_name": "maxsim", "max_active_dims": 7}"#,
        to: folder, "config_sentence_transformers.json")
      let settings = try SparseEncoder(folder: folder).settings
      #expect(settings.prompts == ["query": "q: ", "document": "", "extra": "e: "])
      #expect(settings.defaultPromptName == "extra")
      #expect(settings.similarity == .dot)
      #expect(settings.maxActiveDimensions == 7)
    }
  }

  @Test func `weights load from shards`() throws {
    try withCopy { folder in
      let whole = folder.appendingPathComponent("model.safetensors")
      let file = try SafetensorsFile(contentsOf: whole)
      var map = JSONObject()
      for (part, names) in [file.entries.prefix(20), file.entries.dropFirst(20)].enumerated() {
        let name = "model-\(part).safetensors"
        try SafetensorsWriter.write(
          names.map { ($0.name, try file.tensor($0.name)) },
          to: folder.appendingPathComponent(name))
        for entry in names { map[entry.name] = .string(name) }
      }
      try FileManager.default.removeItem(at: whole)
      try write(
        (["weight_map": .object(map)] as JSONValue).text(), to: folder,
        "model.safetensors.index.json")
      try expectSameWeights(folder)
    }
  }

  @Test func `an index that names a missing shard is refused`() throws {
    try withCopy { folder in
      let whole = folder.appendingPathComponent("model.safetensors")
      try FileManager.default.moveItem(
        at: whole, to: folder.appendingPathComponent("model-1.safetensors"))
      try write(
        #"{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}"#, to: folder,
        "model.safetensors.index.json")
      expectRefusal(folder, "index.json", "'model-2.safetensors'")
      try write(
        #"{"weight_map": {"a": "../model.safetensors"}}"#, to: folder,
        "model.safetensors.index.json")
      expectRefusal(folder, "same folder")
    }
  }

  @Test(arguments: [4, 5_000, 1_000_000])
  func `weights that end too early are refused`(_ byteCount: Int) throws {
    try withCopy { folder in
      let url = folder.appendingPathComponent("model.safetensors")
      let start = try Data(contentsOf: url).prefix(byteCount)
      try FileManager.default.removeItem(at: url)
      try start.write(to: url)
      expectRefusal(folder, "model.safetensors", "bytes")
    }
  }

  @Test func `a tokenizer with more tokens than the word table has rows is refused`() throws {
    try withCopy { folder in
      var words = try #require(
        JSONValue(contentsOf: folder.appendingPathComponent("config.json")).object)
      words["vocab_size"] = 30_000
      try write(JSONValue.object(words).text(), to: folder, "config.json")
      expectRefusal(folder, "30522 tokens", "30000 rows", "different models")
    }
  }

  /// Rewrites the weights after a change of their list.
  private func rewriteWeights(
    _ folder: URL, _ change: (inout [(name: String, tensor: Tensor)]) throws -> Void
  ) throws {
    let url = folder.appendingPathComponent("model.safetensors")
    let file = try SafetensorsFile(contentsOf: url)
    var tensors = try file.entries.map { (name: $0.name, tensor: try file.tensor($0.name)) }
    try change(&tensors)
    try SafetensorsWriter.write(tensors, to: url)
  }

  @Test func `a stored output layer that differs wins over tying`() throws {
    try withCopy { folder in
      try rewriteWeights(folder) { tensors in
        let word = try #require(tensors.first { $0.name.hasSuffix("word_embeddings.weight") })
        tensors.append(("cls.predictions.decoder.weight", try word.tensor * 2))
      }
      let encoder = try SparseEncoder(folder: folder)
      let names = encoder.namedParameters.map(\.name)
      #expect(names.contains("0.model.cls.predictions.decoder.weight"))
      let plain = try SparseEncoder(folder: try #require(Fixtures.model("splade-tiny")))
      #expect(try encoder.encodeQueries(["hello"]) != plain.encodeQueries(["hello"]))
    }
  }

  @Test func `an equal stored output layer is tied`() throws {
    try withCopy { folder in
      try rewriteWeights(folder) { tensors in
        let word = try #require(tensors.first { $0.name.hasSuffix("word_embeddings.weight") })
        tensors.append(("cls.predictions.decoder.weight", try word.tensor.cloned()))
      }
      #expect(try SparseEncoder(folder: folder).parameters.count == 42)
      try expectSameWeights(folder)
    }
  }

  @Test func `a tensor left over is named in a warning`() throws {
    try withCopy { folder in
      try rewriteWeights(folder) { $0.append(("bert.extra.weight", try Tensor.ones([2]))) }
      let encoder = try SparseEncoder(folder: folder)
      #expect(encoder.warnings.count == 1)
      #expect(encoder.warnings.first?.contains("bert.extra.weight") == true)
    }
  }

  /// Expects loading to fail with an error that mentions all the words.
  private func expectRefusal(
    _ folder: URL, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(sourceLocation: sourceLocation) {
      try SparseEncoder(folder: folder)
    } throws: { error in
      let text = (error as? any SparrowError)?.description ?? ""
      let isComplete = words.allSatisfy { text.contains($0) }
      if !isComplete { print("refusal was: \(error)") }
      return isComplete
    }
  }

  @Test func `a missing tensor is named`() throws {
    try withCopy { folder in
      try rewriteWeights(folder) { $0.removeAll { $0.name.hasSuffix("layer.1.output.dense.bias") } }
      expectRefusal(folder, "bert.encoder.layer.1.output.dense.bias", "model.safetensors", "none")
    }
  }

  @Test func `a tensor of another shape is named with both shapes`() throws {
    try withCopy { folder in
      try rewriteWeights(folder) { tensors in
        for index in tensors.indices where tensors[index].name == "cls.predictions.bias" {
          tensors[index].tensor = try Tensor.zeros([5])
        }
      }
      expectRefusal(folder, "cls.predictions.bias", "[30522]", "[5]")
    }
  }

  @Test func `a folder that is not there or holds no model is refused`() throws {
    expectRefusal(
      URL(fileURLWithPath: "/nonexistent/model"), "/nonexistent/model", "no model folder")
    try Fixtures.withTemporaryFolder { folder in
      expectRefusal(folder, "neither modules.json nor config.json")
    }
    try withCopy { folder in
      try FileManager.default.removeItem(at: folder.appendingPathComponent("model.safetensors"))
      expectRefusal(folder, "no weights", "model.safetensors")
      try write("x", to: folder, "pytorch_model.bin")
      expectRefusal(folder, "pytorch_model.bin", "save_pretrained")
    }
  }

  @Test(arguments: [
    (#"{"hidden_size": "x"}"#, "hidden_size"), (#"{"hidden_size": 100000000000}"#, "hidden_size"),
    (#"{"num_attention_heads": 3}"#, "multiple"), (#"{"hidden_act": "swish"}"#, "swish"),
    (#"{"model_type": "mamba"}"#, "mamba"), (#"{"num_hidden_layers": -1}"#, "num_hidden_layers"),
    (#"{"position_embedding_type": "relative_key"}"#, "relative_key"),
    (#"{"vocab_size": 100}"#, "100 rows"),
  ])
  func `a configuration that makes no sense is refused`(_ change: String, _ word: String) throws {
    try withCopy { folder in
      let url = folder.appendingPathComponent("config.json")
      var object = try #require(JSONValue(contentsOf: url).object)
      let changes = try #require(JSONValue(parsing: Array(change.utf8)).object)
      for (key, value) in changes.members { object[key] = value }
      try write(JSONValue.object(object).text(), to: folder, "config.json")
      expectRefusal(folder, word)
    }
  }

  @Test(arguments: [
    (#"[{"path": "../x", "type": "sentence_transformers.models.Transformer"}]"#, "outside"),
    (#"[{"path": "/etc", "type": "sentence_transformers.models.Transformer"}]"#, "outside"),
    (#"[{"path": "", "type": "os.system"}]"#, "os.system"),
    (#"[{"path": "", "type": "sentence_transformers.models.Nonsense"}]"#, "Nonsense"),
    (#"[]"#, "at least one"), (#"[{"idx": 0}]"#, "'type' and 'path'"),
    (#"[{"path": "", "type": "sentence_transformers.models.Transformer"}]"#, "are no model"),
  ])
  func `a list of modules that cannot be used is refused`(_ text: String, _ word: String) throws {
    try withCopy { folder in
      try write(text, to: folder, "modules.json")
      expectRefusal(folder, word)
    }
  }

  @Test func `a broken tokenizer file is refused`() throws {
    try withCopy { folder in
      try write("{\"model\": ", to: folder, "tokenizer.json")
      expectRefusal(folder, "tokenizer.json")
    }
  }

  @Test func `a hidden-state transformer is not pooled as if it had logits`() throws {
    try withCopy { folder in
      try write(
        modules("models.Transformer", "sparse_encoder.models.SpladePooling"), to: folder,
        "modules.json")
      expectRefusal(folder, "fill-mask")
    }
  }

  @Test func `a headless encoder can start with a fresh head`() throws {
    try withCopy { folder in
      try rewriteWeights(folder) { $0.removeAll { $0.name.hasPrefix("cls.") } }
      expectRefusal(folder, "cls.predictions.bias")
      let encoder = try SparseEncoder(folder: folder, initializesHead: true)
      #expect(encoder.warnings.contains { $0.contains("cls.predictions.transform.dense.weight") })
      let vector = try encoder.encodeQueries(["hello"])[0]
      #expect(vector.dimension == 30_522)
    }
  }

  @Test func `a fresh head begins with the text's own words`() throws {
    guard let folder = Fixtures.model("all-MiniLM-L6-v2") else {
      Fixtures.skip(
        "LoadTests", because: "no model all-MiniLM-L6-v2; `make setup-minilm` fetches it")
      return
    }
    let encoder = try SparseEncoder(SpladeModel(folder: folder, initializesHead: true))
    let text = "The router drops the wireless connection every evening."
    let vector = try encoder.encodeDocuments([text])[0]
    // Random weights and a bias of 0 would give nearly all of 30,522.
    #expect((10...2_000).contains(vector.indices.count), "\(vector.indices.count)")
    let terms = zip(vector.indices, vector.values).sorted { $0.1 > $1.1 }.prefix(20)
      .compactMap { encoder.term($0.0) }
    for word in ["router", "wireless", "evening"] {
      let isFound = terms.contains { $0 == word || word.hasPrefix($0) && $0.count > 3 }
      #expect(isFound, "\(word) in \(terms)")
    }
  }

  @Test func `a text longer than the positions is refused when nothing cuts it`() throws {
    let encoder = try SparseEncoder(folder: try #require(Fixtures.model("splade-tiny")))
    encoder.maximumLength = nil
    #expect { try encoder.encodeQueries([String(repeating: "word ", count: 600)]) } throws: {
      "\($0)".contains("602") && "\($0)".contains("512")
    }
  }

  @Test func `a limit of active dimensions below one is refused`() throws {
    let encoder = try SparseEncoder(folder: try #require(Fixtures.model("splade-tiny")))
    #expect(throws: ModelError.self) {
      try encoder.encodeQueries(["x"], options: EncodingOptions(maxActiveDimensions: 0))
    }
  }

  @Test func `no texts give no rows`() throws {
    let encoder = try SparseEncoder(folder: try #require(Fixtures.model("splade-tiny")))
    let rows = try encoder.encodeDocuments([])
    #expect(rows.rowCount == 0)
    #expect(rows.columnCount == 30522)
  }
}
