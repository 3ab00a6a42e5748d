public import SparrowCore
public import SparrowData

/// Finds negatives for pairs of a query and a document: documents that look right and are not.
///
/// Every different query is searched among all documents. Of what is found the query's own
/// positives are dropped, then whatever comes too near to them (margins) or lies outside a range of
/// scores or ranks; of the rest the first, or random ones, become negatives. A query that appears
/// in several rows has all their documents as positives, and margins go by the lowest of their
/// scores. Semantics and defaults are the reference's, which offers this for dense encoders only.
///
/// ```swift
/// let miner = try HardNegativeMiner(.init(negativeCount: 5, relativeMargin: 0.05))
/// let result = try miner.mine(pairs, search: EncoderSearch(encoder))
/// print(result.report.lines.joined(separator: "\n"))
/// ```
public struct HardNegativeMiner: Sendable {
  /// What becomes a negative, and how rows are laid out.
  public struct Configuration: Sendable, Hashable {
    /// How negatives are taken from those that are left.
    public enum Strategy: String, Sendable, Hashable, CaseIterable {
      /// The best ones.
      case top
      /// Any, from the window of ranks.
      case random
    }

    /// How rows are laid out; the raw values are the reference's names.
    public enum Format: String, Sendable, Hashable, CaseIterable {
      /// Query, positive, negative: a row for each negative.
      case triplet
      /// Query, positive, `negative_1`, …: only queries for which enough were found.
      case tuple = "n-tuple"
      /// Query, document, and 1 for positives, 0 for negatives.
      case labeledPair = "labeled-pair"
      /// Query, list of documents, list of labels.
      case labeledList = "labeled-list"
    }

    /// Negatives of each query, 3 by default.
    public var negativeCount: Int
    /// The best ranks that are skipped, 0 by default.
    public var rankMinimum: Int
    /// The last rank that is looked at.
    ///
    /// Nil, the default, looks as far as needed, ten times as far when margins or a maximum score
    /// drop candidates.
    public var rankMaximum: Int?
    /// The least score of a negative; nil sets no limit.
    public var minimumScore: Float?
    /// The greatest score of a negative; nil sets no limit.
    public var maximumScore: Float?
    /// By how much a negative must score lower than the lowest positive; nil sets no limit.
    public var absoluteMargin: Float?
    /// The same as a share of the positive's score.
    public var relativeMargin: Float?
    /// How negatives are taken, the best by default.
    public var strategy: Strategy
    /// Seeds the random strategy, 42 by default.
    public var seed: UInt64
    /// How rows are laid out, triplets by default.
    public var format: Format
    /// Adds scores: of positive and negatives in `scores`, or instead of labels; false by default.
    public var writesScores: Bool

    /// Makes a configuration.
    public init(
      negativeCount: Int = 3, rankMinimum: Int = 0, rankMaximum: Int? = nil,
      minimumScore: Float? = nil, maximumScore: Float? = nil, absoluteMargin: Float? = nil,
      relativeMargin: Float? = nil, strategy: Strategy = .top, seed: UInt64 = 42,
      format: Format = .triplet, writesScores: Bool = false
    ) {
      self.negativeCount = negativeCount
      self.rankMinimum = rankMinimum
      self.rankMaximum = rankMaximum
      self.minimumScore = minimumScore
      self.maximumScore = maximumScore
      self.absoluteMargin = absoluteMargin
      self.relativeMargin = relativeMargin
      self.strategy = strategy
      self.seed = seed
      self.format = format
      self.writesScores = writesScores
    }

    /// Whether candidates may be dropped for their scores.
    var dropsByScore: Bool {
      absoluteMargin != nil || relativeMargin != nil || maximumScore != nil
    }
  }

  /// Mined rows, and what mining found.
  public struct Result: Sendable {
    /// The rows.
    public let dataset: Dataset
    /// What mining found.
    public let report: MiningReport
  }

  /// What becomes a negative, and how rows are laid out.
  public let configuration: Configuration

