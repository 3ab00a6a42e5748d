public import SparrowCore

/// Measures retrieval on several collections and joins the numbers, as NanoBEIR does.
///
/// Retrieval metrics are averaged over collections. Sparsity is weighted by the number of queries or
/// documents, and the average FLOPS are computed from the pooled counts.
///
/// Source: `SparseNanoBEIREvaluator` of Sentence Transformers 6.2, with the same keys and files.
///
/// ```swift
/// let evaluator = try CollectionsEvaluator([scifact, nfcorpus])
/// print(try evaluator.evaluate(encoder)["NanoBEIR_mean_dot_ndcg@10"] ?? 0)
/// ```
public struct CollectionsEvaluator: Evaluator, Sendable {
  private let evaluators: [InformationRetrievalEvaluator]
  private let name: String
  private let aggregateKey: String
  private let aggregate: @Sendable ([Double]) -> Double

  /// Makes an evaluator.
  ///
  /// - Parameters:
  ///   - evaluators: one for each collection, with names of their own and otherwise the same
  ///     configuration.
  ///   - name: what the collections are called together; `NanoBEIR` by default.
  ///   - aggregateKey: put after the name in keys of joined numbers; `mean` by default.
  ///   - aggregate: joins the numbers of all collections; the mean by default.
  /// - Throws: ``EvaluationError`` when there is no collection, names are empty or repeat, or
  ///   configurations differ in more than the name.
  public init(
    _ evaluators: [InformationRetrievalEvaluator], name: String = "NanoBEIR",
    aggregateKey: String = "mean", aggregate: (@Sendable ([Double]) -> Double)? = nil
  ) throws(EvaluationError) {
    let names = evaluators.map(\.configuration.name)
    guard !names.isEmpty, !names.contains(""), Set(names).count == names.count else {
      throw EvaluationError(
        .usage,
        "Collections measured together need a name each, at least one; found \(names).")
    }
    let configurations = Set(
      evaluators.map { evaluator in
        var configuration = evaluator.configuration
        configuration.name = ""
        return configuration
      })
    guard configurations.count == 1 else {
      throw EvaluationError(
        .usage,
        "Collections measured together need the same cut-offs, functions and limits; found \(configurations.count) different configurations."
      )
    }
    self.evaluators = evaluators
    self.name = name
    self.aggregateKey = aggregateKey
    self.aggregate = aggregate ?? { mean($0) }
  }

  /// Measures an encoder.
  ///
  /// - Throws: as ``Evaluator/evaluate(_:in:)``.
  public func evaluate(
    _ encoder: any SparseEncoding, in context: EvaluationContext
  ) throws -> EvaluationResult {
    let first = evaluators[0]
    let functions = first.configuration.scoreFunctions ?? [encoder.similarity]
    var tableContext = context
    if !first.configuration.writesCSV { tableContext.folder = nil }
    let table = ResultTable(
      name: "\(name)_evaluation_\(aggregateKey)_results.csv",
      columns: first.csvColumns(functions))
    try table.prepare(tableContext)
    var querySparsity = SparsityStatistics()
    var corpusSparsity = SparsityStatistics()
    var joined = EvaluationResult(name: "", metrics: [], primaryKey: "")
    var values: [[Double]] = []
    for evaluator in evaluators {
      let report = try evaluator.report(on: encoder, in: context)
      for metric in report.result.metrics { joined.set(metric.key, to: metric.value) }
      values.append(report.result.metrics.map(\.value))
      querySparsity.add(report.querySparsity)
      corpusSparsity.add(report.corpusSparsity)
    }
    let keys = first.metricKeys(functions)
    var numbers = keys.enumerated().map { position, key in
      (key, aggregate(values.map { $0[position] }))
    }
    let main = first.mainFunction(functions, numbers)
    numbers += InformationRetrievalEvaluator.sparsityMetrics(querySparsity, corpusSparsity)
    let limit = first.configuration.maxActiveDimensions.map { "_\($0)" } ?? ""
    let result = EvaluationResult(
      name: "\(name)_\(aggregateKey)\(limit)", metrics: numbers, primaryKey: first.nDCGKey(main))
    try table.append(
      first.csvKeys(functions).map { key in
        numberText(numbers.first { $0.0 == key }?.1 ?? .nan)
      }, tableContext)
    for metric in result.metrics { joined.set(metric.key, to: metric.value) }
    joined.primaryKey = result.primaryKey
    return joined
  }
}

/// The thirteen collections of NanoBEIR.
public enum NanoBEIRCollection: String, Sendable, Hashable, CaseIterable {
  case climateFEVER = "climatefever"
  case dbpedia
  case fever
  case fiqa2018
  case hotpotQA = "hotpotqa"
  case msmarco
  case nfcorpus
  case nq
  case quoraRetrieval = "quoraretrieval"
  case scidocs
  case arguAna = "arguana"
  case sciFact = "scifact"
  case touche2020

  /// The name in keys, for example `NanoSciFact`.
  public var displayName: String {
    let name =
      switch self {
      case .climateFEVER: "ClimateFEVER"
      case .dbpedia: "DBPedia"
      case .fever: "FEVER"
      case .fiqa2018: "FiQA2018"
      case .hotpotQA: "HotpotQA"
      case .msmarco: "MSMARCO"
      case .nfcorpus: "NFCorpus"
      case .nq: "NQ"
      case .quoraRetrieval: "QuoraRetrieval"
      case .scidocs: "SCIDOCS"
      case .arguAna: "ArguAna"
      case .sciFact: "SciFact"
      case .touche2020: "Touche2020"
      }
    return "Nano\(name)"
  }

  /// Recognises a collection by its name in any case.
  ///
  /// - Throws: ``EvaluationError`` that lists the names there are.
  public init(name: String) throws(EvaluationError) {
    guard let collection = Self(rawValue: name.lowercased()) else {
      throw EvaluationError(
        .usage,
        "There is no NanoBEIR collection '\(name)'; there are \(Self.allCases.map(\.rawValue).joined(separator: ", "))."
      )
    }
    self = collection
  }
}
