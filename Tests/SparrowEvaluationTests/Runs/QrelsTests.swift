import Foundation
import SparrowCore
import SparrowEvaluation
import SparrowTestSupport
import Testing

@Suite struct QrelsTests {
  @Test func `TREC and BEIR files hold the same`() throws {
    let trec = try read("q2 0 d1 1\nq1\t0\td3\t0\r\n\nq2 0 d9 2\n")
    let beir = try read("query-id\tcorpus-id\tscore\nq2\td1\t1\nq1\td3\t0\nq2\td9\t2.0\n")
    #expect(trec == beir)
    #expect(trec.queries == ["q2", "q1"])
    #expect(trec.judgmentCount == 3)
    #expect(trec["q2", "d9"] == 2)
    #expect(trec["q2", "d3"] == nil)
    #expect(trec.relevantDocuments == ["q2": ["d1", "d9"]])
  }

  @Test(arguments: QrelsFormat.allCases)
  func `what was written is read back`(format: QrelsFormat) throws {
    var qrels = Qrels()
    qrels["z", "d1"] = 3
    qrels["a", "d2"] = -1
    qrels["z", "d0"] = 0
    try Fixtures.withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("qrels")
      try qrels.write(to: url, format: format)
      #expect(try Qrels(contentsOf: url) == qrels)
    }
  }

  @Test(arguments: [
    ("q1 0 d1 1\nq1 0 d2", "qrels:2", "found 3"),
    ("q1 0 d1 x", "qrels:1", "'x'"),
    ("q1 0 d1 0.5", "qrels:1", "'0.5'"),
    ("q1 0 d1 1\nq1 0 d1 2", "qrels:2", "earlier line"),
    ("q1\td1\t1", "qrels:1", "header"),
    ("query-id\tdoc\tscore\n", "qrels:1", "header"),
    ("query-id\tcorpus-id\tscore\nq1\td1", "qrels:2", "3 fields"),
    ("query-id\tcorpus-id\tscore\n\td1\t1", "qrels:2", "must not be empty"),
  ])
  func `a broken line is named`(text: String, place: String, message: String) {
    let error = #expect(throws: EvaluationError.self) { try read(text) }
    #expect(error?.description.contains(place) == true, "\(error.debugDescription)")
    #expect(error?.message.contains(message) == true, "\(error.debugDescription)")
  }

  @Test func `judgments of some queries keep their order and grades`() {
    var qrels = Qrels()
    for (query, grade) in [("b", 1), ("a", 2), ("c", 0)] {
      qrels[QueryID(query), "d"] = grade
    }
    let some = qrels.restricted(to: ["a", "b", "z"])
    #expect(some.queries == ["b", "a"] && some["a", "d"] == 2 && some["c", "d"] == nil)
    #expect(qrels.restricted(to: []) == Qrels())
  }

  @Test func `invalid UTF-8 is refused with its line`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("qrels")
      try Data("q1 0 d1 1\nq\u{1} 0 ".utf8 + [0xFF] + Array(" 1\n".utf8)).write(to: url)
      let error = #expect(throws: EvaluationError.self) { try Qrels(contentsOf: url) }
      #expect(error?.location?.line == 2)
    }
  }

  @Test func `a missing file is told apart`() {
    let error = #expect(throws: EvaluationError.self) {
      try Qrels(contentsOf: URL(fileURLWithPath: "/nowhere/qrels.tsv"))
    }
    #expect(error?.category == .missing)
  }

  @Test func `a removed judgment is gone`() {
    var qrels = Qrels()
    qrels["a", "d"] = 1
    qrels["a", "d"] = nil
    #expect(qrels == Qrels())
  }

  private func read(_ text: String) throws -> Qrels {
    try Fixtures.withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("qrels")
      try Data(text.utf8).write(to: url)
      return try Qrels(contentsOf: url)
    }
  }
}
