import Foundation
import SparrowCore

/// Whether one system is better than another on the same queries, or just luckier.
///
/// Two tests are made on the differences per query. Fisher's randomization test asks how often a
/// difference of means at least as large comes out when the two systems' results are swapped at random
/// for each query; it assumes nothing about the distribution and is the one to trust. Student's
/// paired t-test answers the same question for normally distributed differences. Both are two-sided.
///
/// Source: Smucker, Allan and Carterette, "A comparison of statistical significance tests for
/// information retrieval evaluation" (CIKM 2007).
///
/// ```swift
/// let metric = try RetrievalMetric(.nDCG, at: 10)
/// let comparison = try PairedComparison(bm25, splade, judgedBy: qrels, metric: metric)
/// print(comparison.difference, comparison.randomizationPValue)
/// ```
public struct PairedComparison: Sendable, Hashable {
  /// How many queries were compared.
  public let queryCount: Int
  /// The first system's mean.
  public let firstMean: Double
  /// The second system's mean.
  public let secondMean: Double
  /// On how many queries the second system is better.
  public let winCount: Int
  /// On how many queries the second system is worse.
  public let lossCount: Int
  /// The statistic of the t-test; infinite when all differences are the same and not zero.
  public let tStatistic: Double
  /// The probability of a difference at least as large by chance, by the t-test.
  public let tTestPValue: Double
  /// The probability of a difference at least as large by chance, by the randomization test; never
  /// below `1 / (roundCount + 1)`.
  public let randomizationPValue: Double

  /// How much better the second system is, negative when it is worse.
  public var difference: Double { secondMean - firstMean }
  /// On how many queries both systems are equal.
  public var tieCount: Int { queryCount - winCount - lossCount }

  /// Compares two runs by one metric.
  ///
  /// - Parameters:
  ///   - first: the baseline.
  ///   - second: the system that may be better.
  ///   - qrels: the judgments; queries without a relevant document do not count.
  ///   - metric: what is compared.
  ///   - roundCount: how often results are swapped at random; 100,000 by default.
  ///   - seed: the seed of the swaps; 0 by default.
  /// - Throws: ``EvaluationError`` when fewer than two queries have a relevant document or there is
  ///   no round; `CancellationError` when the task was cancelled.
  public init(
    _ first: RetrievalRun, _ second: RetrievalRun, judgedBy qrels: Qrels, metric: RetrievalMetric,
    roundCount: Int = 100_000, seed: UInt64 = 0
  ) throws {
    try self.init(
      metric.values(of: first, judgedBy: qrels).map(\.value),
      metric.values(of: second, judgedBy: qrels).map(\.value), roundCount: roundCount, seed: seed)
  }

  /// Compares two lists of numbers of the same queries in the same order.
  ///
  /// - Parameters:
  ///   - first: the baseline's numbers.
  ///   - second: the numbers of the system that may be better.
  ///   - roundCount: how often numbers are swapped at random; 100,000 by default.
  ///   - seed: the seed of the swaps; 0 by default.
  /// - Throws: ``EvaluationError`` when the lists differ in length, have fewer than two numbers or one
  ///   that is not finite, or there is no round; `CancellationError` when the task was cancelled.
  public init(
    _ first: [Double], _ second: [Double], roundCount: Int = 100_000, seed: UInt64 = 0
  ) throws {
    guard first.count == second.count, first.count >= 2 else {
      throw EvaluationError(
        .usage,
        "Systems are compared on the same queries, at least 2; found \(first.count) and \(second.count) numbers."
      )
    }
    guard (first + second).allSatisfy(\.isFinite) else {
      throw EvaluationError(.invalidData, "Numbers to be compared must be finite.")
    }
    guard roundCount >= 1 else {
      throw EvaluationError(
        .usage, "The randomization test needs at least 1 round; found \(roundCount).")
    }
    let differences = zip(first, second).map { $1 - $0 }
    queryCount = first.count
    firstMean = mean(first)
    secondMean = mean(second)
    winCount = differences.count { $0 > 0 }
    lossCount = differences.count { $0 < 0 }
    (tStatistic, tTestPValue) = Self.tTest(differences)
    randomizationPValue = try Self.randomizationTest(differences, roundCount, seed)
  }

  private static func tTest(_ differences: [Double]) -> (statistic: Double, pValue: Double) {
    let count = Double(differences.count)
    let average = mean(differences)
    let squares = differences.map { ($0 - average) * ($0 - average) }
    let standardError = (pairwiseSum(squares[...]) / (count - 1) / count).squareRoot()
    guard standardError > 0 else {
      return average == 0 ? (0, 1) : (average > 0 ? .infinity : -.infinity, 0)
    }
    let statistic = average / standardError
    return (statistic, StudentDistribution(degreesOfFreedom: count - 1).twoSided(statistic))
  }

  /// Swaps are signs of differences, drawn 32 at a time.
  private static func randomizationTest(
    _ differences: [Double], _ roundCount: Int, _ seed: UInt64
  ) throws -> Double {
    // Queries on which both are equal do not change the sum.
    let signed = differences.filter { $0 != 0 }
    let observed = abs(signed.reduce(0, +))
    // Sums that differ by rounding alone count as equal.
    let threshold = observed * (1 - 1e-12)
    var generator = MersenneTwister(seed: seed)
    var extremeCount = 0
    for round in 0..<roundCount {
      if round % 4096 == 0 { try Task.checkCancellation() }
      var sum = 0.0
      var bits: UInt32 = 0
      for (position, difference) in signed.enumerated() {
        if position % 32 == 0 { bits = generator.next() }
        sum += bits & 1 == 0 ? difference : -difference
        bits >>= 1
      }
      if abs(sum) >= threshold { extremeCount += 1 }
    }
    return Double(extremeCount + 1) / Double(roundCount + 1)
  }
}

/// Student's t-distribution.
struct StudentDistribution {
  /// The parameter, above 0 (symbol `ν`).
  let degreesOfFreedom: Double

  /// The probability of a value at least as far from zero.
  func twoSided(_ statistic: Double) -> Double {
    let ratio = degreesOfFreedom / (degreesOfFreedom + statistic * statistic)
    return Self.regularizedBeta(ratio, degreesOfFreedom / 2, 0.5)
  }

  /// The regularized incomplete beta function `I_x(a, b)`, by its continued fraction (Abramowitz and
  /// Stegun 26.5.8) evaluated with Lentz's method.
  static func regularizedBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    if x <= 0 { return 0 }
    if x >= 1 { return 1 }
    // The fraction converges quickly on one side of the mean only; the other follows by symmetry.
    if x > (a + 1) / (a + b + 2) { return 1 - regularizedBeta(1 - x, b, a) }
    let logFactor = lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)
    let tiny = 1e-300
    var numerator = 1.0
    var denominator = 1 - (a + b) * x / (a + 1)
    denominator = 1 / (abs(denominator) < tiny ? tiny : denominator)
    var fraction = denominator
    for step in 1...500 {
      let m = Double(step)
      for coefficient in [
        m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
        -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
      ] {
        denominator = 1 + coefficient * denominator
        denominator = 1 / (abs(denominator) < tiny ? tiny : denominator)
        numerator = 1 + coefficient / numerator
        if abs(numerator) < tiny { numerator = tiny }
        fraction *= denominator * numerator
      }
      if abs(denominator * numerator - 1) < 1e-15 { break }
    }
    return exp(logFactor) * fraction / a
  }
}
