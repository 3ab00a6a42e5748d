public import SparrowCore

/// What a retriever found for one query.
public struct RetrievedSample: Sendable, Hashable {
  /// The query's identifier.
  public var queryID: QueryID
  /// What was asked.
  public var query: String
  /// The relevant documents, by identifier or text.
  public var positives: [String]
  /// The documents found, best first, named as in `positives`.
  public var documents: [String]

  /// Makes a sample.
  public init(queryID: QueryID, query: String, positives: [String], documents: [String]) {
    self.queryID = queryID
    self.query = query
    self.positives = positives
    self.documents = documents
  }
}

/// Measures two retrievers and their fusion by reciprocal ranks.
///
/// The fused score of a document is the sum of `1 / (constant + rank)` over the lists that have it. A
/// query for which a list has no relevant document counts as 0; otherwise relevant documents that the
/// list lacks are appended to it before it is measured, as the reference does, which flatters short
/// lists.
///
/// Source: `ReciprocalRankFusionEvaluator` of Sentence Transformers 6.2, with the same keys and files;
/// fusion after Cormack, Clarke and Büttcher (SIGIR 2009).
///
/// ```swift
/// let evaluator = try ReciprocalRankFusionEvaluator(dense: denseSamples, sparse: sparseSamples)
/// print(try evaluator.evaluate().primaryValue)
/// ```
public struct ReciprocalRankFusionEvaluator: Sendable {
  private let dense: [RetrievedSample]
  private let sparse: [RetrievedSample]
  private let cutoff: Int
  private let fusion: ReciprocalRankFusion
  private let writesPredictions: Bool
  private let options: EvaluatorOptions

  /// Makes an evaluator.
  ///
  /// - Parameters:
  ///   - dense: what the first retriever found.
  ///   - sparse: what the second found, for the same queries in the same order.
  ///   - cutoff: how many documents the reciprocal rank and nDCG look at; 10 by default.
  ///   - rankConstant: added to every rank; 60 by default, as in the paper (symbol `k`).
  ///   - writesPredictions: whether the fused lists are written when there is a folder; false by
  ///     default.
  ///   - options: name and files; the limit of weights has no meaning here.
  /// - Throws: ``EvaluationError`` when there are no queries, the lists do not have the same queries,
  ///   or the cut-off is below 1 or the constant below 0.
  public init(
    dense: [RetrievedSample], sparse: [RetrievedSample], cutoff: Int = 10, rankConstant: Int = 60,
    writesPredictions: Bool = false, options: EvaluatorOptions = EvaluatorOptions()
  ) throws(EvaluationError) {
    try checkParallel([("dense samples", dense.count), ("sparse samples", sparse.count)])
    for (position, pair) in zip(dense, sparse).enumerated()
    where pair.0.queryID != pair.1.queryID {
      throw EvaluationError(
        .usage,
        "Both lists need the same queries in the same order; found '\(pair.0.queryID)' and '\(pair.1.queryID)' at position \(position)."
      )
    }
    guard cutoff >= 1, rankConstant >= 0 else {
      throw EvaluationError(
        .usage,
        "The cut-off must be at least 1 and the rank constant at least 0; found \(cutoff) and \(rankConstant)."
      )
    }
    self.dense = dense
    self.sparse = sparse
    self.cutoff = cutoff
    fusion = ReciprocalRankFusion(rankConstant: Double(rankConstant))
    self.writesPredictions = writesPredictions
    self.options = options
  }

  /// Measures both retrievers and their fusion.
  ///
  /// - Throws: ``EvaluationError`` when results cannot be written.
  public func evaluate(
    in context: EvaluationContext = EvaluationContext()
  ) throws(EvaluationError) -> EvaluationResult {
    let columns = ["Dense", "Sparse", "Fusion"].flatMap {
      ["\($0)_MAP", "\($0)_MRR@\(cutoff)", "\($0)_NDCG@\(cutoff)"]
    }
    let prefix = "ReciprocalRankFusion_evaluation\(options.suffix)"
    let table = ResultTable(name: "\(prefix)_results.csv", columns: columns)
    try table.prepare(options.table(context))
    var scores = [TieAwareScores(), TieAwareScores(), TieAwareScores()]
    var predictions: [JSONValue] = []
    for (denseSample, sparseSample) in zip(dense, sparse) {
      let fused = fuse(denseSample.documents, sparseSample.documents)
      add(denseSample.documents, denseSample.positives, to: &scores[0])
      add(sparseSample.documents, denseSample.positives, to: &scores[1])
      add(fused, denseSample.positives, to: &scores[2])
      guard writesPredictions else { continue }
      predictions.append([
        "query_id": .string(denseSample.queryID.rawValue), "query": .string(denseSample.query),
        "positive": .array(denseSample.positives.map { .string($0) }),
        "documents": .array(fused.map { .string($0) }),
      ])
    }
    let metrics =
      scores[0].metrics(prefix: "dense_", at: cutoff)
      + scores[1].metrics(prefix: "sparse_", at: cutoff) + scores[2].metrics(at: cutoff)
    try table.append(metrics.map { numberText($0.1) }, options.table(context))
    if writesPredictions {
      try writeJSONLines(predictions, named: "\(prefix)_predictions.jsonl", context)
    }
    return EvaluationResult(name: options.name, metrics: metrics, primaryKey: "ndcg@\(cutoff)")
  }

  /// All documents by falling fused score; of equal ones those that appear first, dense before sparse.
  private func fuse(_ dense: [String], _ sparse: [String]) -> [String] {
    var documents: [String] = []
    var scores: [String: Double] = [:]
    for list in [dense, sparse] {
      var ranks: [String: Int] = [:]
      for (position, document) in list.enumerated() {
        if ranks[document] == nil, scores[document] == nil { documents.append(document) }
        // A document that a list repeats keeps its last rank.
        ranks[document] = position + 1
      }
      for (document, rank) in ranks {
        scores[document, default: 0] += fusion.earning(atRank: rank)
      }
    }
    return documents.enumerated().sorted { left, right in
      let (first, second) = (scores[left.element] ?? 0, scores[right.element] ?? 0)
      return first != second ? first > second : left.offset < right.offset
    }.map(\.element)
  }

  /// Measures one list, with the relevant documents it lacks appended.
  private func add(
    _ documents: [String], _ positives: [String], to scores: inout TieAwareScores
  ) {
    let relevant = Set(positives)
    var isRelevant = documents.map { relevant.contains($0) }
    let hitCount = isRelevant.count { $0 }
    guard hitCount > 0 else { return scores.addMiss() }
    isRelevant += Array(repeating: true, count: max(positives.count - hitCount, 0))
    let ranks = isRelevant.indices.map { Double(isRelevant.count - $0) }
    scores.add(ranks, isRelevant: isRelevant, at: cutoff)
  }
}
