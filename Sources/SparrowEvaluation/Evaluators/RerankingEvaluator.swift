public import SparrowCore

/// A query with documents that answer it and documents that do not.
public struct RerankingSample: Sendable, Hashable {
  /// What is asked.
  public var query: String
  /// Documents that answer it.
  public var positives: [String]
  /// Documents that do not.
  public var negatives: [String]

  /// Makes a sample.
  public init(query: String, positives: [String], negatives: [String]) {
    self.query = query
    self.positives = positives
    self.negatives = negatives
  }
}

/// Measures how well the documents given for each query are put in order.
///
/// Samples without positives or without negatives are left out. nDCG and average precision treat equal
/// scores as one group. The reciprocal rank does not: there positives come first among equals, so a
/// model that scores everything alike looks perfect by it.
///
/// Source: `SparseRerankingEvaluator` of Sentence Transformers 6.2, with the same keys and files;
/// like there the default is cosine, not the encoder's own function.
///
/// ```swift
/// let evaluator = try RerankingEvaluator(samples: [
///   RerankingSample(query: "cat", positives: ["a kitten"], negatives: ["a train"])
/// ])
/// print(try evaluator.evaluate(encoder).primaryValue)
/// ```
public struct RerankingEvaluator: Evaluator, Sendable {
  private let samples: [RerankingSample]
  private let cutoff: Int
  private let similarity: SimilarityFunction
  private let encodesTogether: Bool
  private let options: EvaluatorOptions

  /// Makes an evaluator.
  ///
  /// - Parameters:
  ///   - samples: queries with their documents.
  ///   - cutoff: how many documents the reciprocal rank and nDCG look at; 10 by default.
  ///   - similarity: how vectors are compared; cosine by default.
  ///   - encodesTogether: whether all texts are encoded in one go, which is faster; else each sample
  ///     on its own, which keeps one sample's vectors in memory. True by default.
  ///   - options: name, limit of weights and files.
  /// - Throws: ``EvaluationError`` when no sample has both kinds of documents or the cut-off is below
  ///   1.
  public init(
    samples: [RerankingSample], cutoff: Int = 10, similarity: SimilarityFunction = .cosine,
    encodesTogether: Bool = true, options: EvaluatorOptions = EvaluatorOptions()
  ) throws(EvaluationError) {
    guard cutoff >= 1 else {
      throw EvaluationError(.usage, "The cut-off must be at least 1; found \(cutoff).")
    }
    let usable = samples.filter { !$0.positives.isEmpty && !$0.negatives.isEmpty }
    guard !usable.isEmpty else {
      throw EvaluationError(
        .usage,
        "None of the \(samples.count) samples has both a positive and a negative document.")
    }
    self.samples = usable
    self.cutoff = cutoff
    self.similarity = similarity
    self.encodesTogether = encodesTogether
    self.options = options
  }

  /// Measures an encoder.
  ///
  /// - Throws: as ``Evaluator/evaluate(_:in:)``.
  public func evaluate(
    _ encoder: any SparseEncoding, in context: EvaluationContext
  ) throws -> EvaluationResult {
    let sparsityKeys = ["query", "corpus"].flatMap {
      ["\($0)_active_dims", "\($0)_sparsity_ratio"]
    }
    let table = ResultTable(
      name: "RerankingEvaluator\(options.suffix)_results_@\(cutoff).csv",
      columns: ["MAP", "MRR@\(cutoff)", "NDCG@\(cutoff)"] + sparsityKeys)
    try table.prepare(options.table(context))
    var scores = TieAwareScores()
    var sparsity: [[Double]] = []
    let groups = encodesTogether ? [samples] : samples.map { [$0] }
    for (number, group) in groups.enumerated() {
      try Task.checkCancellation()
      sparsity.append(try add(group, to: &scores, encoder, context))
      guard !encodesTogether else { continue }
      context.progress?(
        ProgressUpdate(
          activity: "Reranking", completed: number + 1, total: groups.count, unit: "samples"))
    }
    let metrics = scores.metrics(at: cutoff)
    let sparsityMetrics = sparsityKeys.enumerated().map { position, key in
      (key, mean(sparsity.map { $0[position] }))
    }
    try table.append(
      (metrics + sparsityMetrics).map { numberText($0.1) }, options.table(context))
    return EvaluationResult(
      name: options.name, metrics: metrics + sparsityMetrics, primaryKey: "ndcg@\(cutoff)")
  }

  /// Scores samples and returns the sparsity of their queries and documents.
  private func add(
    _ group: [RerankingSample], to scores: inout TieAwareScores, _ encoder: any SparseEncoding,
    _ context: EvaluationContext
  ) throws -> [Double] {
    var encoding = options.encoding(context)
    if !encodesTogether { encoding.progress = nil }
    let queries = try encoder.encode(group.map(\.query), role: .query, options: encoding)
    let documents = try encoder.encode(
      group.flatMap { $0.positives + $0.negatives }, role: .document, options: encoding)
    var start = 0
    for (row, sample) in group.enumerated() {
      let query = queries[row]
      let count = sample.positives.count + sample.negatives.count
      let similarities = try (start..<start + count).map {
        Double(try similarity(query, documents[$0]))
      }
      start += count
      scores.add(
        similarities, isRelevant: (0..<count).map { $0 < sample.positives.count }, at: cutoff)
    }
    let sparsity = [Sparsity(of: queries), Sparsity(of: documents)]
    return sparsity.flatMap { [$0.activeDimensions, $0.sparsityRatio] }
  }
}

/// Gathers average precision, reciprocal rank and nDCG of scored documents over queries.
struct TieAwareScores {
  private var averagePrecisions: [Double] = []
  private var reciprocalRanks: [Double] = []
  private var nDCGs: [Double] = []

  /// Adds a query; of equal scores the first comes first in the reciprocal rank.
  mutating func add(_ scores: [Double], isRelevant: [Bool], at cutoff: Int) {
    let order = scores.indices.sorted {
      scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1
    }
    let ranking = RankedRelevance(
      isRelevant: order.map { isRelevant[$0] }, relevantCount: isRelevant.count { $0 })
    reciprocalRanks.append(ranking.reciprocalRank(at: cutoff))
    let tieAware = ScoredRelevance(scores: scores, isRelevant: isRelevant)
    averagePrecisions.append(tieAware.averagePrecision)
    nDCGs.append(tieAware.nDCG(at: cutoff))
  }

  /// Adds a query for which nothing relevant was found.
  mutating func addMiss() {
    averagePrecisions.append(0)
    reciprocalRanks.append(0)
    nDCGs.append(0)
  }

  /// The means over all queries.
  func metrics(prefix: String = "", at cutoff: Int) -> [(String, Double)] {
    [
      ("\(prefix)map", mean(averagePrecisions)), ("\(prefix)mrr@\(cutoff)", mean(reciprocalRanks)),
      ("\(prefix)ndcg@\(cutoff)", mean(nDCGs)),
    ]
  }
}
