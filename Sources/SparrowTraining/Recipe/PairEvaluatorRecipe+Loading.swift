import Foundation
public import SparrowCore
import SparrowData
public import SparrowEvaluation

extension PairEvaluatorRecipe {
  /// Reads the data and makes the evaluator; a first stage by BM25 is run here.
  ///
  /// - Throws: `DataError` and `EvaluationError` naming the file; ``TrainingError`` when the columns
  ///   are not those the evaluator needs.
  public func load(progress: ProgressReporter? = nil) throws -> any PairEvaluator {
    switch subject {
    case .collection(let collection):
      return try reranking(collection.candidates(progress: progress))
    case .lists(let recipe):
      return try reranking(
        recipe.rerankingSamples(for: name).map {
          RerankingCandidates(
            query: $0.query, positives: $0.positives, candidates: .negatives($0.negatives))
        })
    case .classification(let recipe):
      let (texts, labels) = try recipe.evaluationColumns(
        for: name, textCount: 2...2, hasLabels: true)
      return try CrossEncoderClassificationEvaluator(
        queries: texts[0], documents: texts[1], labels: labels.map { $0 != 0 }, name: name)
    case .correlation(let recipe):
      let (texts, scores) = try recipe.evaluationColumns(
        for: name, textCount: 2...2, hasLabels: true)
      return try CrossEncoderCorrelationEvaluator(
        queries: texts[0], documents: texts[1], scores: scores, name: name)
    }
  }

  private func reranking(
    _ samples: [RerankingCandidates]
  ) throws(EvaluationError) -> CrossEncoderRerankingEvaluator {
    try CrossEncoderRerankingEvaluator(
      samples: samples, cutoff: cutoff, includesAllPositives: includesAllPositives, name: name)
  }
}

extension PairEvaluatorRecipe.Collection {
  /// The first stage's documents of each query, with the relevant ones.
  fileprivate func candidates(progress: ProgressReporter?) throws -> [RerankingCandidates] {
    let collection = try BEIRCollection(folder: URL(fileURLWithPath: folder))
    let qrels = try collection.qrels(split: split)
    let relevant = qrels.relevantDocuments
    let queries = try collection.loadQueries(judgedIn: qrels)
      .filter { relevant[$0.id]?.isEmpty == false }.prefix(queryLimit ?? .max)
    let documents = try collection.loadDocuments(progress: progress)
    var texts: [DocumentID: String] = [:]
    for document in documents { texts[document.id] = document.content }
    let found = try firstStage(of: Array(queries), documents, progress)
    return zip(queries, found).map { query, hits in
      RerankingCandidates(
        query: query.text,
        positives: (relevant[query.id] ?? []).sorted().compactMap { texts[$0] },
        candidates: .ranked(hits.compactMap { texts[$0] }))
    }
  }

  private func firstStage(
    of queries: [Query], _ documents: [Document], _ progress: ProgressReporter?
  ) throws -> [[DocumentID]] {
    guard let run else {
      return try BM25Search().prepare(documents.map(\.content), progress: progress)
        .candidates(for: queries.map(\.text), count: depth, progress: progress)
        .map { hits in hits.map { documents[$0.document].id } }
    }
    let url = URL(fileURLWithPath: run)
    let ranking = try RetrievalRun(contentsOf: url).prefix(depth)
    guard queries.contains(where: { !ranking[$0.id].isEmpty }) else {
      throw TrainingError(
        .invalidDataset,
        "The run has no query of '\(split)' of the collection \(folder). Search it with the same split.",
        at: FileLocation(path: url.path))
    }
    return queries.map { ranking[$0.id].map(\.id) }
  }
}
