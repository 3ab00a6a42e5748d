public import SparrowCore
public import SparrowEvaluation

/// Measures what a model's ranking and that of a fixed partner find together.
///
/// The partner, BM25 or a dense model, ranks the collection once, when the evaluator is made; the model
/// ranks it anew at each evaluation. Both rankings are fused by reciprocal ranks and measured by
/// `ReciprocalRankFusionEvaluator`, in whose keys the partner is `dense` and the model `sparse`. Shows
/// during training whether a model adds to what a system has already.
///
/// ```swift
/// let evaluator = try FusedRetrievalEvaluator(retrieval, partner: BM25Search())
/// print(try evaluator.evaluate(encoder)["ndcg@10"] ?? 0)
/// ```
public struct FusedRetrievalEvaluator: Evaluator {
  private let retrieval: InformationRetrievalEvaluator
  private let partnerRankings: [[String]]
  private let cutoff: Int
  private let rankConstant: Int
  private let depth: Int
  private let name: String

  /// Makes an evaluator; the partner searches here.
  ///
  /// - Parameters:
  ///   - retrieval: queries, collection, judgments, prompts and limit of weights; its own cut-offs do
  ///     not count and its files are not written.
  ///   - partner: what else ranks the collection.
  ///   - cutoff: how many documents reciprocal rank and nDCG look at; 10 by default.
  ///   - rankConstant: added to every rank; 60 by default (symbol `k`).
  ///   - depth: how many documents of either ranking are fused; 100 by default.
  ///   - name: put before every key and into the names of files.
  /// - Throws: `EvaluationError` when the depth is below 1; whatever the partner throws.
  public init(
    _ retrieval: InformationRetrievalEvaluator, partner: any CandidateSearch, cutoff: Int = 10,
    rankConstant: Int = 60, depth: Int = 100, name: String = ""
  ) throws {
    var configuration = retrieval.configuration
    configuration.nDCGCutoffs = [depth]
    configuration.reciprocalRankCutoffs = []
    configuration.accuracyCutoffs = []
    configuration.precisionRecallCutoffs = []
    configuration.averagePrecisionCutoffs = []
    configuration.writesCSV = false
    configuration.writesPredictions = false
    self.retrieval = try InformationRetrievalEvaluator(
      queries: retrieval.queries, corpus: retrieval.corpus,
      relevantDocuments: retrieval.relevantDocuments, configuration: configuration)
    let search = try partner.prepare(retrieval.corpus.map(\.content), progress: nil)
    partnerRankings = try search.candidates(
      for: retrieval.queries.map(\.text), count: depth, progress: nil
    ).map { candidates in candidates.map { retrieval.corpus[$0.document].id.rawValue } }
    self.cutoff = cutoff
    self.rankConstant = rankConstant
    self.depth = depth
    self.name = name
  }

  /// Measures an encoder.
  ///
  /// - Throws: as `Evaluator.evaluate(_:in:)`.
  public func evaluate(
    _ encoder: any SparseEncoding, in context: EvaluationContext
  ) throws -> EvaluationResult {
    let run = try retrieval.report(on: encoder, in: context).runs.values.first ?? RetrievalRun()
    let modelRankings = retrieval.queries.map { query in run[query.id].map(\.id.rawValue) }
    return try ReciprocalRankFusionEvaluator(
      dense: samples(partnerRankings), sparse: samples(modelRankings), cutoff: cutoff,
      rankConstant: rankConstant, options: EvaluatorOptions(name: name)
    ).evaluate(in: context)
  }

  private func samples(_ rankings: [[String]]) -> [RetrievedSample] {
    zip(retrieval.queries, rankings).map { query, documents in
      RetrievedSample(
        queryID: query.id, query: query.text,
        positives: (retrieval.relevantDocuments[query.id] ?? []).map(\.rawValue).sorted(),
        documents: documents)
    }
  }
}
