import Foundation
import SparrowCore
import SparrowModelFiles
import SparrowTestSupport
import Testing

@testable import SparrowExport

/// Files that are written, and models that are refused.
@Suite struct ExportTests {
  /// What a message looks like in a file.
  private func bytes(_ message: ProtobufMessage) throws -> [UInt8] {
    try Fixtures.withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("message")
      try AtomicFile.write(to: file) { try message.write(to: $0) }
      return Array(try Data(contentsOf: file))
    }
  }

  @Test func `messages have the wire format of protocol buffers`() throws {
    var inner = ProtobufMessage()
    inner.add(1, 150)
    var message = ProtobufMessage()
    message.add(3, inner)
    message.add(2, "testing")
    message.add(1, -1)
    message.add(5, Float(1))
    message.add(200, TensorContent([Float(2)]))
    let expected: [UInt8] =
      [0x1A, 0x03, 0x08, 0x96, 0x01, 0x12, 0x07] + Array("testing".utf8)
      + [0x08] + [UInt8](repeating: 0xFF, count: 9) + [0x01]
      + [0x2D, 0, 0, 0x80, 0x3F] + [0xC2, 0x0C, 4, 0, 0, 0, 0x40]
    #expect(try bytes(message) == expected)
    #expect(message.byteCount == expected.count)
  }

  @Test func `numbers of 8 bits are symmetric and have a scale for each row`() {
    let (values, scales) = RowQuantization.quantize([1, -2, 0.5, 0, 0, 0], columns: 3)
    #expect(values == [64, -127, 32, 0, 0, 0])
    #expect(scales == [2 / 127, 1])
  }

  @Test func `sizes are told and large constants lie beside the model`() throws {
    guard let model = Fixtures.model("splade-tiny") else {
      Fixtures.skip("external data", because: "the model splade-tiny is not set up (make setup)")
      return
    }
    try Fixtures.withTemporaryFolder { folder in
      var options = ONNXOptions()
      options.largestInlineByteCount = 1 << 20
      let file = folder.appendingPathComponent("model.onnx")
      let summary = try ONNXExporter(folder: model, options: options).write(to: file)
      #expect(summary.output == .sparseEmbedding)
      #expect(summary.dimension == 30_522)
      #expect(summary.maximumLength == 512)
      #expect(summary.externalFileName == "model.onnx.data")
      let inline = try Data(contentsOf: file).count
      let external = try Data(contentsOf: folder.appendingPathComponent("model.onnx.data")).count
      #expect(inline < 1 << 20)
      #expect(external + inline > summary.byteCount)
      options = ONNXOptions()
      options.precision = .int8
      let small = try ONNXExporter(folder: model, options: options).write(to: file)
      #expect(small.externalFileName == nil)
      #expect(small.byteCount < summary.byteCount / 3)
    }
  }

  /// What happens with a folder of given files.
  private func error(_ files: [String: String]) throws -> (any Error)? {
    try Fixtures.withTemporaryFolder { folder in
      for (name, text) in files {
        let file = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
      }
      do {
        try ONNXExporter(folder: folder).write(to: folder.appendingPathComponent("out.onnx"))
        return nil
      } catch {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(!names.contains { $0.contains("onnx") })
        return error
      }
    }
  }

  @Test func `models that cannot be exported are refused by name`() throws {
    let gpt = try error(["config.json": "{\"model_type\": \"gpt2\"}"]) as? ModelError
    #expect(gpt?.code == .unsupported)
    for name in ["gpt2", "bert", "distilbert", "roberta", "xlm-roberta", "mpnet", "modernbert"] {
      #expect(gpt?.message.contains(name) == true)
    }
    let prefix = "sentence_transformers.models"
    let stages = "[{\"type\": \"\(prefix).Normalize\", \"path\": \"\"}]"
    let alone = try error(["modules.json": stages]) as? ExportError
    #expect(alone?.code == .unsupported)
    #expect(alone?.message.contains("Normalize") == true)
  }

  @Test func `missing weights are named`() throws {
    let configuration = "{\"model_type\": \"bert\", \"num_hidden_layers\": 1}"
    let none = try error(["config.json": configuration]) as? ModelError
    #expect(none?.code == .missing)
    #expect(none?.message.contains("model.safetensors") == true)
    let pickle =
      try error(["config.json": configuration, "pytorch_model.bin": ""]) as? ModelError
    #expect(pickle?.message.contains("save_pretrained") == true)
    let header = "{}      "
    let file = String(decoding: [8, 0, 0, 0, 0, 0, 0, 0] as [UInt8], as: UTF8.self) + header
    let empty =
      try error(["config.json": configuration, "model.safetensors": file]) as? ExportError
    #expect(empty?.code == .invalidWeights)
    #expect(empty?.location?.item == "bert.embeddings.word_embeddings.weight")
    let index = "{\"weight_map\": {\"a\": \"gone.safetensors\"}}"
    let shard =
      try error([
        "config.json": configuration, "model.safetensors.index.json": index,
      ]) as? ModelError
    #expect(shard?.message.contains("gone.safetensors") == true)
  }
}
