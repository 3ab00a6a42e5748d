import SparrowCore

extension InformationRetrievalEvaluator {
  /// The metrics of one function in the order of the reference's keys.
  private var metrics: [(RetrievalMetric.Measure, [Int])] {
    [
      (.accuracy, configuration.accuracyCutoffs),
      (.precision, configuration.precisionRecallCutoffs),
      (.recall, configuration.precisionRecallCutoffs), (.nDCG, configuration.nDCGCutoffs),
      (.reciprocalRank, configuration.reciprocalRankCutoffs),
      (.averagePrecision, configuration.averagePrecisionCutoffs),
    ]
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

  static let sparsityKeys = [
    "query_active_dims", "query_sparsity_ratio", "corpus_active_dims", "corpus_sparsity_ratio",
    "avg_flops",
  ]

  /// The numbers of an evaluation.
  func result(
    _ functions: [SimilarityFunction], _ runs: [SimilarityFunction: RetrievalRun],
    _ querySparsity: SparsityStatistics, _ corpusSparsity: SparsityStatistics
  ) -> EvaluationResult {
    var numbers: [(String, Double)] = []
    for function in functions {
      let rankings = queries.map { query in
        RankedRelevance(
          runs[function]?[query.id] ?? [], relevant: relevantDocuments[query.id] ?? [])
      }
      for (measure, cutoffs) in metrics {
        for cutoff in cutoffs {
          let values = rankings.map { measure.value(of: $0, at: cutoff) }
          numbers.append(("\(function.rawValue)_\(measure.rawValue)@\(cutoff)", mean(values)))
        }
      }
    }
    let main = mainFunction(functions, numbers)
    numbers += querySparsity.sparsity.metrics(prefix: "query_")
    numbers += corpusSparsity.sparsity.metrics(prefix: "corpus_")
    numbers.append(
      (
        "avg_flops",
        SparsityStatistics.averageFLOPS(queries: querySparsity, documents: corpusSparsity)
      ))
    return EvaluationResult(
      name: configuration.name, metrics: numbers, primaryKey: nDCGKey(main))
  }

  private func nDCGKey(_ function: SimilarityFunction) -> String {
    "\(function.rawValue)_ndcg@\(configuration.nDCGCutoffs.max() ?? 0)"
  }

  /// The function asked for, else the one with the best nDCG; of equal ones the first by name.
  private func mainFunction(
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

  /// The CSV file for these functions.
  func table(_ functions: [SimilarityFunction]) -> ResultTable {
    let names = functions.map(\.rawValue).sorted()
    let suffix = configuration.name.isEmpty ? "" : "_\(configuration.name)"
    return ResultTable(
      name: "Information-Retrieval_evaluation\(suffix)_results.csv",
      columns: names.flatMap { name in columns.map { "\(name)-\($0.name)" } } + Self.sparsityKeys)
  }

  /// Appends to the CSV file and writes predictions, as configured.
  func writeFiles(
    _ functions: [SimilarityFunction], _ runs: [SimilarityFunction: RetrievalRun],
    _ result: EvaluationResult, _ context: EvaluationContext
  ) throws(EvaluationError) {
    let suffix = configuration.name.isEmpty ? "" : "_\(configuration.name)"
    let prefix = configuration.name.isEmpty ? "" : "\(configuration.name)_"
    if configuration.writesCSV {
      var keys: [String] = []
      for name in functions.map(\.rawValue).sorted() {
        keys += columns.map { "\(name)_\($0.measure.rawValue)@\($0.cutoff)" }
      }
      keys += Self.sparsityKeys
      try table(functions).append(
        keys.map { numberText(result[prefix + $0] ?? .nan) }, context)
    }
    guard configuration.writesPredictions else { return }
    for function in functions {
      guard let run = runs[function] else { continue }
      try writeJSONLines(
        queries.map { prediction(for: $0, run[$0.id]) },
        named:
          "Information-Retrieval_evaluation\(suffix)_predictions_\(function.rawValue).jsonl",
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
