/// How scores of one result list are brought to a scale that other lists share.
public enum ScoreNormalization: String, Sendable, Hashable, CaseIterable {
  /// Scores stay as they are; an absent document counts 0.
  case none
  /// The lowest score becomes 0 and the highest 1; an absent document counts 0. When all scores
  /// are equal they become 1.
  case minMax = "min_max"
  /// Distance from the mean in standard deviations; an absent document counts as much as the
  /// list's lowest. When all scores are equal they become 0.
  case zScore = "z_score"
  /// Mean minus three standard deviations becomes 0, mean plus three becomes 1, as Qdrant's
  /// distribution-based score fusion does; an absent document counts 0. When all scores are equal
  /// they become ½.
  case distribution

  /// The scores of a list on the shared scale, and what a document absent from it counts.
  func normalize(_ scores: [Double]) -> (scores: [Double], absent: Double) {
    guard let lowest = scores.min(), let highest = scores.max() else { return ([], 0) }
    let range = highest - lowest
    switch self {
    case .none: return (scores, 0)
    case .minMax:
      return (scores.map { range > 0 ? ($0 - lowest) / range : 1 }, 0)
    case .zScore:
      let (mean, deviation) = Self.moments(scores, isSample: false)
      let normalized = scores.map { deviation > 0 ? ($0 - mean) / deviation : 0 }
      return (normalized, normalized.min() ?? 0)
    case .distribution:
      let (mean, deviation) = Self.moments(scores, isSample: true)
      return (scores.map { deviation > 0 ? ($0 - mean) / (6 * deviation) + 0.5 : 0.5 }, 0)
    }
  }

  private static func moments(
    _ scores: [Double], isSample: Bool
  ) -> (mean: Double, deviation: Double) {
    let mean = scores.reduce(0, +) / Double(scores.count)
    let squares = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let divisor = Double(isSample ? max(1, scores.count - 1) : scores.count)
    return (mean, (squares / divisor).squareRoot())
  }
}