  /// Makes a miner.
  ///
  /// - Throws: ``TrainingError/Code/invalidArgument`` when there is no room for the negatives
  ///   between the ranks, or a number is negative.
  public init(_ configuration: Configuration = Configuration()) throws(TrainingError) {
    func refuse(_ message: String) -> TrainingError { TrainingError(.invalidArgument, message) }
    guard configuration.negativeCount >= 1, configuration.rankMinimum >= 0 else {
      throw refuse(
        "A miner needs at least 1 negative and ranks from 0; found \(configuration.negativeCount) and \(configuration.rankMinimum)."
      )
    }
    if let last = configuration.rankMaximum {
      let room = last - configuration.rankMinimum
      guard room >= configuration.negativeCount else {
        throw refuse(
          "There is room for \(max(0, room)) candidates between the ranks \(configuration.rankMinimum) and \(last), and \(configuration.negativeCount) negatives are wanted. Raise the maximum."
        )
      }
    }
    for (name, value) in [
      ("absolute margin", configuration.absoluteMargin),
      ("relative margin", configuration.relativeMargin),
    ] {
      if let value, !(value >= 0 && value.isFinite) {
        throw refuse("The \(name) must be a number from 0; found \(value).")
      }
    }
    self.configuration = configuration
  }

  /// Finds negatives for the rows of a dataset.
  ///
  /// - Parameters:
  ///   - dataset: its first two input columns are queries and their documents.
  ///   - search: what finds candidates.
  ///   - corpus: documents to search besides those of the dataset.
  ///   - rescorer: judges what was found, for margins and scores; nil keeps the search's scores.
  ///   - progress: receives reports.
  /// - Returns: rows in the order of first appearance of their queries.
  /// - Throws: ``TrainingError/Code/invalidDataset`` when columns are missing or hold no texts, or
  ///   when no negative was found at all; what search and rescorer throw.
  public func mine(
    _ dataset: Dataset, search: any CandidateSearch, corpus: [String] = [],
    rescorer: (any RelevanceScorer)? = nil, progress: ProgressReporter? = nil
  ) throws -> Result {
    var problem = try MiningProblem(dataset, corpus: corpus)
    let window = windowEnd(problem)
    let prepared = try search.prepare(problem.documents, progress: progress)
    var candidates = try prepared.candidates(
      for: problem.queries, count: window + problem.maximumPositiveCount, progress: progress)
    var positiveScores = try prepared.scores(
      of: problem.pairs.map { (problem.queries[$0.query], $0.document) })
    if let rescorer {
      let pairs = candidates.enumerated().flatMap { query, found in
        found.map { (query: query, document: $0.document) }
      }
      let all = pairs + problem.pairs
      let scores = try rescorer.scores(
        queries: all.map { problem.queries[$0.query] },
        documents: all.map { problem.documents[$0.document] }, progress: progress)
      var next = 0
      candidates = candidates.map { found in
        found.map { candidate in
          defer { next += 1 }
          return Candidate(document: candidate.document, score: scores[next])
        }
      }
      positiveScores = Array(scores[pairs.count...])
    }
    problem.setPositiveScores(positiveScores)
    var report = MiningReport(queryCount: problem.queries.count)
    let negatives = select(candidates, problem, window: window, report: &report)
    return try layOut(negatives, problem, report: report)
  }

  private func windowEnd(_ problem: MiningProblem) -> Int {
    if let last = configuration.rankMaximum { return last }
    let factor = configuration.dropsByScore || configuration.minimumScore != nil ? 10 : 1
    return configuration.rankMinimum + configuration.negativeCount * factor
      + problem.maximumPositiveCount
  }

  /// The negatives of each query, best first.
  private func select(
    _ candidates: [[Candidate]], _ problem: MiningProblem, window: Int, report: inout MiningReport
  ) -> [[Candidate]] {
    var generator = MersenneTwister(seed: configuration.seed)
    return candidates.enumerated().map { query, found in
      let lowest = problem.lowestPositiveScore[query]
      let positives = problem.positives[query]
      let kept = found.filter { candidate in
        !positives.contains(candidate.document) && report.keeps(candidate, lowest, configuration)
      }.enumerated().sorted {
        ($1.element.score, $0.offset) < ($0.element.score, $1.offset)
      }.map(\.element)
      let options = Array(kept.prefix(window).dropFirst(configuration.rankMinimum))
      guard configuration.strategy == .random, options.count > configuration.negativeCount else {
        return Array(options.prefix(configuration.negativeCount))
      }
      let chosen = generator.permutation(options.count).prefix(configuration.negativeCount)
      return chosen.sorted().map { options[$0] }
    }
  }
}
