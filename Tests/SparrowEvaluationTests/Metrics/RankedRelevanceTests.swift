import Foundation
import SparrowCore
import SparrowEvaluation
import SparrowTestSupport
import Testing

@Suite struct RankedRelevanceTests {
  private let ranking = RankedRelevance(
    isRelevant: [false, true, false, true, false], relevantCount: 3)

  @Test func `accuracy, precision and recall count hits`() {
    #expect(ranking.accuracy(at: 1) == 0)
    #expect(ranking.accuracy(at: 2) == 1)
    #expect(ranking.precision(at: 4) == 0.5)
    #expect(ranking.precision(at: 10) == 0.2)
    #expect(ranking.recall(at: 3) == 1.0 / 3)
    #expect(ranking.recall(at: 5) == 2.0 / 3)
  }

  @Test func `the reciprocal rank is zero beyond the cut-off`() {
    #expect(ranking.reciprocalRank(at: 1) == 0)
    #expect(ranking.reciprocalRank(at: 2) == 0.5)
  }

  @Test func `average precision divides by the cut-off or the relevant documents`() {
    #expect(ranking.averagePrecision(at: 100) == (0.5 + 0.5) / 3)
    #expect(ranking.averagePrecision(at: 2) == 0.25)
  }

  @Test func `nDCG compares with a perfect ranking`() {
    let ideal = 1 + 1 / log2(3.0) + 1 / log2(4.0)
    #expect(abs(ranking.nDCG(at: 10) - (1 / log2(3.0) + 1 / log2(5.0)) / ideal) < 1e-15)
    #expect(RankedRelevance(isRelevant: [true, true], relevantCount: 2).nDCG(at: 10) == 1)
  }

  @Test func `without relevant documents every metric is zero`() {
    let empty = RankedRelevance(isRelevant: [false, false], relevantCount: 0)
    for measure in RetrievalMetric.Measure.allCases {
      let metric = try? RetrievalMetric(measure, at: 10)
      #expect(metric?.value(of: empty) == 0)
    }
  }
}

@Suite struct RetrievalMetricTests {
  @Test(arguments: ["ndcg@10", "mrr@1", "map@100", "recall@5", "precision@3", "accuracy@1"])
  func `a metric is read as it is written`(text: String) throws {
    #expect(try RetrievalMetric(parsing: text).description == text)
  }

  @Test(arguments: ["ndcg", "ndcg@", "ndcg@0", "nDCG@10", "hits@3", "ndcg@10@2", "ndcg@-1"])
  func `an unknown metric is refused`(text: String) {
    #expect(throws: EvaluationError.self) { try RetrievalMetric(parsing: text) }
  }

  @Test func `a query that the run lacks counts as zero`() throws {
    var qrels = Qrels()
    qrels["a", "d1"] = 1
    qrels["b", "d2"] = 2
    qrels["c", "d3"] = 0
    var run = RetrievalRun()
    try run.append("a", [ScoredDocument(id: "d1", score: 1)])
    let metric = try RetrievalMetric(.reciprocalRank, at: 10)
    #expect(metric.values(of: run, judgedBy: qrels).map(\.value) == [1, 0])
    #expect(metric.mean(of: run, judgedBy: qrels) == 0.5)
  }

  @Test func `means equal numpy's to the last digit`() {
    let expected = [
      5: 0.45666666666666667, 127: 0.04271917002038718, 129: 0.042177511864912164,
      300: 0.02094221293433168, 1000: 0.007485470860550345,
    ]
    for (count, value) in expected {
      #expect(mean((1...count).map { 1 / Double($0) }) == value, "\(count) numbers")
    }
    #expect(mean([]) == 0)
  }
}
