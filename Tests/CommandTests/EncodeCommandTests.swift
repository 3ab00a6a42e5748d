import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@Suite struct EncodeCommandTests {
  private func object(_ line: String) throws -> JSONObject {
    try #require(JSONValue(parsing: Array(line.utf8)).object)
  }

  @Test func `texts become one line each with the reference's indices and values`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    let golden = try Fixtures.golden("splade_encode")
    let cases = try #require(golden["texts"]?.array).filter {
      $0["repeat"]?.isNull == true && $0["text"]?.string?.utf8.contains(0) == false
    }
    let texts = try cases.map { try #require($0["text"]?.string) }
    let run = try CommandRun(["encode", "--model", model.path, "--"] + texts)
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.lines.count == texts.count && texts.count > 10)
    for (position, line) in run.lines.enumerated() {
      let object = try object(line)
      #expect(object.keys == ["id", "indices", "values"])
      #expect(object["id"]?.string == String(position + 1))
      let expected = cases[position]["relu_max"]
      let indices = object["indices"]?.array?.compactMap(\.int)
      #expect(indices == expected?["indices"]?.array?.compactMap(\.int))
      #expect(indices == indices?.sorted())
      let difference = compare(
        object["values"]?.array?.compactMap(\.double) ?? [],
        with: expected?["weights"]?.array?.compactMap(\.double) ?? [], absolute: 2e-5)
      #expect(difference.isWithinTolerance, "\(difference)")
    }
  }

  @Test func `lines of objects join title and text and keep their identifiers`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      let input = try SampleFiles.write(
        """
        {"_id": "a", "title": "Cats", "text": "hunt mice"}

        {"_id": 7, "text": "Cats hunt mice"}
        """, "in.jsonl", in: folder)
      let output = folder.appendingPathComponent("out.jsonl")
      let run = try CommandRun([
        "encode", "--model", model.path, "--role", "document", "--input", input.path,
        "--output", output.path,
      ])
      #expect(run.code == 0, "\(run.errors)")
      #expect(run.output.isEmpty)
      let lines = try String(contentsOf: output, encoding: .utf8).split(separator: "\n")
      let objects = try lines.map { try object(String($0)) }
      #expect(objects.map { $0["id"]?.string } == ["a", "7"])
      #expect(objects[0]["indices"] == objects[1]["indices"])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2)
    }
  }

  @Test func `plain text comes from the standard input, numbered by line`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      let input = try SampleFiles.write("one cat\n\ntwo dogs\n", "lines", in: folder)
      let run = try CommandRun(
        ["encode", "--model", model.path, "--input", "-", "--terms"], input: input)
      #expect(run.code == 0, "\(run.errors)")
      #expect(run.lines.map { $0.prefix(2) } == ["1\t", "2\t", "3\t"])
      #expect(run.lines[0].contains("cat "))
      #expect(run.errors.contains("warning: The text '2' is empty"))
    }
  }

  @Test func `terms can be had as JSON, heaviest first`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    let run = try CommandRun([
      "encode", "--model", model.path, "--terms", "--json", "--max-active", "3", "hello world",
    ])
    let terms = try #require(object(run.output)["terms"]?.array)
    #expect(terms.count == 3)
    let weights = terms.compactMap { $0["weight"]?.double }
    #expect(weights == weights.sorted(by: >))
    #expect(terms.first?["term"]?.string != nil)
  }

  @Test func `a text of two megabytes is cut and encoded`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      let text = String(repeating: "lorem ipsum dolor ", count: 2_000_000 / 18)
      let input = try SampleFiles.write(text, "long.txt", in: folder)
      let run = try CommandRun(["encode", "--model", model.path, "--input", input.path])
      #expect(run.code == 0, "\(run.errors)")
      #expect(run.lines.count == 1)
    }
  }

  @Test func `a special file is written to and stays`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    let run = try CommandRun(["encode", "--model", model.path, "--output", "/dev/null", "hello"])
    #expect(run.code == 0, "\(run.errors)")
    let type = try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type]
    #expect(type as? FileAttributeType == .typeCharacterSpecial)
  }

  @Test func `a bad line is named and no output file is left`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      let good = #"{"_id": "x", "text": "x"}"# + "\n"
      let input = try SampleFiles.write(
        String(repeating: good, count: 999) + #"{"_id": "x", "text": }"# + "\n", "bad.jsonl",
        in: folder)
      let output = folder.appendingPathComponent("out.jsonl")
      let run = try CommandRun([
        "encode", "--model", model.path, "--input", input.path, "--output", output.path,
      ])
      #expect(run.code == 1)
      #expect(run.errors.contains("bad.jsonl:1000"), "\(run.errors)")
      #expect(!FileManager.default.fileExists(atPath: output.path))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["bad.jsonl"])
    }
  }
}
