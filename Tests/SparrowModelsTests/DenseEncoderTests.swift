import Foundation
import SparrowCore
import SparrowModelFiles
import SparrowModels
import SparrowNN
import SparrowTensor
import SparrowTestSupport
import SparrowText
import Testing

/// Runs only when the dense model is there (`make setup-minilm`).
@Suite(
  .enabled(
    if: Fixtures.model("all-MiniLM-L6-v2") != nil,
    "needs .models/all-MiniLM-L6-v2; run make setup-minilm"))
struct DenseEncoderTests {
  private let folder: URL
  private let golden: JSONValue

  init() throws {
    folder = try #require(Fixtures.model("all-MiniLM-L6-v2"))
    golden = try Fixtures.golden("csr_encode")
  }

  private func texts() throws -> [String] {
    try #require(golden["texts"]?.array).map { entry in
      guard let repeated = entry["text"]?.array, repeated.count == 2 else {
        return try #require(entry["text"]?.string)
      }
      return String(
        repeating: try #require(repeated[0].string), count: try #require(repeated[1].int))
    }
  }

  @Test func `every golden text gives the reference's vector`() throws {
    let encoder = try DenseEncoder(folder: folder)
    #expect(encoder.dimension == 384)
    #expect(encoder.maximumLength == 256)
    #expect(encoder.settings.similarity == .cosine)
    #expect(encoder.warnings.isEmpty)
    let rows = try encoder.encode(try texts(), role: nil)
    for (row, entry) in try #require(golden["texts"]?.array).enumerated() {
      let expected = try #require(entry["dense_first16"]?.array).compactMap(\.double)
      let difference = compare(
        rows[row].prefix(16).map(Double.init), with: expected, absolute: 2e-6)
      #expect(difference.isWithinTolerance, "\(row): \(difference)")
      let norm = rows[row].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      #expect(abs(norm - 1) < 1e-6)
      let ids = try #require(entry["input_ids"]?.array).compactMap(\.int)
      let tokens = try encoder.model.tokenizer.encodeBatch(
        [texts()[row]], options: TokenizationOptions(maximumLength: 256))
      #expect(tokens.tokenIDs.map(Int.init) == ids)
    }
    let whole = try #require(golden["dense_full_hello_world"]?.array).compactMap(\.double)
    let hello = try encoder.encodeQueries(["hello world"])
    let difference = compare(hello[0].map(Double.init), with: whole, absolute: 2e-6)
    #expect(difference.isWithinTolerance, "\(difference)")
    #expect(abs(try encoder.similarity(hello, hello)[0][0] - 1) < 1e-6)
  }

  @Test func `prompts are put before texts and left out of the mean when the model says so`() throws
  {
    let encoder = try DenseEncoder(folder: folder)
    encoder.settings.prompts["query"] = "search for: "
    let joined = try encoder.encode(["search for: red shoes"], role: nil)
    #expect(try encoder.encodeQueries(["red shoes"]) == joined)
    #expect(encoder.model.promptTokenCount("search for: ") == 4)
    #expect(encoder.model.promptTokenCount("") == 0)
    encoder.model.pooling.includesPrompt = false
    #expect(try encoder.encodeQueries(["red shoes"]) != joined)
    #expect(try encoder.encode(["search for: red shoes"], role: nil) == joined)
  }

  @Test func `a folder that is no dense encoder is refused`() throws {
    try Fixtures.withTemporaryFolder { folder in
      try Data(#"[{"path": "", "type": "sentence_transformers.models.Pooling"}]"#.utf8).write(
        to: folder.appendingPathComponent("modules.json"))
      #expect { try DenseEncoder(folder: folder) } throws: { "\($0)".contains("are no model") }
    }
  }

  // MARK: sparse autoencoders behind it

  /// The autoencoder of the golden file.
  private func makeAutoEncoder(normalizesInput: Bool = false) throws -> SparseAutoEncoder {
    var configuration = SparseAutoEncoderConfiguration(inputDimension: 384)
    configuration.latentCount = 64
    configuration.auxiliaryCount = 16
    configuration.normalizesInput = normalizesInput
    let autoEncoder = try SparseAutoEncoder(configuration)
    let weights = matrixElements(64, 384) { i, j in Float((i * 31 + j * 17) % 23 - 11) / 64 }
    try withoutGradients {
      try autoEncoder.weight.tensor.copy(from: Tensor(weights, shape: [64, 384]))
      try autoEncoder.latentBias.tensor.copy(
        from: Tensor((0..<64).map { Float($0 % 7 - 3) / 256 }))
      try autoEncoder.preBias.tensor.copy(
        from: Tensor((0..<384).map { Float($0 % 5 - 2) / 256 }))
    }
    return autoEncoder
  }

  private func expect(
    _ row: SparseVector, _ expected: JSONValue?, _ name: String
  ) throws {
    let indices = try #require(expected?["indices"]?.array).compactMap(\.int)
    let weights = try #require(expected?["weights"]?.array).compactMap(\.double)
    #expect(row.indices.map(Int.init) == indices, "\(name)")
    let difference = compare(
      row.values.map(Double.init), with: weights, absolute: 2e-5, relative: 1e-6)
    #expect(difference.isWithinTolerance, "\(name): \(difference)")
  }

  @Test func `an autoencoder gives the reference's latents`() throws {
    let dense = try DenseModel(folder: folder)
    for (key, normalizes) in [("csr", false), ("csr_normalized_input", true)] {
      let encoder = SparseEncoder(
        try CSRModel(dense: dense, autoEncoder: makeAutoEncoder(normalizesInput: normalizes)))
      #expect(encoder.settings.maxActiveDimensions == 8)
      #expect(encoder.dimension == 64)
      #expect(encoder.term(3) == nil)
      let rows = try encoder.encodeDocuments(try texts())
      let limited = try encoder.encodeDocuments(
        try texts(), options: EncodingOptions(maxActiveDimensions: 3))
      for (row, entry) in try #require(golden["texts"]?.array).enumerated() {
        try expect(rows[row], entry[key], "\(key) \(row)")
        if !normalizes { try expect(limited[row], entry["csr_max_active_dims_3"], "3, \(row)") }
      }
    }
  }

  @Test func `the saved folder equals the reference's file by file`() throws {
    let tree = try #require(Fixtures.golden("trees")["models"]?["csr"]?.object)
    let encoder = try SparseEncoder(folder: folder)
    #expect(encoder.warnings.contains { $0.contains("Train it before use") })
    #expect(encoder.settings.maxActiveDimensions == 96)
    try Fixtures.withTemporaryFolder { folder in
      try encoder.save(to: folder)
      let files = try #require(FileManager.default.enumerator(atPath: folder.path))
        .compactMap { $0 as? String }.filter { $0.contains(".") }.sorted()
      #expect(files == tree.keys.sorted())
      for (name, expected) in tree.members where expected["text"] != nil {
        let url = folder.appendingPathComponent(name)
        guard name != "tokenizer_config.json" else { continue }
        let found = try String(contentsOf: url, encoding: .utf8)
        let wanted = expected["text"]?.string?.replacingOccurrences(of: "+cu132", with: "")
        #expect(found == wanted, "\(name)")
      }
      for (name, expected) in tree.members where expected["tensors"] != nil {
        let weights = try SafetensorsFile(contentsOf: folder.appendingPathComponent(name))
        let tensors = try #require(expected["tensors"]?.object)
        #expect(weights.entries.map(\.name).sorted() == tensors.keys.sorted())
        for entry in weights.entries {
          #expect(tensors[entry.name]?.array?[0].string == entry.dtype.safetensorsName)
          #expect(tensors[entry.name]?.array?[1].array?.compactMap(\.int) == entry.shape)
        }
        let metadata = expected["metadata"]?.object.map { object in
          Dictionary(uniqueKeysWithValues: object.members.map { ($0, $1.string ?? "") })
        }
        #expect(weights.metadata == metadata ?? [:])
        let size =
          try FileManager.default.attributesOfItem(
            atPath: folder.appendingPathComponent(name).path)[.size] as? Int
        #expect(size == expected["size"]?.int, "\(name)")
      }
      let again = try SparseEncoder(folder: folder)
      #expect(again.warnings.isEmpty)
      #expect(again.settings == encoder.settings)
      #expect(try again.encodeQueries(try texts()) == encoder.encodeQueries(try texts()))
      #expect(
        again.namedParameters.suffix(3).map(\.name)
          == ["3.pre_bias", "3.latent_bias", "3.encoder.weight"])
      #expect(again.namedParameters.first?.name == "0.model.embeddings.word_embeddings.weight")
    }
  }

  @Test func `a column trains encoder and autoencoder`() throws {
    let dense = try DenseModel(folder: folder)
    let csr = try CSRModel(dense: dense, autoEncoder: makeAutoEncoder())
    let encoder = SparseEncoder(csr)
    let tokens = try encoder.tokenize(["hello world", "a guide to routers"], role: .document)
    let column = try csr.reconstruct(tokens, precision: .float32)
    #expect(column.rebuilt.shape == [2, 384])
    try (column.input - column.rebuilt).squared().mean().backward()
    #expect(csr.autoEncoder.stepsSinceActive.contains { $0 == 2 })
    let trained = encoder.namedParameters.filter { $0.parameter.tensor.gradient != nil }
    #expect(trained.contains { $0.name == "3.encoder.weight" })
    #expect(trained.contains { $0.name == "0.model.embeddings.word_embeddings.weight" })
    #expect(!trained.contains { $0.name.contains("pooler") })
  }
}
