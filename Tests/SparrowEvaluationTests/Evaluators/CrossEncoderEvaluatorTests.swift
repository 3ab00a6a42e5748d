import SparrowCore
import SparrowEvaluation
import SparrowTestSupport
import Testing

/// Evaluators of cross-encoders against the reference's numbers and files for a table of scores.
@Suite struct CrossEncoderEvaluatorTests {
  /// Looks scores up by query and document.
  private struct TableScorer: RelevanceScorer {
    let scores: JSONObject

    func scores(
      queries: [String], documents: [String], progress: ProgressReporter?
    ) throws -> [Float] {
      try zip(queries, documents).map { query, document in
        Float(try #require(scores["\(query)|\(document)"]?.double))
      }
    }
  }

  private let fixture: JSONValue
  private let scorer: TableScorer

  init() throws {
    fixture = try JSONValue(contentsOf: Fixtures.url("evaluation/cross_encoder_evaluators.json"))
    scorer = TableScorer(scores: try #require(fixture["scores"]?.object))
  }

  private func runs(_ name: String) throws -> [ReferenceRun] {
    try #require(fixture[name]?.array).map { ReferenceRun(json: $0, epoch: 0.5, steps: 7) }
  }

  private func texts(_ value: JSONValue?) -> [String] {
    value?.array?.compactMap(\.string) ?? []
  }

  @Test func `reranking is measured next to the first stage`() throws {
    for run in try runs("reranking") {
      let isRanked = run["ranked"]?.bool == true
      let samples = try #require(fixture[isRanked ? "samples" : "lists"]?.array).map { sample in
        RerankingCandidates(
          query: sample["query"]?.string ?? "", positives: texts(sample["positive"]),
          candidates: isRanked
            ? .ranked(texts(sample["documents"])) : .negatives(texts(sample["negative"])))
      }
      let evaluator = try CrossEncoderRerankingEvaluator(
        samples: samples, cutoff: run["at_k"]?.int ?? 0,
        includesAllPositives: run["always_rerank_positives"]?.bool == true,
        name: run["name"]?.string ?? "")
      try run.expect { try evaluator.evaluate(scorer, in: $0) }
    }
  }

  @Test func `pairs are told apart`() throws {
    let labels = try #require(fixture["pairs"]?["labels"]?.array).map { $0.int == 1 }
    for run in try runs("classification") {
      let evaluator = try CrossEncoderClassificationEvaluator(
        queries: texts(fixture["pairs"]?["queries"]),
        documents: texts(fixture["pairs"]?["documents"]), labels: labels,
        name: run["name"]?.string ?? "")
      try run.expect { try evaluator.evaluate(scorer, in: $0) }
    }
  }

  @Test func `scores are correlated with people's`() throws {
    for run in try runs("correlation") {
      let evaluator = try CrossEncoderCorrelationEvaluator(
        queries: texts(fixture["pairs"]?["queries"]),
        documents: texts(fixture["pairs"]?["documents"]),
        scores: try #require(fixture["pairs"]?["scores"]?.array).compactMap(\.double),
        name: run["name"]?.string ?? "")
      try run.expect { try evaluator.evaluate(scorer, in: $0) }
    }
  }

  @Test func `what cannot be measured is refused`() throws {
    #expect(throws: EvaluationError.self) { try CrossEncoderRerankingEvaluator(samples: []) }
    let sample = RerankingCandidates(query: "q", positives: ["d"], candidates: .negatives([]))
    #expect(throws: EvaluationError.self) {
      try CrossEncoderRerankingEvaluator(samples: [sample], cutoff: 0)
    }
    #expect(throws: EvaluationError.self) {
      try CrossEncoderCorrelationEvaluator(queries: ["q"], documents: [], scores: [1])
    }
  }
}
