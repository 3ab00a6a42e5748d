/// A query, the documents that answer it, and those among which they are to be found.
public struct RerankingCandidates: Sendable, Hashable {
  /// What competes with the documents that answer the query.
  public enum Candidates: Sendable, Hashable {
    /// Documents that do not answer it.
    case negatives([String])
    /// What a first stage found, best first; some of it may answer the query.
    case ranked([String])
  }

  /// What is asked.
  public var query: String
  /// Documents that answer it.
  public var positives: [String]
  /// What competes with them.
  public var candidates: Candidates

  /// Makes the candidates of a query.
  public init(query: String, positives: [String], candidates: Candidates) {
    self.query = query
    self.positives = positives
    self.candidates = candidates
  }

  /// What is scored, with its relevance.
  ///
  /// - Parameter includesAllPositives: whether documents that the first stage missed are scored, too.
  /// - Returns: as many judgments as texts.
  func documents(includesAllPositives: Bool) -> (texts: [String], isRelevant: [Bool]) {
    switch candidates {
    case .negatives(let negatives): return judged(positives, negatives)
    case .ranked(let ranked):
      let relevant = Set(positives)
      guard includesAllPositives else { return (ranked, ranked.map(relevant.contains)) }
      return judged(positives, ranked.filter { !relevant.contains($0) })
    }
  }

  /// The relevance of what the first stage found, in its order, and behind it of what it missed; nil
  /// without a first stage.
  var firstStage: [Bool]? {
    guard case .ranked(let ranked) = candidates else { return nil }
    let relevant = Set(positives)
    let found = ranked.map(relevant.contains)
    let foundCount = found.count { $0 }
    guard foundCount > 0 else { return [] }
    return found + repeatElement(true, count: max(0, positives.count - foundCount))
  }

  private func judged(
    _ positives: [String], _ others: [String]
  ) -> (texts: [String], isRelevant: [Bool]) {
    (positives + others, positives.map { _ in true } + others.map { _ in false })
  }
}
