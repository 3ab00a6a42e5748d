import Foundation
import SparrowCore
import SparrowEvaluation
import SparrowTestSupport
import Testing

@Suite struct RetrievalRunTests {
  @Test func `documents are ordered by score, then identifier`() throws {
    var run = RetrievalRun()
    try run.append(
      "q",
      ["d9", "d10", "a"].map { ScoredDocument(id: $0, score: 1) } + [
        ScoredDocument(id: "best", score: 2)
      ])
    #expect(run["q"].map(\.id) == ["best", "a", "d10", "d9"])
    #expect(run.prefix(2)["q"].map(\.id) == ["best", "a"])
    #expect(run["unknown"].isEmpty)
  }

  @Test func `a file is written as TREC expects and read back`() throws {
    var run = RetrievalRun()
    try run.append(
      "q2", [ScoredDocument(id: "d1", score: 0.5), ScoredDocument(id: "d2", score: 3)])
    try run.append("q1", [ScoredDocument(id: "d7", score: -1e-7)])
    try Fixtures.withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("run.trec")
      try run.write(to: url, tag: "test")
      let text = try String(contentsOf: url, encoding: .utf8)
      #expect(text == "q2 Q0 d2 1 3.0 test\nq2 Q0 d1 2 0.5 test\nq1 Q0 d7 1 -1e-07 test\n")
      #expect(try RetrievalRun(contentsOf: url) == run)
    }
  }

  @Test(arguments: [
    ("q Q0 d 1 2.5", ":1", "found 5"),
    ("q Q0 d 1 2.5 t\nq Q0 d 2 1.5 t", ":2", "twice"),
    ("q Q0 d 1 x t", ":1", "'x'"),
    ("q Q0 d 1 nan t", ":1", "'nan'"),
  ])
  func `a broken line is named`(text: String, place: String, message: String) throws {
    try Fixtures.withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("run")
      try Data(text.utf8).write(to: url)
      let error = #expect(throws: EvaluationError.self) { try RetrievalRun(contentsOf: url) }
      #expect(error?.description.contains("run" + place) == true)
      #expect(error?.message.contains(message) == true)
    }
  }

  @Test func `a failed write leaves the old file`() throws {
    var run = RetrievalRun()
    try run.append("q", [ScoredDocument(id: "white space", score: 1)])
    try Fixtures.withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("run")
      try Data("old".utf8).write(to: url)
      let error = #expect(throws: EvaluationError.self) { try run.write(to: url, tag: "t") }
      #expect(error?.message.contains("white space") == true)
      #expect(throws: CancellationError.self) {
        try RetrievalRunWriter.write(to: url, tag: "t") { _ in throw CancellationError() }
      }
      #expect(try String(contentsOf: url, encoding: .utf8) == "old")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["run"])
    }
  }

  @Test func `repeats and scores that are no numbers are refused`() throws {
    var run = RetrievalRun()
    let document = ScoredDocument(id: "d", score: 1)
    #expect(throws: EvaluationError.self) { try run.append("q", [document, document]) }
    #expect(throws: EvaluationError.self) {
      try run.append("q", [ScoredDocument(id: "d", score: .nan)])
    }
    try run.append("q", [document])
    #expect(throws: EvaluationError.self) { try run.append("q", []) }
  }

  /// Scores a document by its length.
  private struct LengthScorer: RelevanceScorer {
    func scores(
      queries: [String], documents: [String], progress: ProgressReporter?
    ) throws -> [Float] {
      documents.map { Float($0.count) }
    }
  }

  @Test func `the best of each query are sorted by a scorer`() throws {
    var run = RetrievalRun()
    try run.append(
      "q1", ["a", "b", "c"].enumerated().map { ScoredDocument(id: $1, score: Double(9 - $0)) })
    try run.append("q2", [])
    try run.append("q3", [ScoredDocument(id: "c", score: 1)])
    let texts: [DocumentID: String] = ["a": "x", "b": "xxx", "c": "xxxxx"]
    let queries: [QueryID: String] = ["q1": "one", "q2": "two", "q3": "three"]
    let found = try run.reranked(
      by: LengthScorer(), depth: 2, queries: queries, documents: texts)
    #expect(found.queries == ["q1", "q2", "q3"])
    #expect(found["q1"].map(\.id) == ["b", "a"] && found["q1"].map(\.score) == [3, 1])
    #expect(found["q2"].isEmpty && found["q3"].map(\.score) == [5])
    // Both lists have three equal steps, one downwards and one upwards.
    let all = try run.reranked(by: LengthScorer(), queries: queries, documents: texts)
    for (weight, order) in [(0.4, ["a", "b", "c"]), (0.6, ["c", "b", "a"])] {
      let joined = try all.interpolated(with: run, weight: weight)
      #expect(joined.queries == run.queries)
      #expect(joined["q1"].map(\.id) == order.map { DocumentID($0) })
      #expect(abs(joined["q1"][0].score - 0.2 * 1.5.squareRoot()) < 1e-12)
    }
    #expect(try all.interpolated(with: run, weight: 1)["q1"] == all["q1"])
    #expect {
      _ = try all.interpolated(with: run, weight: 0)
    } throws: {
      "\($0)".contains("above 0 and at most 1; found 0.0")
    }
    #expect {
      _ = try all.interpolated(with: run.prefix(2), weight: 0.5)
    } throws: {
      "\($0)".contains("lacks the document 'c' of the query 'q1'")
    }
    for (count, queries) in [(0, []), (1, ["q1"]), (2, ["q1", "q2"]), (9, ["q1", "q2", "q3"])] {
      let sample = run.sample(queries: count)
      #expect(sample.queries == queries.map { QueryID($0) })
      #expect(sample["q1"] == (count > 0 ? run["q1"] : []))
    }
    #expect(Array(0..<10).evenlySpread(4) == [0, 2, 5, 7])
    #expect {
      _ = try run.reranked(by: LengthScorer(), queries: queries, documents: ["a": "x"])
    } throws: {
      "\($0)".contains("'b' for the query 'q1'")
    }
    #expect {
      _ = try run.reranked(by: LengthScorer(), queries: [:], documents: texts)
    } throws: {
      "\($0)".contains("the query 'q1'")
    }
  }
}
