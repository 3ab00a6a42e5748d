import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@Suite(.serialized) struct PushCommandTests {
  /// Writes documents of a word each; every third has a language, all have a year.
  private func documents(_ count: Int, in folder: URL) throws -> URL {
    let lines = (0..<count).map { number in
      let language = number % 3 == 0 ? #", "lang": "en""# : ""
      return
        #"{"_id": "d\#(number)", "text": "word \#(number)", "year": \#(1900 + number), "odd name": 1\#(language)}"#
    }
    return try SampleFiles.write(lines.joined(separator: "\n"), "docs.jsonl", in: folder)
  }

  private func push(
    _ input: URL, to server: StandInQdrant, model: URL, _ more: String...,
    environment: [String: String] = [:]
  ) throws -> CommandRun {
    try CommandRun(
      [
        "push", "--to", server.address, "--model", model.path, "--input", input.path,
        "--max-length", "8",
      ] + more, environment: environment)
  }

  private func object(_ run: CommandRun) throws -> JSONObject {
    #expect(run.code == 0, "\(run.errors)")
    return try #require(JSONValue(parsing: Array(run.output.utf8)).object)
  }

  @Test func `documents, fields and payload arrive, once each`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      let server = try StandInQdrant()
      let input = try documents(30, in: folder)
      let repeated =
        try String(contentsOf: input, encoding: .utf8)
        + "\n{\"_id\": \"d7\", \"text\": \"again\"}\n"
      _ = try SampleFiles.write(repeated, "docs.jsonl", in: folder)
      let run = try push(
        input, to: server, model: model, "--json",
        environment: ["SPARROW_ENGINE_KEY": "secret"])
      let report = try object(run)
      #expect(report["pushed"] == 30)
      #expect(report["repeated"] == 1)
      #expect(report["documents"] == 30)
      #expect(run.errors.contains("'d7'"), "\(run.errors)")
      #expect(!run.errors.contains("secret"))
      let state = server.state
      #expect(state.writeCounts.count == 30)
      #expect(state.writeCounts.values.allSatisfy { $0 == 1 })
      #expect(state.fields == ["lang", "year"])
      #expect(state.keys == ["secret"])
      let payload = try #require(state.payloads["d3"])
      #expect(payload["lang"] != nil)
      #expect(payload["year"] != nil)
      #expect(payload["payload"]?["text"] == "word 3")
      #expect(payload["payload"]?["odd name"] == 1)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["docs.jsonl"])
    }
  }

  @Test func `an interrupted push goes on where it ended`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      let server = try StandInQdrant()
      let input = try documents(700, in: folder)
      server.change { $0.fault = (after: 1, status: 401) }
      let broken = try push(input, to: server, model: model)
      #expect(broken.code == 2)
      #expect(broken.errors.contains("goes on where this one ended"), "\(broken.errors)")
      #expect(FileManager.default.fileExists(atPath: input.path + ".push"))
      #expect(server.state.writeCounts.count == 256)

      // The state belongs to this input only.
      let other = try push(input, to: server, model: model, "--max-active", "5")
      #expect(other.code == 2)
      #expect(other.errors.contains("the model or a setting"), "\(other.errors)")

      server.change { $0.fault = nil }
      let report = try object(push(input, to: server, model: model, "--json"))
      #expect(report["pushed_before"] == 256)
      #expect(report["pushed"] == 444)
      #expect(report["documents"] == 700)
      #expect(server.state.writeCounts.values.allSatisfy { $0 == 1 })
      #expect(!FileManager.default.fileExists(atPath: input.path + ".push"))
    }
  }

  @Test func `refused documents are listed and do not hold up the others`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      let server = try StandInQdrant()
      server.change { $0.refusedID = "d11" }
      let input = try documents(20, in: folder)
      let errors = folder.appendingPathComponent("errors.jsonl")
      let run = try push(input, to: server, model: model, "--errors", errors.path)
      #expect(run.code == 1)
      #expect(run.errors.contains("'d11'"), "\(run.errors)")
      #expect(server.state.payloads.count == 19)
      let lines = try String(contentsOf: errors, encoding: .utf8).split(separator: "\n")
      #expect(lines.count == 1)
      #expect(lines[0].hasPrefix(#"{"_id":"d11","error":"#), "\(lines)")
    }
  }

  @Test func `a collection that is there is neither changed nor deleted unasked`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      let server = try StandInQdrant()
      server.change { state in
        state.exists = true
        state.payloads["old"] = [:]
      }
      let input = try documents(5, in: folder)
      let refused = try push(input, to: server, model: model)
      #expect(refused.code == 2)
      #expect(refused.errors.contains("--append"), "\(refused.errors)")
      #expect(!FileManager.default.fileExists(atPath: input.path + ".push"))
      let rehearsal = try object(push(input, to: server, model: model, "--dry-run", "--json"))
      #expect(rehearsal["collection_exists"] == true)
      #expect(rehearsal["documents"] == 5)
      #expect(server.state.payloads.count == 1)
      #expect(try push(input, to: server, model: model, "--append").code == 0)
      #expect(server.state.payloads.count == 6)
      #expect(try push(input, to: server, model: model, "--replace").code == 0)
      #expect(server.state.payloads.count == 5)
    }
  }

  @Test func `fields can be chosen`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      let server = try StandInQdrant()
      let input = try documents(5, in: folder)
      #expect(try push(input, to: server, model: model, "--fields", "year").code == 0)
      #expect(server.state.fields == ["year"])
      let unknown = try push(input, to: server, model: model, "--fields", "color", "--replace")
      #expect(unknown.code == 2)
      #expect(unknown.errors.contains("'color'"), "\(unknown.errors)")
    }
  }

  @Test func `addresses that make no sense and engines that are away are told`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    let rest = ["--model", model.path, "--input", "f"]
    for address in ["docs", "mysql://h/docs", "qdrant://h"] {
      let run = try CommandRun(["push", "--to", address] + rest)
      #expect(run.code == 2, "\(run.errors)")
      #expect(run.errors.contains("address"), "\(run.errors)")
    }
    let database = try CommandRun(["push", "--to", "postgresql://h/db?table=t"] + rest)
    #expect(database.code != 0)
  }
}
