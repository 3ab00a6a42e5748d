import Foundation
import SparrowCore
import SparrowEvaluation
import SparrowTestSupport
import Synchronization
import Testing

@Suite struct InformationRetrievalEvaluatorTests {
  @Test func `numbers and files equal the reference's`() throws {
    let golden = try Fixtures.golden("evaluators")
    let runs = try ReferenceRun.golden("information_retrieval")
    #expect(runs.count == 5)
    for run in runs {
      let evaluator = try evaluator(golden, configuration(run.json["args"]))
      try run.expect { try evaluator.evaluate(TableEncoder(golden: golden), in: $0) }
    }
  }

  @Test func `files equal the reference's to the last digit`() throws {
    let golden = try Fixtures.golden("evaluators")
    for run in try ReferenceRun.golden("information_retrieval") {
      let evaluator = try evaluator(golden, configuration(run.json["args"]))
      try Fixtures.withTemporaryFolder { folder in
        _ = try evaluator.evaluate(
          TableEncoder(golden: golden),
          in: EvaluationContext(folder: folder, epoch: 1, steps: 10))
        for (name, text) in try #require(run.json["files"]?.object).members {
          let found = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
          #expect(found == text.string)
        }
      }
    }
  }

  @Test func `many equal scores are settled as in the reference`() throws {
    let fixture = try ReferenceRun.fixtureFile()
    for run in try ReferenceRun.fixture("information_retrieval") {
      let name = try #require(run["collection"]?.string)
      var configuration = InformationRetrievalEvaluator.Configuration()
      configuration.scoreFunctions = run.functions("functions")
      let evaluator = try InformationRetrievalEvaluator(
        fixture: fixture, collection: name, configuration)
      // The average FLOPS are a float32 sum.
      try run.expect(tolerance: 1e-7) {
        try evaluator.evaluate(TableEncoder(fixture: fixture), in: $0)
      }
    }
  }

  @Test func `prompts reach the encoder, each on its side`() throws {
    final class Listener: SparseEncoding {
      let dimension = 1
      var prompts: [TextRole: String?] = [:]

      func encode(
        _ texts: [String], role: TextRole, options: EncodingOptions
      ) throws -> SparseMatrix {
        prompts[role] = options.prompt
        return try SparseMatrix(
          columnCount: 1, rows: texts.map { _ in SparseVector(dense: [1]) })
      }

      func term(_ index: TokenID) -> String? { nil }
    }
    var configuration = InformationRetrievalEvaluator.Configuration()
    configuration.queryPrompt = "find: "
    let evaluator = try InformationRetrievalEvaluator(
      queries: [Query(id: "q", text: "query")],
      corpus: [Document(id: "d", title: "", text: "document")], relevantDocuments: ["q": ["d"]],
      configuration: configuration)
    let listener = Listener()
    _ = try evaluator.evaluate(listener)
    #expect(listener.prompts == [.query: "find: ", .document: nil])
  }

  @Test func `a second evaluation appends a line`() throws {
    let golden = try Fixtures.golden("evaluators")
    let evaluator = try evaluator(golden, .init())
    let encoder = try TableEncoder(golden: golden)
    try Fixtures.withTemporaryFolder { folder in
      _ = try evaluator.evaluate(encoder, in: EvaluationContext(folder: folder))
      _ = try evaluator.evaluate(
        encoder, in: EvaluationContext(folder: folder, epoch: 0.5, steps: 3))
      let file = folder.appendingPathComponent("Information-Retrieval_evaluation_results.csv")
      let lines = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\r\n")
      #expect(lines.count == 4)
      #expect(lines[1].hasPrefix("-1,-1,"))
      #expect(lines[2].hasPrefix("0.5,3,"))
      #expect(lines[3].isEmpty)
    }
  }

  @Test func `a results file with other columns is refused before anything is encoded`() throws {
    let golden = try Fixtures.golden("evaluators")
    let evaluator = try evaluator(golden, .init())
    try Fixtures.withTemporaryFolder { folder in
      try Data("epoch,steps,loss\r\n".utf8).write(
        to: folder.appendingPathComponent("Information-Retrieval_evaluation_results.csv"))
      let encoder = TableEncoder(vectors: [:], dimension: 8)
      let error = #expect(throws: EvaluationError.self) {
        try evaluator.evaluate(encoder, in: EvaluationContext(folder: folder))
      }
      #expect(error?.message.contains("other columns") == true)
    }
  }

  @Test func `vectors made before give the same numbers, whatever the chunk size`() throws {
    let golden = try Fixtures.golden("evaluators")
    let encoder = try TableEncoder(golden: golden)
    let whole = try evaluator(golden, .init())
    let expected = try whole.report(on: encoder)
    let queries = try encoder.encode(
      whole.queries.map(\.text), role: .query, options: EncodingOptions())
    let corpus = try encoder.encode(
      whole.corpus.map(\.text), role: .document, options: EncodingOptions())
    for chunkSize in [1, 3, 5, 14] {
      var configuration = InformationRetrievalEvaluator.Configuration()
      configuration.corpusChunkSize = chunkSize
      let report = try evaluator(golden, configuration).report(
        queryEmbeddings: queries, corpusEmbeddings: corpus)
      #expect(report.runs == expected.runs)
      for key in ["dot_ndcg@10", "dot_map@100", "avg_flops"] {
        #expect(report.result[key] == expected.result[key])
      }
    }
  }

  @Test func `the document with the query's identifier can be left out`() throws {
    let vector = SparseVector(dense: [1, 2])
    let encoder = TableEncoder(vectors: ["same": vector, "other": vector], dimension: 2)
    var configuration = InformationRetrievalEvaluator.Configuration()
    let queries = [Query(id: "a", text: "same")]
    let corpus = [Document(id: "a", text: "same"), Document(id: "b", text: "other")]
    let relevant: [QueryID: Set<DocumentID>] = ["a": ["b"]]
    for (ignores, expected) in [(false, 0.5), (true, 1.0)] {
      configuration.ignoresIdenticalIDs = ignores
      let evaluator = try InformationRetrievalEvaluator(
        queries: queries, corpus: corpus, relevantDocuments: relevant,
        configuration: configuration)
      #expect(try evaluator.evaluate(encoder)["dot_mrr@10"] == expected)
    }
  }

  @Test func `progress reaches the size of the collection`() throws {
    let golden = try Fixtures.golden("evaluators")
    var configuration = InformationRetrievalEvaluator.Configuration()
    configuration.corpusChunkSize = 5
    let reports = Mutex<[Int]>([])
    let context = EvaluationContext(progress: { update in
      reports.withLock { $0.append(update.completed) }
    })
    _ = try evaluator(golden, configuration).evaluate(TableEncoder(golden: golden), in: context)
    #expect(reports.withLock { $0 } == [5, 10, 14])
  }

  @Test func `a cancelled task stops`() async throws {
    let golden = try Fixtures.golden("evaluators")
    let evaluator = try evaluator(golden, .init())
    let encoder = try TableEncoder(golden: golden)
    let task = Task {
      try? await Task.sleep(for: .seconds(60))
      return try evaluator.evaluate(encoder)
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func `input that cannot be evaluated is refused`() throws {
    let query = Query(id: "q", text: "a")
    let document = Document(id: "d", text: "a")
    func message(
      _ queries: [Query], _ corpus: [Document], _ relevant: [QueryID: Set<DocumentID>],
      _ change: (inout InformationRetrievalEvaluator.Configuration) -> Void = { _ in }
    ) -> String? {
      var configuration = InformationRetrievalEvaluator.Configuration()
      change(&configuration)
      let error = #expect(throws: EvaluationError.self) {
        try InformationRetrievalEvaluator(
          queries: queries, corpus: corpus, relevantDocuments: relevant,
          configuration: configuration)
      }
      return error?.message
    }
    #expect(message([query], [document], ["x": ["d"]])?.contains("None of the 1") == true)
    #expect(message([query], [], ["q": ["d"]])?.contains("empty") == true)
    #expect(message([query, query], [document], ["q": ["d"]])?.contains("twice") == true)
    #expect(
      message([query], [document], ["q": ["d"]]) { $0.nDCGCutoffs = [0] }?
        .contains("nDCG must be at least 1") == true)
    #expect(
      message([query], [document], ["q": ["d"]]) { $0.corpusChunkSize = 0 }?
        .contains("chunk size") == true)
    #expect(
      message([query], [document], ["q": ["d"]]) {
        $0.scoreFunctions = [.dot]
        $0.mainScoreFunction = .cosine
      }?.contains("cosine") == true)
  }

  private func evaluator(
    _ golden: JSONValue, _ configuration: InformationRetrievalEvaluator.Configuration
  ) throws -> InformationRetrievalEvaluator {
    try InformationRetrievalEvaluator(
      part: try #require(golden["information_retrieval"]), relevantKey: "relevant_docs",
      configuration)
  }

  private func configuration(
    _ arguments: JSONValue?
  ) throws -> InformationRetrievalEvaluator.Configuration {
    var configuration = InformationRetrievalEvaluator.Configuration()
    for (key, value) in try #require(arguments?.object).members {
      let numbers = value.array?.compactMap(\.int) ?? []
      switch key {
      case "name": configuration.name = value.string ?? ""
      case "corpus_chunk_size": configuration.corpusChunkSize = value.int ?? 0
      case "mrr_at_k": configuration.reciprocalRankCutoffs = numbers
      case "ndcg_at_k": configuration.nDCGCutoffs = numbers
      case "accuracy_at_k": configuration.accuracyCutoffs = numbers
      case "precision_recall_at_k": configuration.precisionRecallCutoffs = numbers
      case "map_at_k": configuration.averagePrecisionCutoffs = numbers
      case "write_predictions": configuration.writesPredictions = value.bool ?? false
      case "max_active_dims": configuration.maxActiveDimensions = value.int
      case "score_functions":
        configuration.scoreFunctions = value.array?.compactMap {
          $0.string.flatMap(SimilarityFunction.init)
        }
      default: Issue.record("unknown argument \(key)")
      }
    }
    return configuration
  }
}

extension InformationRetrievalEvaluator {
  /// A collection of `Tests/Fixtures/evaluation`, by whose name the evaluation is called.
  init(fixture: JSONValue, collection: String, _ configuration: Configuration) throws {
    var configuration = configuration
    configuration.name = collection
    try self.init(
      part: #require(fixture["collections"]?[collection]), relevantKey: "relevant", configuration)
  }

  /// Queries, corpus and relevant documents as the reference takes them.
  init(part: JSONValue, relevantKey: String, _ configuration: Configuration) throws {
    var relevant: [QueryID: Set<DocumentID>] = [:]
    for (query, documents) in try #require(part[relevantKey]?.object).members {
      relevant[QueryID(query)] = Set(
        try #require(documents.array).compactMap { $0.string.map { DocumentID($0) } })
    }
    try self.init(
      queries: try #require(part["queries"]?.object).members.map {
        Query(id: QueryID($0.0), text: $0.1.string ?? "")
      },
      corpus: try #require(part["corpus"]?.object).members.map {
        Document(id: DocumentID($0.0), text: $0.1.string ?? "")
      },
      relevantDocuments: relevant, configuration: configuration)
  }
}
