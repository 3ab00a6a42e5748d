import Foundation
import SparrowCore
import SparrowRetrieval
import SparrowTestSupport
import Testing

@testable import SparrowCommands

@Suite struct RetrievalCommandTests {
  private func object(_ text: String) throws -> JSONObject {
    try #require(JSONValue(parsing: Array(text.utf8)).object)
  }

  @Test func `evaluate writes the reference's keys`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let collection = try SampleFiles.collection(in: folder)
      let run = try CommandRun([
        "evaluate", "--model", "bm25", "--collection", collection.path, "--json",
      ])
      #expect(run.code == 0, "\(run.errors)")
      let result = try object(run.output)
      #expect(
        result.keys == [
          "dot_accuracy@1", "dot_accuracy@3", "dot_accuracy@5", "dot_accuracy@10",
          "dot_precision@1", "dot_precision@3", "dot_precision@5", "dot_precision@10",
          "dot_recall@1", "dot_recall@3", "dot_recall@5", "dot_recall@10", "dot_ndcg@10",
          "dot_mrr@10", "dot_map@100", "query_active_dims", "query_sparsity_ratio",
          "corpus_active_dims", "corpus_sparsity_ratio", "avg_flops",
        ])
      #expect(result["dot_ndcg@10"]?.double == 1)
      #expect(result["dot_precision@10"]?.double == 0.1)
    }
  }

  @Test func `evaluate prints a table and writes a run`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let collection = try SampleFiles.collection(in: folder)
      let file = folder.appendingPathComponent("out.trec")
      let run = try CommandRun([
        "evaluate", "--model", "bm25", "--collection", collection.path, "--run", file.path,
      ])
      #expect(run.code == 0, "\(run.errors)")
      try expectSnapshot(run.output, "evaluate-bm25")
      let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      #expect(lines.first?.hasPrefix("q1 Q0 d1 1 ") == true)
      #expect(lines.first?.hasSuffix(" bm25") == true)
    }
  }

  /// A recipe of BM25 in two ways, a dense model and a cross-encoder, both random.
  private func withRecipe(_ body: (_ recipe: String, _ collection: String) throws -> Void) throws {
    try Fixtures.withFamilyModel("bert") { dense in
      try Fixtures.withFamilyModel("bert-classifier") { scorer in
        let folder = dense.deletingLastPathComponent()
        let recipe = try SampleFiles.write(
          """
          stages:
            words: {type: bm25}
            long words: {type: bm25, stemming: false}
            vectors: {type: dense, model: \(dense.path)}
          fusion:
            method: weighted_sum
            weights: {vectors: 0.01}
          rerank: {model: \(scorer.path), depth: 2}

          """, "hybrid.yaml", in: folder)
        try body(recipe.path, SampleFiles.collection(in: folder).path)
      }
    }
  }

  @Test func `evaluate measures every step of a retriever`() throws {
    try withRecipe { recipe, collection in
      let line = ["evaluate", "--retriever", recipe, "--collection", collection]
      let run = try CommandRun(line + ["--json"])
      #expect(run.code == 0, "\(run.errors)")
      let rows = try #require(JSONValue(parsing: Array(run.output.utf8)).array)
      #expect(
        rows.map { $0["name"]?.string } == [
          "words", "long words", "vectors", "fusion", "fusion + rerank",
        ])
      #expect(rows[0]["ndcg@10"]?.double == 1)
      #expect(rows[3]["against"]?["part"]?.string == "words")
      #expect(rows[4]["against"]?["part"]?.string == "fusion")
      #expect(rows.allSatisfy { ($0["seconds_per_query"]?.double ?? 0) > 0 })
      let first = try CommandRun(line + ["--query-limit", "1"])
      #expect(first.output.contains("pets test: 1 queries"), "\(first.output)")
      let table = try CommandRun(line)
      #expect(table.code == 0, "\(table.errors)")
      #expect(table.lines.count == 7)
      #expect(table.output.contains("pets test: 2 queries, 4 documents"), "\(table.output)")
    }
  }

  @Test func `a retriever's documents are encoded once when there is a cache`() throws {
    try withRecipe { recipe, collection in
      let vectors = URL(fileURLWithPath: collection).appendingPathComponent("vectors").path
      let line = ["evaluate", "--retriever", recipe, "--collection", collection, "--json"]
      func rows(_ run: CommandRun) throws -> [[JSONValue?]] {
        #expect(run.code == 0, "\(run.errors)")
        return try #require(JSONValue(parsing: Array(run.output.utf8)).array).map { row in
          ["name", "ndcg@10", "mrr@10", "recall@100"].map { row[$0] }
        }
      }
      let plain = try rows(CommandRun(line))
      let first = try CommandRun(line + ["--cache", vectors])
      #expect(first.errors.contains("0 of 4 texts were in the cache"), "\(first.errors)")
      let second = try CommandRun(line + ["--cache", vectors])
      #expect(second.errors.contains("4 of 4 texts were in the cache"), "\(second.errors)")
      #expect(try rows(first) == plain && rows(second) == plain)
      let search = try CommandRun([
        "search", "--retriever", recipe, "--collection", collection, "--cache", vectors, "mice",
      ])
      #expect(search.errors.contains("4 of 4 texts were in the cache"), "\(search.errors)")
    }
  }

  @Test func `search shows the way of each hit through a retriever`() throws {
    try withRecipe { recipe, collection in
      let line = [
        "search", "--retriever", recipe, "--collection", collection, "which animal hunts mice",
      ]
      let run = try CommandRun(line)
      #expect(run.code == 0, "\(run.errors)")
      for word in ["long words", "vectors", "fusion", "rerank", "mice"] {
        #expect(run.output.contains(word), "\(run.output)")
      }
      let hits = try #require(object(CommandRun(line + ["--json"]).output)["hits"]?.array)
      #expect(hits.count == 4)
      for hit in hits {
        let pipeline = try #require(hit["pipeline"])
        let stages = try #require(pipeline["stages"]?.array)
        let sum = stages.reduce(0) { $0 + ($1["contribution"]?.double ?? .nan) }
        #expect(abs(sum - (pipeline["fused_score"]?.double ?? .nan)) < 1e-12)
      }
      #expect(
        hits.map { $0["pipeline"]?["reranking_score"]?.double != nil }
          == [true, true, false, false])
    }
  }

  @Test func `a wrong key of a retriever is named with its line`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let recipe = try SampleFiles.write(
        "stages:\n  words:\n    type: bm25\n    deph: 3\n", "wrong.yaml", in: folder)
      let run = try CommandRun([
        "search", "--retriever", recipe.path, "--collection",
        SampleFiles.collection(in: folder).path, "mice",
      ])
      #expect(run.code == 2)
      #expect(run.errors.contains("wrong.yaml:4"), "\(run.errors)")
      #expect(run.errors.contains("'depth'"), "\(run.errors)")
    }
  }

  @Test(arguments: [
    "search --collection c q", "search --model bm25 --retriever r.yaml --collection c q",
    "evaluate --collection c", "evaluate --retriever r.yaml --max-length 9 --collection c",
    "evaluate --retriever r.yaml --k1 2 --collection c",
    "evaluate --retriever r.yaml --index i --collection c",
    "evaluate --retriever r.yaml --query-limit 0 --collection c",
    "evaluate --model m --query-limit 3 --collection c",
    "evaluate --model m --cache v --collection c", "search --model m --cache v --collection c q",
  ])
  func `a model or a retriever is given, and nothing that says the same twice`(
    line: String
  ) throws {
    let run = try CommandRun(line)
    #expect(run.code == 2)
    #expect(
      ["--model", "--retriever", "--index", "--query-limit"].contains { run.errors.contains($0) },
      "\(run.errors)")
  }

  @Test func `the recipes of guide, examples and reproductions can be read`() throws {
    let root = Fixtures.repository
    let guide = try String(
      contentsOf: root.appendingPathComponent("docs/retrieval.md"), encoding: .utf8)
    let block = try #require(guide.firstMatch(of: #/```yaml\n([^`]+)```/#))
    try Fixtures.withTemporaryFolder { folder in
      let written = try SampleFiles.write(String(block.1), "recipe.yaml", in: folder)
      let files: [URL] =
        [written, root.appendingPathComponent("Examples/hybrid.yaml")]
        + ["scifact", "tldr_pages", "medquad"].map {
          root.appendingPathComponent("Reproductions/hybrid-\($0).yaml")
        }
      for file in files {
        let recipe = try RetrieverRecipe(RecipeFile(contentsOf: file).object)
        #expect(recipe.stages.map(\.name) == ["sparse", "dense"], "\(file.path)")
      }
    }
  }

  @Test func `a missing split is named with those there are`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let collection = try SampleFiles.collection(in: folder)
      let run = try CommandRun([
        "evaluate", "--model", "bm25", "--collection", collection.path, "--split", "dev",
      ])
      #expect(run.code == 3)
      #expect(run.errors.contains("'test'"), "\(run.errors)")
    }
  }

  @Test(arguments: [
    "evaluate --model bm25 --collection /none", "search --model bm25 --collection /none q",
  ])
  func `a missing collection ends with code 3`(line: String) throws {
    let run = try CommandRun(line)
    #expect(run.code == 3)
    #expect(run.errors.contains("/none"), "\(run.errors)")
  }

  @Test func `search shows hits with the terms that made them match`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let collection = try SampleFiles.collection(in: folder)
      let run = try CommandRun([
        "search", "--model", "bm25", "--collection", collection.path, "mice water house",
      ])
      #expect(run.code == 0, "\(run.errors)")
      try expectSnapshot(run.output, "search-bm25")
    }
  }

  @Test func `search says when nothing matches`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let collection = try SampleFiles.collection(in: folder)
      let run = try CommandRun([
        "search", "--model", "bm25", "--collection", collection.path, "xylophone",
      ])
      #expect(run.code == 0)
      #expect(run.output.contains("None of the 4 documents"))
    }
  }

  @Test func `search with a model keeps the vectors until the collection changes`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      let collection = try SampleFiles.collection(in: folder)
      let index = folder.appendingPathComponent("index")
      func search() throws -> CommandRun {
        try CommandRun([
          "search", "--model", model.path, "--collection", collection.path, "--index", index.path,
          "--json", "which animal hunts mice",
        ])
      }
      let fresh = try search()
      #expect(fresh.code == 0, "\(fresh.errors)")
      let manifest = index.appendingPathComponent("MANIFEST")
      let written = try Data(contentsOf: manifest)
      let kept = try search()
      #expect(try object(kept.output)["hits"] == object(fresh.output)["hits"])
      #expect(try Data(contentsOf: manifest) == written)
      #expect(kept.errors.isEmpty)

      let hits = try #require(object(fresh.output)["hits"]?.array)
      #expect(hits.first?["id"]?.string == "d1")
      let shares = try #require(hits.first?["matching_terms"]?.array).compactMap {
        $0["share"]?.double
      }
      #expect(abs(shares.reduce(0, +) - 1) < 1e-9)
      #expect(shares == shares.sorted(by: >))

      let more = try String(
        contentsOf: collection.appendingPathComponent("corpus.jsonl"), encoding: .utf8)
      _ = try SampleFiles.write(
        more + #"{"_id": "d5", "text": "An owl is an animal that hunts mice, mice and mice."}"#,
        "corpus.jsonl", in: collection)
      let changed = try search()
      #expect(changed.errors.contains("encoded again"), "\(changed.errors)")
      #expect(changed.output.contains("d5"))
    }
  }

  @Test func `evaluate gives the same numbers from kept vectors`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      let collection = try SampleFiles.collection(in: folder)
      let arguments = [
        "evaluate", "--model", model.path, "--collection", collection.path, "--json",
      ]
      let plain = try CommandRun(arguments)
      #expect(plain.code == 0, "\(plain.errors)")
      let index = ["--index", folder.appendingPathComponent("index").path]
      #expect(try CommandRun(arguments + index).output == plain.output)
      #expect(try CommandRun(arguments + index).output == plain.output)
    }
  }

  @Test func `a folder that holds other things is not replaced`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      let collection = try SampleFiles.collection(in: folder)
      let file = try SampleFiles.write("mine", "index/notes.txt", in: folder)
      let run = try CommandRun([
        "search", "--model", model.path, "--collection", collection.path, "--index",
        folder.appendingPathComponent("index").path, "mice",
      ])
      #expect(run.code == 2)
      #expect(run.errors.contains("other files"), "\(run.errors)")
      #expect(try String(contentsOf: file, encoding: .utf8) == "mine")
    }
  }
}
