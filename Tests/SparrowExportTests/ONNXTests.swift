import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@testable import SparrowExport

/// Exported models give the reference's numbers in another runtime.
///
/// Runs when `SPARROW_PYTHON` names an interpreter with what Tools/onnx_check.py needs.
@Suite(.serialized) struct ONNXTests {
  private static let families = [
    "bert", "distilbert", "roberta", "xlm-roberta", "mpnet", "modernbert",
  ]

  /// A model folder that is exported.
  private struct Export {
    let folder: URL
    var options = ONNXOptions()
    var tolerance = 1e-4
  }

  /// Runs Tools/onnx_check.py and gives its last line; nil when there is no Python.
  private func runCheck(_ arguments: [String]) throws -> JSONValue? {
    guard let python = ProcessInfo.processInfo.environment["SPARROW_PYTHON"] else {
      Fixtures.skip("ONNX", because: "SPARROW_PYTHON names no Python with onnxruntime")
      return nil
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments =
      [Fixtures.repository.appendingPathComponent("Tools/onnx_check.py").path] + arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let line = text.split(separator: UInt8(ascii: "\n")).last
    return try line.map { try JSONValue(parsing: Array($0)) } ?? .null
  }

  /// Exports models and compares their numbers with the expected ones, in relation to the largest number
  /// when that is above 1: sums over long texts reach hundreds.
  private func expectEqual(_ exports: [Export], by action: String) throws {
    try Fixtures.withTemporaryFolder { folder in
      let pairs = try exports.enumerated().map { index, export in
        let file = folder.appendingPathComponent("\(index).onnx")
        try ONNXExporter(folder: export.folder, options: export.options).write(to: file)
        return [export.folder.path, file.path]
      }
      guard let results = try runCheck([action] + pairs.flatMap(\.self)) else { return }
      #expect(results.array?.count == exports.count)
      for (export, found) in zip(exports, results.array ?? []) {
        let scale = try max(1, #require(found["largest"]?.double))
        let difference = try #require(found["difference"]?.double) / scale
        #expect(try #require(found["active"]?.int) > 0)
        #expect(difference < export.tolerance, "\(export.folder.lastPathComponent)")
      }
    }
  }

  /// BERT's golden texts of the masked-LM model have two segments, which sparse models never see.
  @Test func `weights of padded texts are the reference's, whatever their lengths`() throws {
    let names = Self.families.filter { $0 != "bert" }
    try expectEqual(
      names.map { Export(folder: Fixtures.url("families/\($0)")) }, by: "golden")
  }

  @Test func `logits of cross-encoders are the reference's`() throws {
    let names = Self.families.map { $0 + "-classifier" }
    try expectEqual(
      names.map { Export(folder: Fixtures.url("families/\($0)")) }, by: "golden")
  }

  @Test func `the mean of a text's states is the reference's, over external data`() throws {
    try Fixtures.withFamilyModel("modernbert") { model in
      let prefix = "sentence_transformers.models"
      let stages = ["Transformer", "Pooling"].map { name in
        "{\"type\": \"\(prefix).\(name)\", \"path\": \"\(name == "Pooling" ? name : "")\"}"
      }
      try Data("[\(stages.joined(separator: ", "))]".utf8).write(
        to: model.appendingPathComponent("modules.json"))
      let pooling = model.appendingPathComponent("Pooling")
      try FileManager.default.createDirectory(at: pooling, withIntermediateDirectories: true)
      try Data("{}".utf8).write(to: pooling.appendingPathComponent("config.json"))
      var options = ONNXOptions()
      options.largestInlineByteCount = 0
      try expectEqual([Export(folder: model, options: options)], by: "golden")
    }
  }

  @Test func `models saved by the reference have its numbers`() throws {
    guard let tokenizer = Fixtures.model("splade-tiny") else {
      Fixtures.skip("ONNX", because: "the model splade-tiny is not set up (make setup)")
      return
    }
    try Fixtures.withTemporaryFolder { folder in
      guard try runCheck(["make", tokenizer.path, folder.path]) != nil else { return }
      var exports = (Self.families + ["inference-free", "csr", "dense", "pairs"]).map {
        Export(folder: folder.appendingPathComponent($0))
      }
      exports.append(Export(folder: tokenizer))
      exports.append(Export(folder: tokenizer, tolerance: 0.15))
      exports[exports.count - 1].options.precision = .int8
      try expectEqual(exports, by: "compare")
    }
  }
}
