import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@testable import SparrowExport

/// Exported models give the reference's weights in another runtime.
///
/// Runs when `SPARROW_PYTHON` names an interpreter with what Tools/onnx_check.py needs.
@Suite(.serialized) struct ONNXTests {
  /// Runs Tools/onnx_check.py and gives its last line; nil when there is no Python or no model.
  private func check(_ arguments: String...) throws -> JSONValue? {
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

  private func difference(
    of model: URL, in folder: URL, _ options: ONNXOptions = ONNXOptions()
  ) throws -> Double? {
    let file = folder.appendingPathComponent("\(UUID().uuidString).onnx")
    try ONNXExporter(folder: model, options: options).write(to: file)
    guard let found = try check("compare", model.path, file.path) else { return nil }
    #expect(try #require(found["active"]?.int) > 0)
    // Relative to the largest weight: sums over long texts reach hundreds.
    return try #require(found["difference"]?.double) / max(1, #require(found["largest"]?.double))
  }

  @Test func `small models of every kind have the reference's weights`() throws {
    guard let tokenizer = Fixtures.model("splade-tiny") else {
      Fixtures.skip("ONNX", because: "the model splade-tiny is not set up (make setup)")
      return
    }
    try Fixtures.withTemporaryFolder { folder in
      guard try check("make", tokenizer.path, folder.path) != nil else { return }
      for name in ["bert", "distilbert", "inference-free", "csr"] {
        let model = folder.appendingPathComponent(name)
        let found = try #require(try difference(of: model, in: folder))
        #expect(found < 1e-4, "\(name)")
      }
    }
  }

  @Test func `a real model has the reference's weights, inline, external and in 8 bits`() throws {
    guard let model = Fixtures.model("splade-tiny") else {
      Fixtures.skip("ONNX", because: "the model splade-tiny is not set up (make setup)")
      return
    }
    try Fixtures.withTemporaryFolder { folder in
      guard let inline = try difference(of: model, in: folder) else { return }
      #expect(inline < 1e-4)
      var options = ONNXOptions()
      options.largestInlineByteCount = 0
      #expect(try #require(try difference(of: model, in: folder, options)) < 1e-4)
      options = ONNXOptions()
      options.precision = .int8
      #expect(try #require(try difference(of: model, in: folder, options)) < 0.15)
    }
  }
}
