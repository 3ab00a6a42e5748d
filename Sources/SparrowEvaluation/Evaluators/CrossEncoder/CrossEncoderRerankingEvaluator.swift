public import SparrowCore

/// Measures how well a cross-encoder puts the candidates of queries in order, next to the order in which
/// a first stage found them.
///
/// Average precision, reciprocal rank and nDCG; those of the first stage have keys with `base_`. A query
/// none of whose candidates is relevant counts as 0.
///
/// Source: `CrossEncoderRerankingEvaluator` of Sentence Transformers 6.2, with the same keys and files.
///
/// ```swift
/// let evaluator = try CrossEncoderRerankingEvaluator(samples: [
///   RerankingCandidates(
///     query: "cat", positives: ["a kitten"], candidates: .ranked(["a train", "a kitten"]))
/// ])
/// print(try evaluator.evaluate(crossEncoder).primaryValue)
/// ```
public struct CrossEncoderRerankingEvaluator: PairEvaluator, Sendable {
  private let samples: [RerankingCandidates]
  private let cutoff: Int
  private let includesAllPositives: Bool
  private let options: EvaluatorOptions

  /// Makes an evaluator.
  ///
  /// - Parameters:
  ///   - samples: queries with their candidates.
  ///   - cutoff: how many documents the reciprocal rank and nDCG look at; 10 by default.
  ///   - includesAllPositives: whether documents that the first stage missed are scored, too, which
  ///     tells more of the model; false tells what the two stages achieve together. True by default.
  ///   - name: put before every key and into the file's name; empty by default.
  ///   - writesCSV: appends a line to a CSV file when there is a folder; true by default.
  /// - Throws: ``EvaluationError`` when there is no sample or the cut-off is below 1.
  public init(
    samples: [RerankingCandidates], cutoff: Int = 10, includesAllPositives: Bool = true,
    name: String = "", writesCSV: Bool = true
  ) throws(EvaluationError) {
    guard cutoff >= 1 else {
      throw EvaluationError(.usage, "The cut-off must be at least 1; found \(cutoff).")
    }
    guard !samples.isEmpty else {
      throw EvaluationError(.usage, "Reranking is measured over queries; there are none.")
    }
    self.samples = samples
    self.cutoff = cutoff
    self.includesAllPositives = includesAllPositives
    options = EvaluatorOptions(name: name, writesCSV: writesCSV)
  }

  /// Measures a scorer, all pairs in one go.
  ///
  /// - Throws: as ``PairEvaluator/evaluate(_:in:)``.
  public func evaluate(
    _ scorer: any RelevanceScorer, in context: EvaluationContext
  ) throws -> EvaluationResult {
    let table = ResultTable(
      name: "CrossEncoderRerankingEvaluator\(options.suffix)_results_@\(cutoff).csv",
      columns: ["MAP", "MRR@\(cutoff)", "NDCG@\(cutoff)"])
    try table.prepare(options.table(context))
    var base = TieAwareScores()
    var judged: [[Bool]] = []
    var queries: [String] = []
    var documents: [String] = []
    for sample in samples {
      if let found = sample.firstStage {
        Self.add(found.indices.map { -Double($0) }, found, to: &base, at: cutoff)
      }
      let candidates = sample.documents(includesAllPositives: includesAllPositives)
      judged.append(candidates.isRelevant)
      guard candidates.isRelevant.contains(true) else { continue }
      queries += candidates.texts.map { _ in sample.query }
      documents += candidates.texts
    }
    let values = try scorer.scores(
      queries: queries, documents: documents, progress: context.progress)
    var scores = TieAwareScores()
    var start = 0
    for isRelevant in judged {
      let count = isRelevant.contains(true) ? isRelevant.count : 0
      Self.add(values[start..<start + count].map(Double.init), isRelevant, to: &scores, at: cutoff)
      start += count
    }
    let metrics = scores.metrics(at: cutoff)
    try table.append(metrics.map { numberText($0.1) }, options.table(context))
    let isRanked = samples.contains { $0.firstStage != nil }
    return EvaluationResult(
      name: options.name,
      metrics: metrics + (isRanked ? base.metrics(prefix: "base_", at: cutoff) : []),
      primaryKey: "ndcg@\(cutoff)")
  }

  private static func add(
    _ values: [Double], _ isRelevant: [Bool], to scores: inout TieAwareScores, at cutoff: Int
  ) {
    guard isRelevant.contains(true) else { return scores.addMiss() }
    scores.add(values, isRelevant: isRelevant, at: cutoff)
  }
}
