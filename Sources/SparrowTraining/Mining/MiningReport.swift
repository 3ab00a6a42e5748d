/// What a miner found, for a person to judge its settings by.
public struct MiningReport: Sendable, Hashable {
  /// Different queries.
  public let queryCount: Int
  /// Scores of positives, one for each different pair.
  public internal(set) var positiveScores: [Float] = []
  /// Scores of negatives that were taken.
  public internal(set) var negativeScores: [Float] = []
  /// Queries for which fewer negatives were found than wanted.
  public internal(set) var shortQueryCount = 0
  /// Candidates that came too near to a positive.
  public internal(set) var marginCount = 0
  /// Candidates whose score was above the maximum.
  public internal(set) var aboveMaximumCount = 0
  /// Candidates whose score was below the minimum.
  public internal(set) var belowMinimumCount = 0

  init(queryCount: Int) { self.queryCount = queryCount }

  /// Whether a candidate may be a negative; counts why not.
  mutating func keeps(
    _ candidate: Candidate, _ lowestPositive: Float,
    _ configuration: HardNegativeMiner.Configuration
  ) -> Bool {
    let score = candidate.score
    if let margin = configuration.absoluteMargin, score + margin > lowestPositive {
      marginCount += 1
      return false
    }
    if let margin = configuration.relativeMargin,
      score > lowestPositive - abs(lowestPositive) * margin
    {
      marginCount += 1
      return false
    }
    if let maximum = configuration.maximumScore, score > maximum {
      aboveMaximumCount += 1
      return false
    }
    if let minimum = configuration.minimumScore, score < minimum {
      belowMinimumCount += 1
      return false
    }
    return true
  }

  /// The report in lines of text.
  public var lines: [String] {
    var lines = [
      "\(queryCount) queries: \(positiveScores.count) positives, \(negativeScores.count) negatives",
      "scores of positives: \(Self.summary(positiveScores))",
      "scores of negatives: \(Self.summary(negativeScores))",
    ]
    for (count, reason) in [
      (marginCount, "came too near to a positive"), (aboveMaximumCount, "were above the maximum"),
      (belowMinimumCount, "were below the minimum"),
    ] where count > 0 {
      lines.append("\(count) candidates \(reason)")
    }
    if shortQueryCount > 0 {
      lines.append(
        "\(shortQueryCount) queries found fewer negatives than wanted; a higher maximum rank or a smaller margin finds more"
      )
    }
    return lines
  }

  private static func summary(_ scores: [Float]) -> String {
    guard !scores.isEmpty else { return "none" }
    let sorted = scores.sorted()
    func at(_ share: Double) -> Float { sorted[Int(Double(sorted.count - 1) * share)] }
    let mean = scores.reduce(0) { $0 + Double($1) } / Double(scores.count)
    return
      "mean \(rounded(mean)), from \(rounded(Double(at(0)))) over \(rounded(Double(at(0.25)))), \(rounded(Double(at(0.5)))), \(rounded(Double(at(0.75)))) to \(rounded(Double(at(1))))"
  }

  private static func rounded(_ value: Double) -> String {
    String((value * 10_000).rounded() / 10_000)
  }
}
