import Foundation
import SparrowCore
import SparrowData
import SparrowEvaluation
import SparrowModels
import SparrowTestSupport
import Testing

/// Commands with the folder of a small random cross-encoder.
@Suite struct RerankCommandTests {
  @Test func `documents are sorted and shown`() throws {
    try Fixtures.withFamilyModel("bert-classifier") { model in
      let words = ["w9 w10", "w20", "w30 w31"]
      let run = try CommandRun(
        ["rerank", "--model", model.path, "--query", "w12", "--json"] + words)
      #expect(run.code == 0, "\(run.errors)")
      let hits = try #require(JSONValue(parsing: Array(run.output.utf8))["hits"]?.array)
      let scores = hits.compactMap { $0["score"]?.double }
      #expect(scores.count == 3 && scores == scores.sorted(by: >))
      #expect(Set(hits.compactMap { $0["text"]?.string }) == Set(words))

      let file = try SampleFiles.write(
        words.enumerated().map { #"{"_id": "d\#($0)", "text": "\#($1)"}"# }
          .joined(separator: "\n"), "documents.jsonl", in: model)
      let lines = try CommandRun([
        "rerank", "--model", model.path, "--query", "w12", "--input", file.path, "--top", "2",
      ])
      #expect(lines.code == 0, "\(lines.errors)")
      let best = try #require(hits[0]["text"]?.string)
      #expect(lines.lines.count == 2)
      #expect(lines.lines[0].hasPrefix("1. ") && lines.lines[0].hasSuffix(best))
      #expect(lines.lines[0].contains("d\(words.firstIndex(of: best) ?? -1)"))
    }
  }

  @Test func `a run is sorted, written and measured`() throws {
    try Fixtures.withFamilyModel("bert-classifier") { model in
      let collection = try SampleFiles.collection(in: model)
      let first = try SampleFiles.write(
        "q1 Q0 d2 1 3 bm25\nq1 Q0 d1 2 2 bm25\nq1 Q0 d3 3 1 bm25\nq2 Q0 d4 1 1 bm25\n",
        "first.trec", in: model)
      let output = model.appendingPathComponent("second.trec")
      let command = [
        "rerank", "--model", model.path, "--run", first.path, "--collection", collection.path,
        "--output", output.path, "--depth", "2", "--split", "test",
      ]
      let run = try CommandRun(command + ["--json"])
      #expect(run.code == 0, "\(run.errors)")
      let report = try JSONValue(parsing: Array(run.output.utf8))
      #expect(report["queries"]?.int == 2 && report["pairs"]?.int == 3)
      #expect(report["before"]?["mrr@10"]?.double == 0.75)
      let second = try RetrievalRun(contentsOf: output)
      #expect(Set(second["q1"].map(\.id)) == ["d1", "d2"] && second["q2"].map(\.id) == ["d4"])
      let rank = try #require(second["q1"].firstIndex { $0.id == "d1" })
      #expect(report["after"]?["mrr@10"]?.double == (1 + 1 / Double(rank + 1)) / 2)

      let text = try CommandRun(command + ["--query-limit", "1"])
      #expect(text.code == 0, "\(text.errors)")
      #expect(text.lines[0].hasPrefix("Scored 2 pairs of 1 queries in "), "\(text.output)")
      let names = try #require(text.lines.first { $0.contains("ndcg@10") }).split(separator: " ")
      #expect(names == ["ndcg@10", "mrr@10", "map@100", "recall@100"])
      let before = try #require(text.lines.first { $0.hasPrefix("before") }).split(separator: " ")
      #expect(before[2] == "0.5000", "\(text.output)")

      let sweep = try CommandRun(command + ["--sweep", "--json", "--weight", "0.3"])
      let swept = try JSONValue(parsing: Array(sweep.output.utf8))
      let rows = try #require(swept["sweep"]?.array)
      #expect(rows.map { $0["weight"]?.double } == (1...10).map { Double($0) / 10 })
      #expect(rows[2]["ndcg@10"] == swept["after"]?["ndcg@10"])
      #expect(rows[9]["ndcg@10"] == report["after"]?["ndcg@10"])
      #expect(rows[0]["ndcg@10"] == report["before"]?["ndcg@10"], "\(sweep.output)")

      _ = try SampleFiles.write("q1 Q0 d9 1 3 bm25\n", "first.trec", in: model)
      let broken = try CommandRun(command)
      #expect(broken.code == 1)
      #expect(broken.errors.contains("'d9' for the query 'q1'"), "\(broken.errors)")
    }
  }

  @Test func `other commands know a cross-encoder's folder`() throws {
    try Fixtures.withFamilyModel("bert-classifier") { model in
      for command in [
        ["encode", "w5"], ["explain", "--query", "w5"],
        ["evaluate", "--collection", try SampleFiles.collection(in: model).path],
      ] {
        let run = try CommandRun([command[0], "--model", model.path] + command.dropFirst())
        #expect(run.code != 0)
        #expect(run.errors.contains("sparrow rerank"), "\(run.errors)")
      }
      let doctor = try CommandRun(["doctor", "--model", model.path])
      #expect(doctor.code == 0, "\(doctor.errors)")
      #expect(doctor.output.contains("a cross-encoder with"), "\(doctor.output)")
      #expect(doctor.output.contains("scoring: a document that answers"), "\(doctor.output)")
      let copy = model.appendingPathComponent("copy")
      let convert = try CommandRun([
        "convert", "--model", model.path, "--max-length", "9", "--output", copy.path,
      ])
      #expect(convert.code == 0, "\(convert.errors)")
      let arguments = ["--query", "w12", "--json", "w9 w10", "w20"]
      let scores = try [model, copy].map {
        try CommandRun(["rerank", "--model", $0.path] + arguments).output
      }
      #expect(scores[0] == scores[1])
    }
  }

  @Test func `a cross-encoder judges mined negatives`() throws {
    try Fixtures.withFamilyModel("bert-classifier") { model in
      let pairs = try SampleFiles.write(
        (5..<9).map { #"{"query": "w\#($0) w40", "answer": "w40 w\#($0 + 20)"}"# }
          .joined(separator: "\n"), "pairs.jsonl", in: model)
      let output = model.appendingPathComponent("mined.jsonl")
      let run = try CommandRun([
        "mine", "--dataset", pairs.path, "--miner", "bm25", "--teacher", model.path,
        "--negatives", "1", "--output", output.path,
      ])
      #expect(run.code == 0, "\(run.errors)")
      let rows = try Dataset(contentsOf: output)
      #expect(rows.rowCount == 4 && rows.labelColumn == "scores")
      let encoder = try CrossEncoder(folder: model)
      encoder.activation = .identity
      let expected = try encoder.scores(
        queries: ["w5 w40"], documents: ["w40 w25"], progress: nil)[0]
      let found = try #require(rows[0]["scores"]?.floats)
      #expect(found.count == 2 && abs(found[0] - Double(expected)) < 1e-6)
    }
  }

  @Test(arguments: [
    "rerank --model m", "rerank --model m --query q", "rerank --model m --query q --input f d",
    "rerank --model m --query q --run r d", "rerank --model m --run r",
    "rerank --model m --run r --collection c", "rerank --model m --query q --top 0 d",
    "rerank --model m --run r --collection c --output o --depth 0",
    "rerank --model m --query q --max-length 3 d",
    "rerank --model m --run r --collection c --output o --weight 0",
    "rerank --model m --run r --collection c --output o --weight 1.5",
    "rerank --model m --run r --collection c --output o --sweep",
  ])
  func `wrong usage is told`(line: String) throws {
    let run = try CommandRun(line)
    #expect(run.code == 2, "\(run.errors)")
    #expect(run.errors.hasPrefix("error: ") && run.errors.contains("--help"), "\(run.errors)")
  }
}
