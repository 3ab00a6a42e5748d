import SparrowCore

extension InformationRetrievalEvaluator {
  /// The metrics of one function in the order of the reference's keys.
  private var metrics: [(measure: RetrievalMetric.Measure, cutoff: Int)] {
    let lists: [(RetrievalMetric.Measure, [Int])] = [
      (.accuracy, configuration.accuracyCutoffs),
      (.precision, configuration.precisionRecallCutoffs),
      (.recall, configuration.precisionRecallCutoffs), (.nDCG, configuration.nDCGCutoffs),
      (.reciprocalRank, configuration.reciprocalRankCutoffs),
      (.averagePrecision, configuration.averagePrecisionCutoffs),
    ]
    return lists.flatMap { measure, cutoffs in cutoffs.map { (measure, $0) } }
  }

  /// The metrics of one function in the order of the CSV file, with their column names.
  private var columns: [(name: String, measure: RetrievalMetric.Measure, cutoff: Int)] {
    var columns: [(String, RetrievalMetric.Measure, Int)] = []
    columns += configuration.accuracyCutoffs.map { ("Accuracy", .accuracy, $0) }
    for cutoff in configuration.precisionRecallCutoffs {
      columns += [("Precision", .precision, cutoff), ("Recall", .recall, cutoff)]
    }
    columns += configuration.reciprocalRankCutoffs.map { ("MRR", .reciprocalRank, $0) }
    columns += configuration.nDCGCutoffs.map { ("NDCG", .nDCG, $0) }
    columns += configuration.averagePrecisionCutoffs.map { ("MAP", .averagePrecision, $0) }
    return columns.map { ("\($0.0)@\($0.2)", $0.1, $0.2) }
  }

  /// The numbers about sparsity with their keys.
  static func sparsityMetrics(
    _ queries: SparsityStatistics, _ corpus: SparsityStatistics
  ) -> [(String, Double)] {
    let flops = SparsityStatistics.averageFLOPS(queries: queries, documents: corpus)
    return queries.sparsity.metrics(prefix: "query_") + corpus.sparsity.metrics(prefix: "corpus_")
      + [("avg_flops", flops)]
  }

  private static let sparsityKeys = sparsityMetrics(.init(), .init()).map(\.0)

  /// The keys of all retrieval metrics, without the name.
  func metricKeys(_ functions: [SimilarityFunction]) -> [String] {
    functions.flatMap { function in
      metrics.map { "\(function.rawValue)_\($0.measure.rawValue)@\($0.cutoff)" }
    }
  }

  /// The columns of the CSV file.
  func csvColumns(_ functions: [SimilarityFunction]) -> [String] {
    functions.map(\.rawValue).sorted().flatMap { name in
      columns.map { "\(name)-\($0.name)" }
    } + Self.sparsityKeys
  }

  /// The keys, without the name, of the numbers in the columns of the CSV file.
  func csvKeys(_ functions: [SimilarityFunction]) -> [String] {
    functions.map(\.rawValue).sorted().flatMap { name in
      columns.map { "\(name)_\($0.measure.rawValue)@\($0.cutoff)" }
    } + Self.sparsityKeys
  }

  /// The key, without the name, of a function's nDCG at the largest cut-off.
  func nDCGKey(_ function: SimilarityFunction) -> String {
    "\(function.rawValue)_ndcg@\(configuration.nDCGCutoffs.max() ?? 0)"
  }

  /// The function asked for, else the one with the best nDCG; of equal ones the first by name.
  func mainFunction(
    _ functions: [SimilarityFunction], _ numbers: [(String, Double)]
  ) -> SimilarityFunction {
    if let main = configuration.mainScoreFunction { return main }
    var best = (function: SimilarityFunction.dot, value: -1.0)
    for function in functions.sorted(by: { $0.rawValue < $1.rawValue }) {
      let value = numbers.first { $0.0 == nDCGKey(function) }?.1 ?? 0
      if value > best.value { best = (function, value) }
    }
    return best.function
  }

  /// The numbers of an evaluation.
  func result(
    _ functions: [SimilarityFunction], _ runs: [SimilarityFunction: RetrievalRun],
    _ querySparsity: SparsityStatistics, _ corpusSparsity: SparsityStatistics
  ) -> EvaluationResult {
    var values: [Double] = []
    for function in functions {
      let rankings = queries.map { query in
        RankedRelevance(
          runs[function]?[query.id] ?? [], relevant: relevantDocuments[query.id] ?? [])
      }
      for metric in metrics {
        values.append(mean(rankings.map { metric.measure.value(of: $0, at: metric.cutoff) }))
      }
    }
    let numbers = Array(zip(metricKeys(functions), values))
    return EvaluationResult(
      name: configuration.name,
      metrics: numbers + Self.sparsityMetrics(querySparsity, corpusSparsity),
      primaryKey: nDCGKey(mainFunction(functions, numbers)))
  }

  /// The CSV file for these functions.
  func table(_ functions: [SimilarityFunction]) -> ResultTable {
    let suffix = configuration.name.isEmpty ? "" : "_\(configuration.name)"
    return ResultTable(
      name: "Information-Retrieval_evaluation\(suffix)_results.csv",
      columns: csvColumns(functions))
  }

  /// Appends to the CSV file and writes predictions, as configured.
  func writeFiles(
    _ functions: [SimilarityFunction], _ runs: [SimilarityFunction: RetrievalRun],
    _ result: EvaluationResult, _ context: EvaluationContext
  ) throws(EvaluationError) {
    let suffix = configuration.name.isEmpty ? "" : "_\(configuration.name)"
    let prefix = configuration.name.isEmpty ? "" : "\(configuration.name)_"
    if configuration.writesCSV {
      try table(functions).append(
        csvKeys(functions).map { numberText(result[prefix + $0] ?? .nan) }, context)
    }
    guard configuration.writesPredictions else { return }
    for function in functions {
      guard let run = runs[function] else { continue }
      try writeJSONLines(
        queries.map { prediction(for: $0, run[$0.id]) },
        named: "Information-Retrieval_evaluation\(suffix)_predictions_\(function.rawValue).jsonl",
        context)
    }
  }

  private func prediction(for query: Query, _ documents: [ScoredDocument]) -> JSONValue {
    [
      "query_id": .string(query.id.rawValue), "query": .string(query.text),
      "results": .array(
        documents.map {
          ["corpus_id": .string($0.id.rawValue), "score": .number($0.score)]
        }),
    ]
  }
}
