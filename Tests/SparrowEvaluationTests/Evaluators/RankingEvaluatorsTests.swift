import Foundation
import SparrowCore
import SparrowEvaluation
import SparrowTestSupport
import Testing

@Suite struct RerankingEvaluatorTests {
  @Test func `numbers and files equal the reference's`() throws {
    let golden = try Fixtures.golden("evaluators")
    let samples = try samples(golden["reranking"]?["samples"])
    let runs = try ReferenceRun.golden("reranking")
    #expect(runs.count == 3)
    for run in runs {
      let function = run["similarity_fct"]?.string.flatMap(SimilarityFunction.init) ?? .cosine
      let evaluator = try RerankingEvaluator(
        samples: samples, cutoff: run["at_k"]?.int ?? 10, similarity: function,
        options: run.options)
      try run.expect { try evaluator.evaluate(TableEncoder(golden: golden), in: $0) }
    }
  }

  @Test func `many samples are ordered as by the reference, together or one by one`() throws {
    let fixture = try ReferenceRun.fixtureFile()
    let samples = try samples(fixture["reranking_samples"])
    for run in try ReferenceRun.fixture("reranking") {
      let evaluator = try RerankingEvaluator(
        samples: samples, cutoff: try #require(run["at_k"]?.int),
        similarity: try #require(run["function"]?.string.flatMap(SimilarityFunction.init)),
        encodesTogether: run["together"] == true)
      try run.expect { try evaluator.evaluate(TableEncoder(fixture: fixture), in: $0) }
    }
  }

  @Test func `samples without positives or negatives are not enough`() {
    #expect(throws: EvaluationError.self) {
      try RerankingEvaluator(samples: [
        RerankingSample(query: "q", positives: [], negatives: ["a"]),
        RerankingSample(query: "q", positives: ["a"], negatives: []),
      ])
    }
  }

  private func samples(_ json: JSONValue?) throws -> [RerankingSample] {
    try #require(json?.array).map { sample in
      func list(_ key: String) throws -> [String] {
        if let text = sample[key]?.string { return [text] }
        return try sample.strings(key)
      }
      return RerankingSample(
        query: try #require(sample["query"]?.string), positives: try list("positive"),
        negatives: try list("negative"))
    }
  }
}

@Suite struct ReciprocalRankFusionEvaluatorTests {
  @Test func `numbers and files equal the reference's`() throws {
    let part = try #require(Fixtures.golden("evaluators")["rrf"])
    let runs = try ReferenceRun.golden("rrf")
    #expect(runs.count == 2)
    for run in runs {
      let evaluator = try ReciprocalRankFusionEvaluator(
        dense: samples(part["dense_samples"]), sparse: samples(part["sparse_samples"]),
        cutoff: run["at_k"]?.int ?? 10, rankConstant: run["rrf_k"]?.int ?? 60,
        writesPredictions: true, options: run.options)
      try run.expect { try evaluator.evaluate(in: $0) }
    }
  }

  @Test func `lists of different queries are refused`() {
    func sample(_ id: QueryID) -> RetrievedSample {
      RetrievedSample(queryID: id, query: "", positives: ["a"], documents: ["a"])
    }
    let error = #expect(throws: EvaluationError.self) {
      try ReciprocalRankFusionEvaluator(dense: [sample("1")], sparse: [sample("2")])
    }
    #expect(error?.message.contains("'1' and '2'") == true)
    #expect(throws: EvaluationError.self) {
      try ReciprocalRankFusionEvaluator(dense: [], sparse: [])
    }
    #expect(throws: EvaluationError.self) {
      try ReciprocalRankFusionEvaluator(dense: [sample("1")], sparse: [sample("1")], cutoff: 0)
    }
  }

  private func samples(_ json: JSONValue?) throws -> [RetrievedSample] {
    try #require(json?.array).map { sample in
      RetrievedSample(
        queryID: QueryID(try #require(sample["query_id"]?.string)),
        query: try #require(sample["query"]?.string), positives: try sample.strings("positive"),
        documents: try sample.strings("documents"))
    }
  }
}

