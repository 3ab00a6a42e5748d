import Foundation
import SparrowCore
import SparrowModelFiles
import SparrowModels
import SparrowNN
import SparrowTensor
import SparrowTestSupport
import SparrowText
import Testing

/// Models that treat queries and documents differently.
///
/// Runs only when the demo model is there (`make setup`).
@Suite(
  .enabled(if: Fixtures.model("splade-tiny") != nil, "needs .models/splade-tiny; run make setup"))
struct InferenceFreeTests {
  private let folder: URL
  private let golden: JSONValue

  init() throws {
    folder = try #require(Fixtures.model("splade-tiny"))
    golden = try Fixtures.golden("static_router")
  }

  /// The encoder of the golden files: formula weights for queries, the demo model for documents.
  private func makeEncoder(
    activation: SpladeActivation = .relu, isFrozen: Bool = true
  ) throws -> SparseEncoder {
    let documents = try SpladeModel(
      folder: folder, pooling: SpladePooling(activation: activation))
    let formula = TermWeightTable(
      weights: (0..<30522).map { Float($0 * 7919 % 1000 + 1) / 128 })
    return try SparseEncoder(
      queries: SparseStaticEmbedding(
        tokenizer: documents.tokenizer, table: formula, isFrozen: isFrozen),
      documents: documents)
  }

