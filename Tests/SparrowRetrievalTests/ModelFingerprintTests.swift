import Foundation
import SparrowCore
import SparrowModels
import SparrowRetrieval
import SparrowTestSupport
import Testing

@Suite struct ModelFingerprintTests {
  private func write(_ text: String, _ name: String, in folder: URL) throws {
    let file = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  private func model(_ name: String, in folder: URL) throws -> URL {
    let model = folder.appendingPathComponent(name)
    try write(String(repeating: "weights", count: 100_000), "model.safetensors", in: model)
    try write("{}", "config.json", in: model)
    try write("{}", "1_SpladePooling/config.json", in: model)
    return model
  }

  @Test func `copies are equal, whatever lies beside the model`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let first = try model("first", in: folder)
      let second = try model("second", in: folder)
      try write("notes", "README.md", in: second)
      try write("{}", "checkpoint-10/config.json", in: second)
      #expect(try ModelFingerprint(of: first) == ModelFingerprint(of: second))
      #expect(try VectorSpace.model(in: first) == VectorSpace.model(in: second))
    }
  }

  @Test(arguments: ["model.safetensors", "config.json", "1_SpladePooling/config.json"])
  func `one byte makes another model`(name: String) throws {
    try Fixtures.withTemporaryFolder { folder in
      let model = try model("model", in: folder)
      let before = try ModelFingerprint(of: model)
      let file = model.appendingPathComponent(name)
      var bytes = try Data(contentsOf: file)
      bytes[bytes.count - 1] ^= 1
      // The time of change is no part of the contents, but tells that they must be read again.
      try bytes.write(to: file)
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1_700_000_000)],
        ofItemAtPath: file.path)
      #expect(try ModelFingerprint(of: model) != before)
      #expect(try ModelFingerprint(of: model, reusing: before) != before)
    }
  }

  @Test func `settings make another space`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let model = try model("model", in: folder)
      let space = try VectorSpace.model(in: model)
      #expect(try VectorSpace.model(in: model, maximumLength: 8) != space)
      #expect(try VectorSpace.model(in: model, maximumActiveDimensions: 8) != space)
      #expect(try VectorSpace.model(in: model, precision: .bfloat16) != space)
    }
  }

  @Test func `no folder and a folder without a model are missing`() throws {
    try Fixtures.withTemporaryFolder { folder in
      for url in [folder, folder.appendingPathComponent("none")] {
        let error = #expect(throws: RetrievalError.self) { try ModelFingerprint(of: url) }
        #expect(error?.category == .missing)
      }
    }
  }
}