@Suite struct SequentialEvaluatorTests {
  @Test func `numbers and files equal the reference's`() throws {
    let golden = try Fixtures.golden("evaluators")
    let triplets = try #require(golden["triplet"])
    var configuration = InformationRetrievalEvaluator.Configuration()
    configuration.name = "a"
    let evaluator = try SequentialEvaluator([
      InformationRetrievalEvaluator(
        part: #require(golden["information_retrieval"]), relevantKey: "relevant_docs",
        configuration),
      TripletEvaluator(
        anchors: triplets.strings("anchors"), positives: triplets.strings("positives"),
        negatives: triplets.strings("negatives"), options: EvaluatorOptions(name: "b")),
    ])
    let run = ReferenceRun(json: try #require(golden["sequential"]), epoch: 1, steps: 10)
    try run.expect { try evaluator.evaluate(TableEncoder(golden: golden), in: $0) }
  }

  @Test func `the main score can be chosen`() throws {
    let golden = try Fixtures.golden("evaluators")
    let triplets = try #require(golden["triplet"])
    let evaluator = try TripletEvaluator(
      anchors: triplets.strings("anchors"), positives: triplets.strings("positives"),
      negatives: triplets.strings("negatives"))
    let sequence = try SequentialEvaluator([evaluator, evaluator]) { $0.reduce(0, +) }
    #expect(try sequence.evaluate(TableEncoder(golden: golden)).primaryValue == 1)
    #expect(throws: EvaluationError.self) { try SequentialEvaluator([]) }
  }
}

@Suite struct CollectionsEvaluatorTests {
  @Test func `numbers and files equal the reference's`() throws {
    let fixture = try ReferenceRun.fixtureFile()
    for run in try ReferenceRun.fixture("nano") {
      var configuration = InformationRetrievalEvaluator.Configuration()
      configuration.scoreFunctions = run.functions("functions")
      let evaluator = try CollectionsEvaluator(
        ["scifact", "NQ"].map { name in
          try InformationRetrievalEvaluator(
            fixture: fixture, collection: NanoBEIRCollection(name: name).displayName,
            configuration)
        })
      // The average FLOPS are a float32 sum.
      try run.expect(tolerance: 1e-7) {
        try evaluator.evaluate(TableEncoder(fixture: fixture), in: $0)
      }
    }
  }

  @Test func `a limit of weights appears in the key`() throws {
    let fixture = try ReferenceRun.fixtureFile()
    var configuration = InformationRetrievalEvaluator.Configuration()
    configuration.maxActiveDimensions = 4
    let evaluator = try CollectionsEvaluator(
      [InformationRetrievalEvaluator(fixture: fixture, collection: "NanoNQ", configuration)],
      name: "Own", aggregateKey: "largest"
    ) { $0.max() ?? 0 }
    let result = try evaluator.evaluate(TableEncoder(fixture: fixture))
    #expect(result.primaryKey == "Own_largest_4_dot_ndcg@10")
    #expect(result.primaryValue == result["NanoNQ_dot_ndcg@10"])
  }

  @Test func `collections without names or of different configuration are refused`() throws {
    let fixture = try ReferenceRun.fixtureFile()
    var other = InformationRetrievalEvaluator.Configuration()
    other.nDCGCutoffs = [5]
    let first = try InformationRetrievalEvaluator(
      fixture: fixture, collection: "NanoNQ", .init())
    let second = try InformationRetrievalEvaluator(
      fixture: fixture, collection: "NanoSciFact", other)
    #expect(throws: EvaluationError.self) { try CollectionsEvaluator([]) }
    #expect(throws: EvaluationError.self) { try CollectionsEvaluator([first, first]) }
    #expect(throws: EvaluationError.self) { try CollectionsEvaluator([first, second]) }
    #expect(throws: EvaluationError.self) { try NanoBEIRCollection(name: "trec-covid") }
  }
}
