import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@Suite struct IndexCommandTests {
  private static let lines = """
    {"_id": "d1", "title": "Cats", "text": "A cat sleeps and hunts mice at night.", "lang": "en", "year": 2019}
    {"_id": "d2", "title": "Dogs", "text": "A dog guards the house.", "lang": "en", "year": 2021}
    {"_id": "d3", "text": "Eine Katze jagt mice.", "lang": "de", "year": 2022, "tags": ["pet", "cat"]}
    {"_id": "d4", "text": "Bread is baked from flour, water, salt and yeast."}

    """

  private func object(_ run: CommandRun) throws -> JSONObject {
    #expect(run.code == 0, "\(run.errors)")
    return try #require(JSONValue(parsing: Array(run.output.utf8)).object)
  }

  private func hits(_ arguments: [String]) throws -> [String] {
    let run = try CommandRun(["search", "--json", "--top", "10"] + arguments)
    return try #require(object(run)["hits"]?.array).compactMap { $0["id"]?.string }
  }

  /// Builds an index of the sample with BM25 and returns its path.
  private func build(in folder: URL) throws -> String {
    let file = try SampleFiles.write(Self.lines, "docs.jsonl", in: folder)
    let index = folder.appendingPathComponent("index").path
    let run = try CommandRun([
      "index", "build", "--index", index, "--model", "bm25", "--input", file.path, "--weights",
      "float32",
    ])
    #expect(run.code == 0, "\(run.errors)")
    return index
  }

  @Test func `what was built is searched without a model, with filters`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let index = try build(in: folder)
      #expect(try hits(["--index", index, "mice"]).sorted() == ["d1", "d3"])
      #expect(try hits(["--index", index, "--filter", "lang=de", "mice"]) == ["d3"])
      #expect(try hits(["--index", index, "--filter", "year<2020", "mice"]) == ["d1"])
      let both = "tags=cat and not year=1"
      #expect(try hits(["--index", index, "--filter", both, "mice"]) == ["d3"])
      #expect(try hits(["--index", index, "--filter", "not lang", "mice bread"]) == ["d4"])
      #expect(try hits(["--index", index, "--approximate", "bread"]) == ["d4"])
      #expect(try hits(["--index", index, "--model", "bm25", "bread"]) == ["d4"])
    }
  }

  @Test func `hits show texts, terms and fields`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let index = try build(in: folder)
      let run = try CommandRun(["search", "--index", index, "katze mice"])
      #expect(run.code == 0, "\(run.errors)")
      try expectSnapshot(run.output, "search-index")
      #expect(run.errors.contains("4 documents; encoded in"), "\(run.errors)")
    }
  }

  @Test func `documents are added, replaced and deleted`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let index = try build(in: folder)
      let more = try SampleFiles.write(
        """
        {"_id": "d1", "text": "A cat and bread"}
        {"_id": "d5", "text": "Bread and water"}
        """, "more.jsonl", in: folder)
      let added = try object(
        CommandRun(["index", "add", "--index", index, "--input", "-", "--json"], input: more))
      #expect(added["documents_read"] == 2)
      #expect(added["documents"] == 5)
      #expect(try hits(["--index", index, "mice"]) == ["d3"])
      #expect(try hits(["--index", index, "bread"]).count == 3)

      let deleted = try object(
        CommandRun(["index", "delete", "--index", index, "d5", "d9", "--json"]))
      #expect(deleted["deleted"] == 1)
      #expect(deleted["unknown"] == 1)
      let filtered = try CommandRun(["index", "delete", "--index", index, "--filter", "lang=de"])
      #expect(filtered.output == "1 document deleted, 3 left\n", "\(filtered.errors)")
      let ids = try SampleFiles.write("d4\n\nd7\n", "ids", in: folder)
      let listed = try CommandRun(["index", "delete", "--index", index, "--ids", ids.path])
      #expect(listed.output == "1 document deleted, 2 left, 1 not in the index\n")

      let compact = try CommandRun(["index", "compact", "--index", index, "--calibrate"])
      #expect(compact.code == 0, "\(compact.errors)")
      #expect(compact.output.contains("now 1 of"), "\(compact.output)")
      let stats = try object(CommandRun(["index", "stats", "--index", index, "--json"]))
      #expect(stats["documents"] == 2)
      #expect(stats["deleted"] == 0)
      #expect(stats["segments"]?.array?.count == 1)
      #expect(stats["approximate_recall"]?.double == 1)
    }
  }

  @Test func `stats name the most frequent terms`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let index = try build(in: folder)
      let stats = try object(
        CommandRun(["index", "stats", "--index", index, "--terms", "2", "--json"]))
      #expect(stats["model"] == "bm25")
      #expect(stats["weights"] == "float32")
      let terms = try #require(stats["terms"]?.array)
      #expect(terms.count == 2)
      #expect(terms[0]["term"]?.string == "mice")
      #expect(terms[0]["documents"] == 2)
      let text = try CommandRun(["index", "stats", "--index", index])
      let postings = "postings    \(stats["postings"]?.int ?? 0), "
      #expect(text.output.contains(postings), "\(text.output)")
    }
  }

  @Test func `many queries become a run of TREC`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let index = try build(in: folder)
      let queries = try SampleFiles.write(
        "{\"_id\": \"q1\", \"text\": \"mice\"}\n{\"_id\": \"q2\", \"text\": \"bread\"}\n",
        "queries.jsonl", in: folder)
      let file = folder.appendingPathComponent("out.trec")
      let run = try CommandRun([
        "search", "--index", index, "--queries", queries.path, "--run", file.path, "--top", "1",
      ])
      #expect(run.code == 0, "\(run.errors)")
      #expect(run.output.contains("2 queries, encoded in"), "\(run.output)")
      let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      #expect(lines.count == 2)
      #expect(lines[1].hasPrefix("q2 Q0 d4 1 "), "\(lines)")
    }
  }

  @Test func `damage is found and the file is named`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let index = try build(in: folder)
      let sound = try CommandRun(["index", "verify", "--index", index])
      #expect(sound.code == 0, "\(sound.errors)")
      #expect(sound.output.contains("nothing is wrong"))
      let names = try FileManager.default.contentsOfDirectory(atPath: index)
      let segment = try #require(names.first { $0.hasPrefix("segment-") })
      for name in [segment, "bm25.json"] {
        let file = URL(fileURLWithPath: index).appendingPathComponent(name)
        let whole = try Data(contentsOf: file)
        var broken = whole
        broken[broken.count / 2] ^= 0x80
        try broken.write(to: file)
        let run = try CommandRun(["index", "verify", "--index", index])
        #expect(run.code == 1)
        #expect(run.errors.contains(name), "\(run.errors)")
        let report = try CommandRun(["index", "verify", "--index", index, "--json"])
        #expect(report.code == 1)
        #expect(report.output.contains("\"sound\": false"))
        try whole.write(to: file)
      }
      #expect(try CommandRun(["index", "verify", "--index", index]).code == 0)
    }
  }

  @Test func `a model's index remembers model and settings`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      guard let copy = try SampleFiles.modelCopy(for: #function, in: folder) else { return }
      let file = try SampleFiles.write(Self.lines, "docs.jsonl", in: folder)
      let index = folder.appendingPathComponent("index").path
      let cache = folder.appendingPathComponent("cache").path
      let build = [
        "index", "build", "--index", index, "--model", copy.path, "--input", file.path,
        "--max-length", "16", "--max-active", "40", "--cache", cache,
      ]
      let first = try CommandRun(build)
      #expect(first.code == 0, "\(first.errors)")
      #expect(first.errors.contains("0 of 4 texts were in the cache"), "\(first.errors)")
      let again = try CommandRun(build)
      #expect(again.errors.contains("4 of 4 texts were in the cache"), "\(again.errors)")
      #expect(try hits(["--index", index, "which animal hunts mice"]).contains("d1"))
      let stats = try object(CommandRun(["index", "stats", "--index", index, "--json"]))
      #expect(stats["max_length"] == 16)
      #expect(stats["max_active"] == 40)
      #expect(stats["terms"]?.array?.first?["term"]?.string?.hasPrefix("#") == false)

      // Where the model lies makes no difference, what it is does.
      let moved = folder.appendingPathComponent("moved")
      try FileManager.default.moveItem(at: copy, to: moved)
      let missing = try CommandRun(["search", "--index", index, "mice"])
      #expect(missing.code == 3)
      #expect(missing.errors.contains("If it has moved"), "\(missing.errors)")
      #expect(try hits(["--index", index, "--model", moved.path, "mice"]).contains("d1"))
      #expect(try hits(["--index", index, "--model", model.path, "mice"]).contains("d1"))
      var config = try String(
        contentsOf: moved.appendingPathComponent("config.json"), encoding: .utf8)
      config += " "
      _ = try SampleFiles.write(config, "config.json", in: moved)
      let other = try CommandRun(["search", "--index", index, "--model", moved.path, "mice"])
      #expect(other.code == 2)
      #expect(other.errors.contains("config.json differs"), "\(other.errors)")
      let add = try CommandRun([
        "index", "add", "--index", index, "--model", moved.path, "--input", file.path,
      ])
      #expect(add.code == 2)
    }
  }

  @Test func `an index that follows a collection is not changed by hand`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      let collection = try SampleFiles.collection(in: folder)
      let index = folder.appendingPathComponent("index").path
      let search = ["search", "--model", model.path, "--collection", collection.path]
      #expect(try CommandRun(search + ["--index", index, "mice"]).code == 0)
      #expect(try hits(["--index", index, "hunts mice"]).contains("d1"))
      #expect(try CommandRun(["index", "delete", "--index", index, "d1"]).code == 2)

      let own = try build(in: folder)
      let run = try CommandRun(search + ["--index", own, "mice"])
      #expect(run.code == 2)
      #expect(run.errors.contains("follows no collection"), "\(run.errors)")
    }
  }

  @Test func `empty and broken input leave the old index`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let index = try build(in: folder)
      let empty = try SampleFiles.write("\n", "empty.jsonl", in: folder)
      let broken = try SampleFiles.write(
        "{\"_id\": \"a\", \"text\": \"b\"}\n{\"text\": \"no id\"}\n", "broken.jsonl", in: folder)
      let build = ["index", "build", "--index", index, "--model", "bm25", "--input"]
      let nothing = try CommandRun(build + [empty.path])
      #expect(nothing.code == 1)
      #expect(nothing.errors.contains("no documents"), "\(nothing.errors)")
      let bad = try CommandRun(build + [broken.path])
      #expect(bad.code == 1)
      #expect(bad.errors.contains("broken.jsonl:2: "), "\(bad.errors)")
      #expect(bad.errors.contains("'_id'"), "\(bad.errors)")
      #expect(try hits(["--index", index, "bread"]) == ["d4"])
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(names.allSatisfy { !$0.hasSuffix(".tmp") })
    }
  }

  @Test func `documents of the same identifier and without text are told`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let file = try SampleFiles.write(
        """
        {"_id": "a", "text": "first"}
        {"_id": "a", "text": "second"}
        {"_id": 7, "text": ""}
        """, "docs.jsonl", in: folder)
      let index = folder.appendingPathComponent("index").path
      let run = try CommandRun([
        "index", "build", "--index", index, "--model", "bm25", "--input", file.path,
      ])
      #expect(run.code == 0, "\(run.errors)")
      #expect(run.output.contains(": 2 documents, "), "\(run.output)")
      let repeated = "1 document read has the identifier of a later one"
      #expect(run.errors.contains(repeated), "\(run.errors)")
      #expect(run.errors.contains("'7' has no text"), "\(run.errors)")
      #expect(try hits(["--index", index, "second"]) == ["a"])
      #expect(try hits(["--index", index, "first"]) == [])
    }
  }

  @Test(arguments: [
    ["search", "--index", "/none", "q"], ["index", "stats", "--index", "/none"],
    ["index", "add", "--index", "/none", "--input", "f"], ["index", "verify", "--index", "/none"],
    ["index", "delete", "--index", "/none", "d1"], ["index", "compact", "--index", "/none"],
    ["index", "build", "--index", "/tmp/none", "--model", "bm25", "--input", "/none"],
    ["index", "build", "--index", "/tmp/none", "--model", "/none", "--input", "/none"],
  ])
  func `what is missing ends with code 3 and is named`(arguments: [String]) throws {
    let run = try CommandRun(arguments)
    #expect(run.code == 3, "\(run.errors)")
    #expect(run.errors.contains("/none"), "\(run.errors)")
  }
}
