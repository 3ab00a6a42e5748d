import Foundation
import SparrowCore
import SparrowData
import SparrowEvaluation
import SparrowTestSupport
import Testing

@Suite struct BEIRCollectionTests {
  @Test func `a collection is read, compressed or not`() throws {
    for isCompressed in [false, true] {
      try withCollection(isCompressed: isCompressed) { collection in
        #expect(collection.splits == ["dev", "test"])
        let documents = try collection.loadDocuments()
        #expect(documents.map(\.id) == ["d1", "2", "d3"])
        #expect(documents.map(\.content) == ["Title body", "only body ", "T"])
        let qrels = try collection.qrels(split: "test")
        #expect(try collection.loadQueries().count == 3)
        #expect(try collection.loadQueries(judgedIn: qrels).map(\.id) == ["q3", "q1"])
      }
    }
  }

  @Test func `an evaluator has the judged queries with a relevant document`() throws {
    try withCollection { collection in
      let evaluator = try collection.makeEvaluator(split: "test")
      #expect(evaluator.queries.map(\.text) == ["third", "first"])
      #expect(evaluator.corpus.count == 3)
      #expect(evaluator.relevantDocuments == ["q3": ["d1"], "q1": ["2", "unknown"]])
    }
  }

  @Test func `judged pairs make rows, in the order of the queries' file`() throws {
    try withCollection { collection in
      let pairs = try collection.pairs(split: "test")
      #expect(pairs.columnNames == ["query", "document"])
      #expect(pairs["query"] == [.string("third"), .string("first")])
      #expect(pairs["document"] == [.string("Title body"), .string("only body ")])
      let error = #expect(throws: DataError.self) {
        try collection.pairs(split: "test", withoutDocumentsOf: ["test"])
      }
      #expect(error?.message.contains("leave no pair") == true)
    }
  }

  @Test func `a missing split is named with those there are`() throws {
    try withCollection { collection in
      let error = #expect(throws: DataError.self) { try collection.qrels(split: "train") }
      #expect(error?.category == .missing)
      #expect(error?.message.contains("'dev', 'test'") == true)
    }
  }

  @Test func `judged queries without text are refused`() throws {
    try withCollection { collection in
      let qrels = try collection.qrels(split: "dev")
      let error = #expect(throws: DataError.self) { try collection.loadQueries(judgedIn: qrels) }
      #expect(error?.message.contains("'q9'") == true)
    }
  }

  @Test func `missing pieces are named`() throws {
    try Fixtures.withTemporaryFolder { folder in
      let empty = #expect(throws: DataError.self) { try BEIRCollection(folder: folder) }
      #expect(empty?.message.contains("corpus.jsonl.gz") == true)
      let absent = #expect(throws: DataError.self) {
        try BEIRCollection(folder: folder.appendingPathComponent("none"))
      }
      #expect(absent?.category == .missing)
      try Data("{\"_id\": \"d\", \"text\": \"t\"}\n".utf8).write(
        to: folder.appendingPathComponent("corpus.jsonl"))
      let collection = try BEIRCollection(folder: folder)
      #expect(try collection.loadDocuments().count == 1)
      let queries = #expect(throws: DataError.self) { try collection.loadQueries() }
      #expect(queries?.message.contains("queries.jsonl") == true)
      let qrels = #expect(throws: DataError.self) { try collection.makeEvaluator() }
      #expect(qrels?.message.contains("no judgments") == true)
    }
  }

  @Test(arguments: [
    ("{\"_id\": \"a\", \"text\": \"t\"}\n{\"text\": \"t\"}\n", 2, "'_id'"),
    ("{\"_id\": \"\", \"text\": \"t\"}\n", 1, "an empty text"),
    ("{\"_id\": \"a\", \"title\": \"t\"}\n", 1, "'text'"),
    ("{\"_id\": \"a\", \"text\": \"t\", \"title\": 3}\n", 1, "'title'"),
    ("{\"_id\": \"a\", \"text\": \"t\"}\n\n{\"_id\": \"a\", \"text\": \"t\"}\n", 3, "twice"),
    ("{\"_id\": \"a\", \"text\": \"t\"\n", 1, "JSON"),
    ("", nil, "at least one document"),
  ])
  func `a broken document is named`(text: String, line: Int?, message: String) throws {
    try Fixtures.withTemporaryFolder { folder in
      try Data(text.utf8).write(to: folder.appendingPathComponent("corpus.jsonl"))
      let collection = try BEIRCollection(folder: folder)
      let error = #expect(throws: DataError.self) { try collection.loadDocuments() }
      #expect(error?.location?.line == line)
      #expect(error?.message.contains(message) == true, "\(error.debugDescription)")
    }
  }

  @Test func `collections are measured together under their folders' names`() throws {
    try withCollection { first in
      try withCollection { second in
        var configuration = InformationRetrievalEvaluator.Configuration()
        configuration.maxActiveDimensions = 1
        let evaluator = try BEIRCollection.makeEvaluator(
          folders: [first.folder, second.folder], name: "Both", configuration: configuration)
        let result = try evaluator.evaluate(LengthEncoder())
        let names = [first, second].map { $0.folder.lastPathComponent }
        #expect(result.primaryKey == "Both_mean_1_dot_ndcg@10")
        #expect(result.primaryValue == result["\(names[0])_1_dot_ndcg@10"])
        #expect(result["\(names[1])_1_dot_accuracy@1"] != nil)
        #expect(throws: EvaluationError.self) {
          try BEIRCollection.makeEvaluator(folders: [first.folder, first.folder])
        }
      }
    }
  }

  @Test func `SciFact has its published size`() throws {
    guard let folder = Fixtures.data("scifact") else {
      Fixtures.skip("SciFact has its published size", because: "there is no scifact data")
      return
    }
    let evaluator = try BEIRCollection(folder: folder).makeEvaluator(split: "test")
    #expect(evaluator.queries.count == 300)
    #expect(evaluator.corpus.count == 5183)
    #expect(evaluator.relevantDocuments.values.reduce(0) { $0 + $1.count } == 339)
  }

  private func withCollection(
    isCompressed: Bool = false, _ body: (BEIRCollection) throws -> Void
  ) throws {
    try Fixtures.withTemporaryFolder { folder in
      let files = [
        "corpus": """
        {"_id": "d1", "title": "Title", "text": "body "}
        {"_id": 2, "title": "", "text": "only body ", "metadata": {}}

        {"_id": "d3", "title": "T", "text": ""}
        """,
        "queries": """
        {"_id": "q3", "text": "third"}
        {"_id": "q2", "text": "second"}
        {"_id": "q1", "text": "first"}
        """,
      ]
      for (name, text) in files {
        let bytes = Array(text.utf8)
        try Data(isCompressed ? gzip(bytes) : bytes).write(
          to: folder.appendingPathComponent(name + (isCompressed ? ".jsonl.gz" : ".jsonl")))
      }
      let qrels = folder.appendingPathComponent("qrels")
      try FileManager.default.createDirectory(at: qrels, withIntermediateDirectories: true)
      let header = "query-id\tcorpus-id\tscore\n"
      try Data("\(header)q1\t2\t1\nq3\td1\t2\nq1\tunknown\t1\n".utf8).write(
        to: qrels.appendingPathComponent("test.tsv"))
      try Data("\(header)q1\t2\t1\nq9\t2\t1\n".utf8).write(
        to: qrels.appendingPathComponent("dev.tsv"))
      try body(BEIRCollection(folder: folder))
    }
  }
}

/// Encodes a text as its length.
private struct LengthEncoder: SparseEncoding {
  let dimension = 1

  func encode(_ texts: [String], role: TextRole, options: EncodingOptions) throws -> SparseMatrix {
    try SparseMatrix(
      columnCount: 1, rows: texts.map { SparseVector(dense: [Float($0.utf8.count)]) })
  }

  func term(_ index: TokenID) -> String? { nil }
}
