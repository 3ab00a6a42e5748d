import Foundation
import SparrowCore
import SparrowTestSupport
import Testing

@Suite struct MineCommandTests {
  private func rows(_ file: URL) throws -> [JSONObject] {
    try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
      try #require(try JSONValue(parsing: Array(line.utf8)).object)
    }
  }

  @Test func `BM25 finds documents that share words`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let pairs = """
        {"query": "cat food", "document": "Food for a cat is dry."}
        {"query": "dog food", "document": "Food for a dog is wet."}

        """
      let input = try SampleFiles.write(pairs, "pairs.jsonl", in: folder)
      let output = folder.appendingPathComponent("hard.jsonl")
      let run = try CommandRun([
        "mine", "--dataset", input.path, "--miner", "bm25", "--negatives", "1", "--output",
        output.path,
      ])
      #expect(run.code == 0, "\(run.errors)")
      #expect(run.output.contains("2 queries: 2 positives, 2 negatives"))
      let negatives = try rows(output).map { $0["negative"]?.string }
      #expect(negatives == ["Food for a dog is wet.", "Food for a cat is dry."])
    }
  }

  @Test func `negatives come from the whole collection`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      let collection = try SampleFiles.collection(in: folder)
      let output = folder.appendingPathComponent("hard.jsonl")
      let run = try CommandRun([
        "mine", "--collection", collection.path, "--split", "test", "--miner", model.path,
        "--negatives", "3", "--output", output.path,
      ])
      #expect(run.code == 0, "\(run.errors)")
      let unjudged = try rows(output).filter {
        $0["negative"]?.string?.hasPrefix("Goldfish") == true
      }
      #expect(!unjudged.isEmpty)
    }
  }

  @Test func `a teacher's scores make a set for distillation`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      let pairs = """
        {"q": "what do cats eat", "d": "A cat eats mice.", "n": 1}
        {"q": "what do dogs eat", "d": "A dog eats meat.", "n": 2}
        {"q": "what do goldfish eat", "d": "A goldfish eats flakes.", "n": 3}

        """
      let input = try SampleFiles.write(pairs, "pairs.jsonl", in: folder)
      let output = folder.appendingPathComponent("distil.jsonl")
      let run = try CommandRun([
        "mine", "--dataset", input.path, "--columns", "q,d", "--miner", model.path, "--teacher",
        model.path, "--negatives", "2", "--format", "n-tuple", "--output", output.path, "--json",
      ])
      #expect(run.code == 0, "\(run.errors)")
      #expect(try JSONValue(parsing: Array(run.output.utf8))["rows"]?.int == 3)
      for row in try rows(output) {
        #expect(row.keys == ["q", "d", "negative_1", "negative_2", "scores"])
        let scores = try #require(row["scores"]?.array).compactMap(\.double)
        #expect(scores.count == 3 && scores[0] > scores[1] && scores[1] >= scores[2])
      }
    }
  }

  @Test func `a vocabulary grows by a collection's words`() throws {
    guard let model = SampleFiles.model(for: #function) else { return }
    try Fixtures.withTemporaryFolder { folder in
      let texts = try SampleFiles.write(
        "enterococci are enterococci\nkubernetes\n", "texts.txt", in: folder)
      let output = folder.appendingPathComponent("bigger")
      let run = try CommandRun([
        "vocabulary", "expand", "--model", model.path, "--input", texts.path, "--min-texts", "1",
        "--output", output.path,
      ])
      #expect(run.code == 0, "\(run.errors)")
      #expect(run.lines == ["Added 2 terms to \(output.path):", "enterococci (2), kubernetes (1)"])
      let encoded = try CommandRun([
        "encode", "--model", output.path, "--terms", "kubernetes",
      ])
      #expect(encoded.code == 0 && encoded.output.contains("kubernetes"), "\(encoded.errors)")
    }
  }
}
