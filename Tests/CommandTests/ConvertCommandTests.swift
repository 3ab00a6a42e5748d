import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@Suite struct ConvertCommandTests {
  @Test func `a converted model gives the same vectors`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      let output = folder.appendingPathComponent("converted")
      let run = try CommandRun(["convert", "--model", model.path, "--output", output.path])
      #expect(run.code == 0, "\(run.errors)")
      #expect(run.output.contains("30,522 terms"))
      let names = try FileManager.default.contentsOfDirectory(atPath: output.path)
      #expect(Set(names).isSuperset(of: ["modules.json", "model.safetensors", "tokenizer.json"]))
      let texts = ["a wireless router", "München, 東京 & co."]
      let before = try CommandRun(["encode", "--model", model.path] + texts)
      let after = try CommandRun(["encode", "--model", output.path] + texts)
      #expect(after.code == 0, "\(after.errors)")
      #expect(after.output == before.output)
    }
  }

  @Test func `limits become the model's own`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      let output = folder.appendingPathComponent("converted").path
      let run = try CommandRun([
        "convert", "--model", model.path, "--output", output, "--max-active", "5", "--max-length",
        "4",
      ])
      #expect(run.code == 0, "\(run.errors)")
      let encoded = try CommandRun(["encode", "--model", output, "a b c d e f", "a b"])
      #expect(encoded.code == 0, "\(encoded.errors)")
      // Two words and the two special tokens are four tokens, so both texts are the same to it.
      let vectors = try encoded.lines.map { try JSONValue(parsing: Array($0.utf8)) }
      #expect(vectors[0]["indices"] == vectors[1]["indices"])
      #expect(vectors.allSatisfy { $0["indices"]?.array?.count == 5 })
    }
  }

  @Test func `a folder with files is refused unless forced`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      _ = try SampleFiles.write("mine", "notes.txt", in: folder)
      let arguments = ["convert", "--model", model.path, "--output", folder.path]
      let refused = try CommandRun(arguments)
      #expect(refused.code == 2)
      #expect(refused.errors.contains("--force"))
      let forced = try CommandRun(arguments + ["--force"])
      #expect(forced.code == 0, "\(forced.errors)")
      let notes = folder.appendingPathComponent("notes.txt")
      #expect(try String(contentsOf: notes, encoding: .utf8) == "mine")
    }
  }
}
