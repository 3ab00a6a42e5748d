import Foundation
import SparrowCore
import SparrowModelFiles
import SparrowTestSupport
import SparrowText
import Testing

/// Runs only when the demo model is there (`make setup`): its tokenizer is the golden file's.
@Suite(
  .enabled(if: Fixtures.model("splade-tiny") != nil, "needs .models/splade-tiny; run make setup"))
struct StaticQueryEncoderTests {
  private let tokenizer: Tokenizer
  private let golden: JSONValue

  init() throws {
    tokenizer = try Tokenizer(folder: try #require(Fixtures.model("splade-tiny")))
    golden = try Fixtures.golden("static_router")
  }

  /// The weights of the golden file's formula.
  static let formula = TermWeightTable(
    weights: (0..<30522).map { Float($0 * 7919 % 1000 + 1) / 128 })

  private func text(_ entry: JSONValue) throws -> String {
    if let parts = entry["text"]?.array {
      return String(repeating: try #require(parts[0].string), count: try #require(parts[1].int))
    }
    return try #require(entry["text"]?.string)
  }

  @Test func `every golden query gives the reference's weights`() throws {
    let encoder = StaticQueryEncoder(tokenizer: tokenizer, table: Self.formula)
    let entries = try #require(golden["queries"]?.array)
    let rows = try encoder.encode(
      entries.map { try text($0) }, role: .query, options: EncodingOptions())
    #expect(rows.rowCount == 9)
    for (row, entry) in entries.enumerated() {
      let name = entry["name"]?.string ?? "\(row)"
      let indices = try #require(entry["embedding"]?["indices"]?.array).compactMap(\.int)
      let weights = try #require(entry["embedding"]?["weights"]?.array).compactMap(\.double)
      #expect(rows[row].indices.map(Int.init) == indices, "\(name)")
      #expect(rows[row].values == weights.map { Float($0) }, "\(name)")
    }
  }

  /// The reference's answer for a literal `[PAD]` depends on the batch; ours is its answer for the
  /// text alone.
  @Test func `a literal pad token has its weight in any batch`() throws {
    let encoder = StaticQueryEncoder(tokenizer: tokenizer, table: Self.formula)
    let batch = try #require(golden["pad_quirk"]?["batch"]?.array).compactMap(\.string)
    let alone = try #require(golden["pad_quirk"]?["pad_weight_alone"]?.double)
    #expect(golden["pad_quirk"]?["pad_weight_in_batch"]?.double == 0)
    let rows = try encoder.encode(batch, role: .query, options: EncodingOptions())
    #expect(rows[0][0] == Float(alone))
    #expect(try encoder.encode(batch[0])[0] == Float(alone))
  }

  @Test func `the published table reads without skipping a token`() throws {
    guard let folder = Fixtures.data("idf_bert_uncased") else {
      Fixtures.skip("the published table", because: "the retrieval data are not there")
      return
    }
    let table = try TermWeightTable(
      idfFile: folder.appendingPathComponent("idf.json"), tokenizer: tokenizer)
    #expect(table.count == 30522)
    #expect(table.weights.allSatisfy { $0 > 0 })
    #expect(table.weights[Int(try #require(tokenizer.id(of: ".")))] == 0.016054174)
  }

  @Test func `the prompt is looked up, long queries are cut and heavy terms are kept`() throws {
    var encoder = StaticQueryEncoder(tokenizer: tokenizer, table: Self.formula, prompt: "world ")
    #expect(try encoder.encode("hello").indices == [2088, 7592])
    encoder.maximumLength = 1
    #expect(try encoder.encode("hello").indices == [2088])
    encoder.maximumLength = nil
    encoder.maxActiveDimensions = 1
    #expect(try encoder.encode("hello").indices == [2088])
    let options = EncodingOptions(maxActiveDimensions: 1)
    encoder.maxActiveDimensions = nil
    #expect(try encoder.encode(["hello"], role: .query, options: options)[0].indices == [2088])
    #expect(encoder.term(2088) == "world")
    #expect(encoder.dimension == 30522)
  }

  @Test func `documents are refused with advice`() throws {
    let encoder = StaticQueryEncoder(tokenizer: tokenizer, table: Self.formula)
    #expect { try encoder.encode(["x"], role: .document, options: EncodingOptions()) } throws: {
      "\($0)".contains("SparseEncoder")
    }
  }

  // MARK: folders

  private func write(_ text: String, to folder: URL, _ name: String) throws {
    try write(Data(text.utf8), to: folder, name)
  }

  private func write(_ data: Data, to folder: URL, _ name: String) throws {
    let url = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url)
  }

