import SparrowCore
import SparrowTestSupport
import Testing

@testable import SparrowEvaluation

@Suite struct PairedComparisonTests {
  private let first = [0.8, 0.05, 0.15, 0.2, 0.15, 0.8, 0.85, 0.55, 0.0, 0.05, 0.3, 0.4]
  private let second = [0.9, 0.1, 0.1, 0.1, 0.3, 0.95, 0.7, 0.45, 0.05, 0.05, 0.5, 0.45]

  @Test func `the t-test equals scipy's`() throws {
    let comparison = try PairedComparison(first, second, roundCount: 10)
    #expect(abs(comparison.tStatistic - 0.9043815113422339) < 1e-12)
    #expect(abs(comparison.tTestPValue - 0.38517216392713055) < 1e-12)
    #expect(comparison.winCount == 7)
    #expect(comparison.lossCount == 4)
    #expect(comparison.tieCount == 1)
  }

  /// Two-sided probabilities of scipy 1.17.1, `2 * stats.t.sf(abs(t), n)`.
  @Test(arguments: [
    (0.1, 1.0, 0.936548965138893), (2.5, 3, 0.08770664700806556), (1.96, 299, 0.05092435137727549),
    (8, 40, 7.905084110104538e-10), (-3.3, 9, 0.009229908318547019), (0, 5, 1),
  ])
  func `Student's distribution equals scipy's`(statistic: Double, degrees: Double, expected: Double)
  {
    let found = StudentDistribution(degreesOfFreedom: degrees).twoSided(statistic)
    #expect(abs(found - expected) <= 1e-12 * expected)
  }

  @Test func `the randomization test comes close to all 4,096 swaps`() throws {
    let differences = zip(first, second).map { $1 - $0 }
    let observed = abs(differences.reduce(0, +))
    var extremeCount = 0
    for swaps in 0..<4096 {
      let sum = differences.enumerated().reduce(0.0) {
        $0 + (swaps >> $1.offset & 1 == 0 ? $1.element : -$1.element)
      }
      if abs(sum) >= observed - 1e-12 { extremeCount += 1 }
    }
    let comparison = try PairedComparison(first, second, roundCount: 20_000, seed: 3)
    #expect(abs(comparison.randomizationPValue - Double(extremeCount) / 4096) < 0.015)
    #expect(
      comparison.randomizationPValue
        == (try PairedComparison(first, second, roundCount: 20_000, seed: 3)).randomizationPValue)
  }

  @Test func `equal systems cannot be told apart, and a constant gain can`() throws {
    let same = try PairedComparison(first, first, roundCount: 100)
    #expect(same.tTestPValue == 1)
    #expect(same.randomizationPValue == 1)
    let better = try PairedComparison(
      Array(repeating: 0.25, count: 40), Array(repeating: 0.5, count: 40), roundCount: 999)
    #expect(better.tStatistic == .infinity)
    #expect(better.tTestPValue == 0)
    #expect(better.randomizationPValue == 0.001)
    #expect(better.difference == 0.25)
  }

  @Test func `runs are compared on the judged queries`() throws {
    var qrels = Qrels()
    var good = RetrievalRun()
    var bad = RetrievalRun()
    for number in 0..<10 {
      let query = QueryID("q\(number)")
      qrels[query, "d"] = 1
      try good.append(query, [ScoredDocument(id: "d", score: 1)])
      try bad.append(
        query, [ScoredDocument(id: "x", score: 1), ScoredDocument(id: "d", score: 0.5)])
    }
    let metric = try RetrievalMetric(.reciprocalRank, at: 10)
    let comparison = try PairedComparison(bad, good, judgedBy: qrels, metric: metric)
    #expect(comparison.firstMean == 0.5)
    #expect(comparison.secondMean == 1)
    #expect(comparison.winCount == 10)
    #expect(comparison.randomizationPValue < 0.01)
  }

  @Test func `too few or unlike numbers are refused`() {
    #expect(throws: EvaluationError.self) { try PairedComparison([1], [1]) }
    #expect(throws: EvaluationError.self) { try PairedComparison([1, 2], [1]) }
    #expect(throws: EvaluationError.self) { try PairedComparison([1, .nan], [1, 2]) }
    #expect(throws: EvaluationError.self) { try PairedComparison([1, 2], [1, 2], roundCount: 0) }
  }
}
