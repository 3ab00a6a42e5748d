import Foundation
import SparrowCore
import SparrowData
public import SparrowEvaluation
import SparrowModels

extension EvaluatorRecipe {
  /// Reads the data and makes the evaluator.
  ///
  /// - Throws: `DataError` and `EvaluationError` naming the file; ``TrainingError`` when the columns
  ///   are not those the evaluator needs.
  public func load() throws -> any Evaluator {
    let options = EvaluatorOptions(
      name: name, maxActiveDimensions: maxActiveDimensions, prompt: prompt)
    switch subject {
    case .retrieval(let retrieval): return try load(retrieval)
    case .fusion(let retrieval, let fusion): return try load(retrieval, fusion)
    case .distance(let recipe, let teacher):
      // One column is what teacher and model both read; of two the teacher reads the first.
      let (texts, _) = try recipe.evaluationColumns(
        for: name, textCount: 1...2, hasLabels: false)
      return try MSEEvaluator(
        sourceTexts: texts[0], targetTexts: texts[texts.count - 1],
        teacher: SparseEncoder(folder: URL(fileURLWithPath: teacher)), options: options)
    case .collections(let folders, let split):
      var configuration = InformationRetrievalEvaluator.Configuration()
      configuration.maxActiveDimensions = maxActiveDimensions
      configuration.queryPrompt = prompt
      return try BEIRCollection.makeEvaluator(
        folders: folders.map { URL(fileURLWithPath: $0) }, split: split, name: name,
        configuration: configuration)
    case .reranking(let recipe):
      return try RerankingEvaluator(samples: recipe.rerankingSamples(for: name), options: options)
    case .translation(let recipe):
      let (texts, _) = try recipe.evaluationColumns(
        for: name, textCount: 2...2, hasLabels: false)
      return try TranslationEvaluator(
        sourceTexts: texts[0], targetTexts: texts[1], options: options)
    case .similarity(let recipe):
      let (texts, scores) = try recipe.evaluationColumns(
        for: name, textCount: 2...2, hasLabels: true)
      return try EmbeddingSimilarityEvaluator(
        firstTexts: texts[0], secondTexts: texts[1], scores: scores, options: options)
    case .pairs(let recipe):
      let (texts, labels) = try recipe.evaluationColumns(
        for: name, textCount: 2...2, hasLabels: true)
      return try BinaryClassificationEvaluator(
        firstTexts: texts[0], secondTexts: texts[1], labels: labels.map { $0 != 0 },
        options: options)
    case .triplets(let recipe):
      let (texts, _) = try recipe.evaluationColumns(
        for: name, textCount: 3...3, hasLabels: false)
      return try TripletEvaluator(
        anchors: texts[0], positives: texts[1], negatives: texts[2], options: options)
    }
  }

  private func load(_ retrieval: Retrieval, _ fusion: Fusion) throws -> FusedRetrievalEvaluator {
    let partner: any CandidateSearch =
      fusion.partner == "bm25"
      ? BM25Search() : try DenseSearch(DenseEncoder(folder: URL(fileURLWithPath: fusion.partner)))
    return try FusedRetrievalEvaluator(
      load(retrieval), partner: partner, cutoff: fusion.cutoff, rankConstant: fusion.rankConstant,
      depth: fusion.depth, name: name)
  }

  private func load(_ retrieval: Retrieval) throws -> InformationRetrievalEvaluator {
    var configuration = InformationRetrievalEvaluator.Configuration()
    configuration.name = name
    configuration.maxActiveDimensions = maxActiveDimensions
    configuration.queryPrompt = prompt
    configuration.documentPrompt = retrieval.documentPrompt
    let collection = try BEIRCollection(folder: URL(fileURLWithPath: retrieval.collection))
    guard retrieval.queryLimit != nil || retrieval.documentLimit != nil else {
      return try collection.makeEvaluator(split: retrieval.split, configuration: configuration)
    }
    let qrels = try collection.qrels(split: retrieval.split)
    let relevant = qrels.relevantDocuments
    let queries = try collection.loadQueries(judgedIn: qrels)
      .filter { relevant[$0.id]?.isEmpty == false }.prefix(retrieval.queryLimit ?? .max)
    let needed = queries.reduce(into: Set<DocumentID>()) { $0.formUnion(relevant[$1.id] ?? []) }
    var room = max(0, (retrieval.documentLimit ?? .max) - needed.count)
    let corpus = try collection.loadDocuments().filter { document in
      if needed.contains(document.id) { return true }
      room -= 1
      return room >= 0
    }
    return try InformationRetrievalEvaluator(
      queries: Array(queries), corpus: corpus, relevantDocuments: relevant,
      configuration: configuration)
  }
}