  /// A safetensors file of one tensor.
  private func weightFile(
    _ weights: [Float], name: String = "weight", type: String = "F32"
  ) -> Data {
    let header =
      #"{"\#(name)":{"dtype":"\#(type)","shape":[\#(weights.count)],"data_offsets":[0,\#(weights.count * 4)]}}"#
    var data = Data()
    for shift in 0..<8 { data.append(UInt8(truncatingIfNeeded: header.utf8.count >> (shift * 8))) }
    data.append(contentsOf: header.utf8)
    for weight in weights {
      for shift in 0..<4 {
        data.append(UInt8(truncatingIfNeeded: weight.bitPattern >> (shift * 8)))
      }
    }
    return data
  }

  private func writeStage(to folder: URL, _ path: String) throws {
    let model = try #require(Fixtures.model("splade-tiny"))
    try write(#"{"frozen": true}"#, to: folder, path + "config.json")
    try write(weightFile(Self.formula.weights), to: folder, path + "model.safetensors")
    for name in ["tokenizer.json", "tokenizer_config.json"] {
      try write(
        Data(contentsOf: model.appendingPathComponent(name)), to: folder, path + name)
    }
  }

  private let router = #"""
    {"types": {"query_0_S": "sentence_transformers.sparse_encoder.models.SparseStaticEmbedding.SparseStaticEmbedding",
     "document_0_M": "sentence_transformers.sparse_encoder.models.MLMTransformer.MLMTransformer"},
     "structure": {"query": ["query_0_S"], "document": ["document_0_M"]},
     "parameters": {"default_route": "document"}}
    """#

  @Test func `a model's query side loads without its document side`() throws {
    try Fixtures.withTemporaryFolder { folder in
      try writeStage(to: folder, "query_0_S/")
      try write(router, to: folder, "router_config.json")
      try write(
        #"[{"path": "", "type": "sentence_transformers.models.Router"}]"#, to: folder,
        "modules.json")
      try write(
        #"{"prompts": {"query": "world "}, "similarity_fn_name": "cosine", "max_active_dims": 9}"#,
        to: folder, "config_sentence_transformers.json")
      let encoder = try StaticQueryEncoder(folder: folder)
      #expect(try encoder.encode("hello").indices == [2088, 7592])
      #expect(encoder.similarity == .cosine)
      #expect(encoder.maxActiveDimensions == 9)
      #expect(encoder.maximumLength == 512)
    }
  }

  @Test func `a stage's folder loads alone, with weights or with a table of tokens`() throws {
    try Fixtures.withTemporaryFolder { folder in
      try writeStage(to: folder, "")
      #expect(try StaticQueryEncoder(folder: folder).table == Self.formula)
      try write(#"{"path": "idf.json"}"#, to: folder, "config.json")
      try write(#"{"hello": 3}"#, to: folder, "idf.json")
      #expect(try StaticQueryEncoder(folder: folder).encode("hello world").values == [3])
    }
  }

  @Test func `a model whose queries need a transformer is refused`() throws {
    try Fixtures.withTemporaryFolder { folder in
      try write(
        #"[{"path": "", "type": "sentence_transformers.sparse_encoder.models.MLMTransformer"}]"#,
        to: folder, "modules.json")
      #expect { try StaticQueryEncoder(folder: folder) } throws: {
        "\($0)".contains("MLMTransformer") && "\($0)".contains("SparseEncoder")
      }
    }
  }

  @Test func `broken stages are refused with file and reason`() throws {
    try Fixtures.withTemporaryFolder { folder in
      try writeStage(to: folder, "")
      func expectRefusal(_ words: String...) {
        #expect { try StaticQueryEncoder(folder: folder) } throws: { error in
          let text = (error as? any SparrowError)?.description ?? ""
          return words.allSatisfy(text.contains)
        }
      }
      let weights = "model.safetensors"
      try write(weightFile([1, 2]), to: folder, weights)
      expectRefusal("30522 tokens", "2 weights")
      try write(weightFile([1], name: "bias"), to: folder, weights)
      expectRefusal(weights, "weight", "bias")
      try write(weightFile([1], type: "I32"), to: folder, weights)
      expectRefusal(weights, "F32", "I32")
      try write(weightFile([1]).dropLast(), to: folder, weights)
      expectRefusal(weights, "truncated")
      try FileManager.default.removeItem(at: folder.appendingPathComponent(weights))
      expectRefusal(weights, "not there")
      try write(#"{"size": 3}"#, to: folder, "config.json")
      expectRefusal("config.json", "size", "frozen")
      try write(#"{"path": "../idf.json"}"#, to: folder, "config.json")
      expectRefusal("config.json", "outside")
    }
  }
}
