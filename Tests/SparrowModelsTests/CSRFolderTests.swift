import Foundation
import SparrowCore
import SparrowModelFiles
import SparrowModels
import SparrowNN
import SparrowTensor
import SparrowTestSupport
import Testing

/// Folders of CSR models that others wrote, and folders that must be refused with a reason.
///
/// Runs only when the demo model is there (`make setup`); its encoder serves as a dense one.
@Suite(
  .enabled(if: Fixtures.model("splade-tiny") != nil, "needs .models/splade-tiny; run make setup"))
struct CSRFolderTests {
  private let types = [
    "Transformer": "sentence_transformers.models.Transformer",
    "Pooling": "sentence_transformers.models.Pooling",
    "Normalize": "sentence_transformers.models.Normalize",
    "Dense": "sentence_transformers.models.Dense",
    "SparseAutoEncoder": "sentence_transformers.sparse_encoder.models.SparseAutoEncoder",
  ]

  private func write(_ text: String, to folder: URL, _ name: String) throws {
    let url = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  /// A copy of the demo model with a list of stages.
  private func withModel(_ stages: [String], _ body: (URL) throws -> Void) throws {
    let model = try #require(Fixtures.model("splade-tiny"))
    try Fixtures.withTemporaryFolder { folder in
      let copy = folder.appendingPathComponent("model")
      try FileManager.default.copyItem(at: model, to: copy)
      let modules = stages.enumerated().map { position, name in
        #"{"idx": \#(position), "name": "\#(position)", "path": "\#(position == 0 ? "" : "\(position)_\(name)")", "type": "\#(types[name] ?? "")"}"#
      }
      try write("[\(modules.joined(separator: ", "))]", to: copy, "modules.json")
      try write(#"{"max_seq_length": 64}"#, to: copy, "sentence_bert_config.json")
      try body(copy)
    }
  }

  private func writeAutoEncoder(
    to folder: URL, _ path: String, inputs: Int = 128, mapNames: [String], hasCounters: Bool = true
  ) throws {
    try write(
      #"{"input_dim": \#(inputs), "hidden_dim": 32, "k": 4, "k_aux": 8, "normalize": false, "dead_threshold": 30}"#,
      to: folder, "\(path)/config.json")
    let map = (0..<(32 * inputs)).map { Float($0 * 37 % 101 - 50) / 500 }
    var tensors: [(name: String, tensor: Tensor)] = [
      ("pre_bias", try Tensor.zeros([inputs])), ("latent_bias", try Tensor.zeros([32])),
    ]
    for name in mapNames { tensors.append((name, try Tensor(map, shape: [32, inputs]))) }
    if hasCounters {
      tensors.append(("stats_last_nonzero", try Tensor([Int64](repeating: 7, count: 32))))
    }
    try SafetensorsWriter.write(
      tensors, to: folder.appendingPathComponent("\(path)/model.safetensors"))
  }

  private func expectRefusal(
    _ folder: URL, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(sourceLocation: sourceLocation) {
      try SparseEncoder(folder: folder)
    } throws: { error in
      let text = (error as? any SparrowError)?.description ?? "\(error)"
      let isComplete = words.allSatisfy { text.contains($0) }
      if !isComplete { print("refusal was: \(text)") }
      return isComplete
    }
  }

  private let csrStages = ["Transformer", "Pooling", "Normalize", "SparseAutoEncoder"]

  @Test(arguments: ["encoder.weight", "decoder.linear.weight"])
  func `the map is read under either of its names`(_ name: String) throws {
    try withModel(csrStages) { folder in
      try writeAutoEncoder(to: folder, "3_SparseAutoEncoder", mapNames: [name])
      try write(
        #"{"word_embedding_dimension": 128, "pooling_mode_cls_token": true}"#, to: folder,
        "1_Pooling/config.json")
      let encoder = try SparseEncoder(folder: folder)
      #expect(encoder.warnings.count == 1)
      #expect(encoder.warnings.first?.contains("128 dimensions") == true)
      #expect(encoder.maximumLength == 64)
      #expect(encoder.settings.maxActiveDimensions == 4)
      let rows = try encoder.encodeDocuments(["hello world", ""])
      #expect(rows.columnCount == 32)
      #expect((1...4).contains(rows[0].activeCount))
      let csr = try #require(try encoder.model(for: nil) as? CSRModel)
      #expect(csr.dense.pooling.modes == [.cls])
      #expect(csr.autoEncoder.stepsSinceActive == [Int64](repeating: 7, count: 32))
    }
  }

  @Test func `broken autoencoders are refused with the reason`() throws {
    try withModel(csrStages) { folder in
      let path = "3_SparseAutoEncoder"
      expectRefusal(folder, path, "config.json")
      try writeAutoEncoder(to: folder, path, mapNames: ["encoder.weight", "decoder.linear.weight"])
      expectRefusal(folder, "exactly one", "both")
      try writeAutoEncoder(to: folder, path, mapNames: [])
      expectRefusal(folder, "exactly one", "neither")
      try writeAutoEncoder(to: folder, path, mapNames: ["encoder.weight"], hasCounters: false)
      expectRefusal(folder, "stats_last_nonzero")
      try writeAutoEncoder(to: folder, path, inputs: 64, mapNames: ["encoder.weight"])
      expectRefusal(folder, "input_dim", "128", "64")
      try writeAutoEncoder(to: folder, path, mapNames: ["encoder.weight"])
      try write(
        #"{"input_dim": 128, "hidden_dim": 32, "k": 33, "k_aux": 0}"#, to: folder,
        "\(path)/config.json")
      expectRefusal(folder, "33", "32 latents")
      try write(#"{"hidden_dim": 32}"#, to: folder, "\(path)/config.json")
      expectRefusal(folder, "input_dim")
      try write(#"{"input_dim": 128, "depth": 2}"#, to: folder, "\(path)/config.json")
      expectRefusal(folder, "depth")
    }
  }

  @Test func `a dense layer changes the size of vectors`() throws {
    try withModel(["Transformer", "Pooling", "Dense", "SparseAutoEncoder"]) { folder in
      try writeAutoEncoder(
        to: folder, "3_SparseAutoEncoder", inputs: 16, mapNames: ["encoder.weight"])
      let layer = "2_Dense"
      try write(
        #"{"in_features": 128, "out_features": 16, "bias": false, "activation_function": "torch.nn.modules.activation.ReLU"}"#,
        to: folder, "\(layer)/config.json")
      let elements = matrixElements(16, 128) { row, column in
        Float((row * 128 + column) * 29 % 83 - 41) / 300
      }
      let weight = try Tensor(elements, shape: [16, 128])
      try SafetensorsWriter.write(
        [("linear.weight", weight)],
        to: folder.appendingPathComponent("\(layer)/model.safetensors"))
      let encoder = try SparseEncoder(folder: folder)
      let csr = try #require(try encoder.model(for: nil) as? CSRModel)
      #expect(csr.dense.dimension == 16)
      #expect(encoder.namedParameters.contains { $0.name == "2.linear.weight" })
      let tokens = try encoder.tokenize(["hello"], role: nil)
      let vectors = try withoutGradients { try csr.dense(tokens, precision: .float32) }
      let values = try vectors.values(as: Float.self)
      #expect(values.count == 16)
      #expect(values.allSatisfy { $0 >= 0 })
      try Fixtures.withTemporaryFolder { copy in
        try encoder.save(to: copy)
        let again = try SparseEncoder(folder: copy)
        #expect(try again.encodeQueries(["hello"]) == encoder.encodeQueries(["hello"]))
      }
      try write(
        #"{"in_features": 64, "out_features": 16}"#, to: folder, "\(layer)/config.json")
      expectRefusal(folder, "in_features", "128", "64")
      try write(
        #"{"in_features": 128, "out_features": 16, "activation_function": "os.system"}"#,
        to: folder, "\(layer)/config.json")
      expectRefusal(folder, "activation_function", "os.system")
    }
  }

  @Test func `a dense folder gets a fresh autoencoder and says so`() throws {
    try withModel(["Transformer", "Pooling"]) { folder in
      try write(
        #"{"prompts": {"query": "find: "}, "similarity_fn_name": "cosine"}"#, to: folder,
        "config_sentence_transformers.json")
      let encoder = try SparseEncoder(folder: folder)
      #expect(encoder.dimension == 512)
      #expect(encoder.settings.maxActiveDimensions == 32)
      #expect(encoder.settings.prompts["query"] == "find: ")
      #expect(encoder.settings.similarity == .cosine)
      #expect(encoder.warnings.contains { $0.contains("Train it before use") })
    }
  }

  @Test func `a plain encoder becomes a CSR or with a fresh head a SPLADE model`() throws {
    try withModel(["Transformer"]) { folder in
      try FileManager.default.removeItem(at: folder.appendingPathComponent("modules.json"))
      let url = folder.appendingPathComponent("config.json")
      var object = try #require(try JSONValue(contentsOf: url).object)
      object["architectures"] = ["BertModel"]
      try write(JSONValue.object(object).text(), to: folder, "config.json")
      let csr = try SparseEncoder(folder: folder)
      #expect(csr.dimension == 512)
      #expect(csr.settings.maxActiveDimensions == 128)
      let splade = try SparseEncoder(folder: folder, initializesHead: true)
      #expect(splade.dimension == 30522)
    }
  }

  @Test func `a transformer that gives logits is not averaged`() throws {
    try withModel(["Transformer", "Pooling"]) { folder in
      try write(
        #"{"transformer_task": "fill-mask"}"#, to: folder, "sentence_bert_config.json")
      expectRefusal(folder, "fill-mask", "feature-extraction")
    }
  }
}