  @Test func `golden queries and their similarities to documents agree`() throws {
    let encoder = try makeEncoder()
    for entry in try #require(golden["queries"]?.array) {
      guard let text = entry["text"]?.string else { continue }
      let row = try encoder.encodeQueries([text])[0]
      let weights = try #require(entry["embedding"]?["weights"]?.array).compactMap(\.double)
      #expect(row.values == weights.map { Float($0) }, "\(text)")
    }
    let block = try #require(golden["similarity"])
    let queries = try #require(block["queries"]?.array).compactMap(\.string)
    let documents = try #require(block["documents"]?.array).compactMap(\.string)
    let scores = try encoder.similarity(
      encoder.encodeQueries(queries), encoder.encodeDocuments(documents))
    let expected = try #require(block["dot"]?.array)
      .flatMap { $0.array?.compactMap(\.double) ?? [] }
    let difference = compare(
      scores.flatMap { $0.map(Double.init) }, with: expected, absolute: 1e-4)
    #expect(difference.isWithinTolerance, "\(difference)")
  }

  @Test func `the saved folder equals the reference's file by file`() throws {
    let tree = try #require(Fixtures.golden("trees")["models"]?["router"]?.object)
    let encoder = try makeEncoder(activation: .log1pRelu)
    _ = try encoder.similarity(
      encoder.encodeQueries(["hello"]), encoder.encodeDocuments(["hello"]))
    try Fixtures.withTemporaryFolder { folder in
      try encoder.save(to: folder)
      let files = try #require(FileManager.default.enumerator(atPath: folder.path))
        .compactMap { $0 as? String }.filter { $0.contains(".") }.sorted()
      #expect(files == tree.keys.sorted())
      for (name, expected) in tree.members where expected["text"] != nil {
        let found = try String(
          contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
        // The build suffix of the reference's torch is not ours to know, and the reference does not
        // know the size of a vector before it has made one.
        let wanted = expected["text"]?.string?.replacingOccurrences(of: "+cu132", with: "")
          .replacingOccurrences(
            of: #""embedding_dimension": null"#, with: #""embedding_dimension": 30522"#)
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
        let size =
          try FileManager.default.attributesOfItem(
            atPath: folder.appendingPathComponent(name).path)[.size] as? Int
        #expect(size == expected["size"]?.int, "\(name)")
      }
    }
  }

  @Test func `a saved model loads again, with libtorch and without`() throws {
    let encoder = try makeEncoder(activation: .log1pRelu)
    encoder.settings.prompts["query"] = "find "
    encoder.maximumLength = 20
    let texts = ["hello world", String(repeating: "one two three ", count: 20)]
    try Fixtures.withTemporaryFolder { folder in
      try encoder.save(to: folder)
      let again = try SparseEncoder(folder: folder)
      #expect(again.warnings.isEmpty)
      #expect(again.maximumLength == 20)
      #expect(again.routes.names == ["query", "document"])
      let queries = try encoder.encodeQueries(texts)
      #expect(try again.encodeQueries(texts) == queries)
      #expect(try again.encodeDocuments(texts) == encoder.encodeDocuments(texts))
      let light = try StaticQueryEncoder(folder: folder)
      #expect(try light.encode(texts, role: .query, options: EncodingOptions()) == queries)
      let plain = EncodingOptions(prompt: "")
      let bare = try encoder.encodeQueries(texts, options: plain)
      #expect(bare != queries)
      #expect(try light.encode(texts, role: .query, options: plain) == bare)
      let table = try #require(try again.model(for: .query) as? SparseStaticEmbedding)
      #expect(table.isFrozen)
    }
  }

  @Test func `texts on neither side are documents`() throws {
    let encoder = try makeEncoder()
    let plain = try encoder.encode([TokenizerInput("hello world")])
    #expect(try plain == encoder.encodeDocuments(["hello world"]))
    #expect(try plain != encoder.encodeQueries(["hello world"]))
  }

  @Test func `parameters have the reference's names and order`() throws {
    let names = try makeEncoder(isFrozen: false).namedParameters.map(\.name)
    #expect(names.count == 43)
    #expect(names.first == "0.sub_modules.query.0.weight")
    #expect(
      names[1] == "0.sub_modules.document.0.model.bert.embeddings.word_embeddings.weight")
  }

  @Test func `columns take the routes of their tasks and gradients reach both sides`() throws {
    let encoder = try makeEncoder(isFrozen: false)
    let queries = try encoder.tokenize(["hello world", "hello"], role: .query)
    let documents = try encoder.tokenize(["hello moon", "world"], role: .document)
    #expect(queries.tokenCount == 3)
    #expect(documents.tokenCount == 7)
    let weights = try encoder.forward(
      [documents, queries, documents], tasks: ["document", "query", nil], precision: .float32)
    #expect(weights.map(\.shape) == [[2, 30522], [2, 30522], [2, 30522]])
    #expect(try weights[1].sum().item() == 6.8203125 + 2 * 0.3828125)
    try (weights[0] * weights[1]).sum().backward()
    let table = try #require(encoder.parameters.first?.tensor.gradient)
    // The gradient of a token's weight is the sum of its weights in the rows' documents.
    let values = try weights[0].values(as: Float.self)
    let gradient = try table.values(as: Float.self)
    #expect(abs(gradient[7592] - (values[7592] + values[30522 + 7592])) < 1e-5)
    #expect(gradient[2088] == values[2088])
    #expect(encoder.parameters.dropFirst().contains { $0.tensor.gradient != nil })
    #expect(throws: ModelError.self) {
      try encoder.forward([queries], tasks: ["title"], precision: .float32)
    }
    #expect(throws: ModelError.self) {
      try encoder.forward([queries], tasks: [nil, nil], precision: .float32)
    }
  }

  @Test func `sides of different sizes are refused`() throws {
    try Fixtures.withTemporaryFolder { folder in
      try Data("[UNK]\n[CLS]\n[SEP]\nred".utf8).write(
        to: folder.appendingPathComponent("vocab.txt"))
      let queries = try SparseStaticEmbedding(tokenizer: Tokenizer(folder: folder))
      let documents = try SpladeModel(folder: self.folder)
      #expect { try SparseEncoder(queries: queries, documents: documents) } throws: {
        "\($0)".contains("4 and 30522")
      }
      #expect(throws: ModelError.self) {
        try SparseStaticEmbedding(
          tokenizer: documents.tokenizer, table: TermWeightTable(weights: [1]))
      }
    }
  }

  // MARK: folders that others wrote

  private func write(_ text: String, to folder: URL, _ name: String) throws {
    let url = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  /// A router over two SPLADE routes that share the demo model.
  private func writeSharedRouter(to folder: URL, name: String, parameters: String) throws {
    try FileManager.default.copyItem(
      at: self.folder, to: folder.appendingPathComponent("query_0_MLMTransformer"))
    try write(
      #"{"pooling_strategy": "sum"}"#, to: folder, "query_1_SpladePooling/config.json")
    try write(
      #"{"pooling_strategy": "max"}"#, to: folder, "document_1_SpladePooling/config.json")
    let types = [
      "query_0_MLMTransformer": "MLMTransformer.MLMTransformer",
      "query_1_SpladePooling": "SpladePooling.SpladePooling",
      "document_1_SpladePooling": "SpladePooling",
    ].map { "\"\($0)\": \"sentence_transformers.sparse_encoder.models.\($1)\"" }
    try write(
      """
      {"types": {\(types.joined(separator: ", "))}, "structure": {
        "query": ["query_0_MLMTransformer", "query_1_SpladePooling"],
        "document": ["query_0_MLMTransformer", "document_1_SpladePooling"]},
       "parameters": \(parameters)}
      """, to: folder, name)
    try write(
      #"[{"path": "", "type": "sentence_transformers.models.Router"}]"#, to: folder,
      "modules.json")
  }

  @Test(arguments: ["router_config.json", "config.json"])
  func `routes share a stage, in memory and in files`(_ name: String) throws {
    try Fixtures.withTemporaryFolder { folder in
      let source = folder.appendingPathComponent("source")
      try writeSharedRouter(
        to: source, name: name,
        parameters: #"{"default_route": "document", "allow_empty_key": true}"#)
      let encoder = try SparseEncoder(folder: source)
      #expect(encoder.parameters.count == 42)
      let queries = try encoder.encodeQueries(["hello world"])
      let documents = try encoder.encodeDocuments(["hello world"])
      #expect(queries[0][7592] > documents[0][7592])
      encoder.maximumLength = 7
      #expect(try encoder.model(for: .document).maximumLength == 7)
      let saved = folder.appendingPathComponent("saved")
      try encoder.save(to: saved)
      let structure = try JSONValue(contentsOf: saved.appendingPathComponent("router_config.json"))
      #expect(
        structure["structure"]?["document"]
          == ["query_0_Transformer", "document_1_SpladePooling"])
      let again = try SparseEncoder(folder: saved)
      #expect(try again.encodeQueries(["hello world"]) == queries)
      #expect(again.parameters.count == 42)
    }
  }

  @Test func `mappings and missing routes decide as the rules say`() throws {
    try Fixtures.withTemporaryFolder { folder in
      try writeSharedRouter(
        to: folder, name: "router_config.json",
        parameters:
          #"{"allow_empty_key": false, "route_mappings": {"('document', 'text')": "query", "what": "query"}}"#
      )
      let encoder = try SparseEncoder(folder: folder)
      #expect(encoder.warnings.count == 1)
      let queries = try encoder.encodeQueries(["hello"])
      #expect(try encoder.encodeDocuments(["hello"]) == queries)
      #expect { try encoder.encode([TokenizerInput("hello")]) } throws: {
        "\($0)".contains("no default route")
      }
    }
  }

  @Test(arguments: [
    (#"{"query": ["query_1_SpladePooling"]}"#, "SpladePooling are no model"),
    (#"{"query": ["nothing"]}"#, "'nothing'"),
  ])
  func `routes that are no model are refused`(_ structure: String, _ words: String) throws {
    try Fixtures.withTemporaryFolder { folder in
      try writeSharedRouter(to: folder, name: "old.json", parameters: "{}")
      let object = try JSONValue(contentsOf: folder.appendingPathComponent("old.json"))
      try write(
        #"{"types": \#(try #require(object["types"]).text()), "structure": \#(structure)}"#,
        to: folder, "router_config.json")
      #expect { try SparseEncoder(folder: folder) } throws: { "\($0)".contains(words) }
    }
  }
}
