public import SparrowCore

/// Measures retrieval: encodes queries and a collection, ranks all documents for every query, and
/// compares with relevance judgments.
///
/// Search is exact. Documents of equal score are ordered by identifier, documents with score zero are
/// ranked like all others, and relevant documents that are not in the collection count as missed. The
/// collection is encoded in chunks and only the best documents of each query are kept, so memory
/// does not grow with it.
///
/// Source: `SparseInformationRetrievalEvaluator` of Sentence Transformers 6.2, with the same keys
/// and files.
///
/// ```swift
/// let evaluator = try InformationRetrievalEvaluator(
///   queries: queries, corpus: documents, relevantDocuments: qrels.relevantDocuments)
/// let result = try evaluator.evaluate(encoder)
/// print(result["dot_ndcg@10"] ?? 0)
/// ```
public struct InformationRetrievalEvaluator: Evaluator, Sendable {
  /// What is measured and how.
  public struct Configuration: Sendable, Hashable {
    /// Put before every key; empty by default.
    public var name = ""
    /// How many documents are encoded and compared at once; 50,000 by default.
    public var corpusChunkSize = 50_000
    /// Cut-offs of the mean reciprocal rank; 10 by default.
    public var reciprocalRankCutoffs = [10]
    /// Cut-offs of nDCG, at least one; 10 by default.
    public var nDCGCutoffs = [10]
    /// Cut-offs of accuracy; 1, 3, 5 and 10 by default.
    public var accuracyCutoffs = [1, 3, 5, 10]
    /// Cut-offs of precision and recall; 1, 3, 5 and 10 by default.
    public var precisionRecallCutoffs = [1, 3, 5, 10]
    /// Cut-offs of the mean average precision; 100 by default.
    public var averagePrecisionCutoffs = [100]
    /// How vectors are compared; nil, the default, takes the encoder's own function.
    public var scoreFunctions: [SimilarityFunction]?
    /// The function whose nDCG is to be optimised; nil, the default, takes the one with the best.
    public var mainScoreFunction: SimilarityFunction?
    /// Keep at most this many weights a vector; nil, the default, keeps the encoder's own limit.
    public var maxActiveDimensions: Int?
    /// Put before queries and before documents; nil, the default, keeps the encoder's own prompts.
    public var queryPrompt: String?
    /// See ``queryPrompt``.
    public var documentPrompt: String?
    /// Leaves out the document that has the query's own identifier, as some collections (ArguAna)
    /// require; false by default, as in the reference.
    public var ignoresIdenticalIDs = false
    /// Appends a line to a CSV file when there is a folder; true by default.
    public var writesCSV = true
    /// Writes the documents found for each query when there is a folder; false by default.
    public var writesPredictions = false

    /// Makes the default configuration.
    public init() {}

    /// The largest of all cut-offs, which is how many documents are kept for a query.
    public var depth: Int {
      let lists = [
        reciprocalRankCutoffs, nDCGCutoffs, accuracyCutoffs, precisionRecallCutoffs,
        averagePrecisionCutoffs,
      ]
      return lists.joined().max() ?? 0
    }
  }

  /// The queries that have relevant documents, in the order given.
  public let queries: [Query]
  /// The collection, in the order given.
  public let corpus: [Document]
  /// The relevant documents of every query that has any.
  public let relevantDocuments: [QueryID: Set<DocumentID>]
  /// What is measured and how.
  public let configuration: Configuration

  /// Makes an evaluator; queries without relevant documents are left out.
  ///
  /// - Throws: ``EvaluationError`` when no query has relevant documents, the collection is empty, a
  ///   query's identifier repeats, a cut-off or the chunk size is below 1, there is no cut-off of
  ///   nDCG, or the main function is not among the functions.
  public init(
    queries: [Query], corpus: [Document], relevantDocuments: [QueryID: Set<DocumentID>],
    configuration: Configuration = Configuration()
  ) throws(EvaluationError) {
    try Self.check(configuration)
    let kept = queries.filter { relevantDocuments[$0.id]?.isEmpty == false }
    guard !kept.isEmpty else {
      throw EvaluationError(
        .usage,
        "None of the \(queries.count) queries has a relevant document. Do the identifiers of queries and judgments agree?"
      )
    }
    guard !corpus.isEmpty else {
      throw EvaluationError(.usage, "A collection needs at least one document; it is empty.")
    }
    var seen = Set<QueryID>()
    for query in queries where !seen.insert(query.id).inserted {
      throw EvaluationError(.invalidData, "Query '\(query.id)' appears twice.")
    }
    self.queries = kept
    self.corpus = corpus
    self.relevantDocuments = relevantDocuments.filter { !$0.value.isEmpty }
    self.configuration = configuration
  }

  /// What an evaluation found, with the documents of every query.
  public struct Report: Sendable {
    /// The numbers.
    public let result: EvaluationResult
    /// For each function the best documents of every query, as many as the largest cut-off.
    public let runs: [SimilarityFunction: RetrievalRun]
    /// How sparse the queries are.
    let querySparsity: SparsityStatistics
    /// How sparse the documents are.
    let corpusSparsity: SparsityStatistics
  }

  /// Measures an encoder.
  ///
  /// - Throws: as ``Evaluator/evaluate(_:in:)``.
  public func evaluate(
    _ encoder: any SparseEncoding, in context: EvaluationContext
  ) throws -> EvaluationResult {
    try report(on: encoder, in: context).result
  }

  /// Measures an encoder and hands out the runs, too.
  ///
  /// - Throws: as ``evaluate(_:in:)``.
  public func report(
    on encoder: any SparseEncoding, in context: EvaluationContext = EvaluationContext()
  ) throws -> Report {
    let functions = configuration.scoreFunctions ?? [encoder.similarity]
    try table(functions).prepare(configuration.writesCSV ? context : EvaluationContext())
    func options(_ prompt: String?) -> EncodingOptions {
      EncodingOptions(
        maxActiveDimensions: configuration.maxActiveDimensions, prompt: prompt,
        progress: context.progress)
    }
    let queryMatrix = try encoder.encode(
      queries.map(\.text), role: .query, options: options(configuration.queryPrompt))
    return try report(functions, queryMatrix, context) { range in
      try encoder.encode(
        corpus[range].map(\.content), role: .document,
        options: options(configuration.documentPrompt))
    }
  }

  /// Measures vectors that were made before.
  ///
  /// - Parameters:
  ///   - queryEmbeddings: one row for each of ``queries``.
  ///   - corpusEmbeddings: one row for each document of ``corpus``.
  ///   - similarity: how they are compared unless the configuration says so.
  ///   - context: when this happens and where files go.
  /// - Returns: the numbers and the runs.
  /// - Throws: as ``evaluate(_:in:)``; ``EvaluationError`` when the numbers of rows do not fit.
  public func report(
    queryEmbeddings: SparseMatrix, corpusEmbeddings: SparseMatrix,
    similarity: SimilarityFunction = .dot, in context: EvaluationContext = EvaluationContext()
  ) throws -> Report {
    guard corpusEmbeddings.rowCount == corpus.count else {
      throw EvaluationError(
        .usage,
        "There must be one vector for each of \(corpus.count) documents; found \(corpusEmbeddings.rowCount)."
      )
    }
    let functions = configuration.scoreFunctions ?? [similarity]
    try table(functions).prepare(configuration.writesCSV ? context : EvaluationContext())
    return try report(functions, queryEmbeddings, context) { range in
      range.count == corpus.count ? corpusEmbeddings : corpusEmbeddings.selectingRows(Array(range))
    }
  }

  private func report(
    _ functions: [SimilarityFunction], _ queryMatrix: SparseMatrix, _ context: EvaluationContext,
    corpusMatrix: (Range<Int>) throws -> SparseMatrix
  ) throws -> Report {
    guard queryMatrix.rowCount == queries.count else {
      throw EvaluationError(
        .failure,
        "There must be one vector for each of \(queries.count) queries; found \(queryMatrix.rowCount)."
      )
    }
    var querySparsity = SparsityStatistics()
    querySparsity.add(queryMatrix)
    var corpusSparsity = SparsityStatistics()
    let documentIDs = corpus.map(\.id)
    let excluded =
      configuration.ignoresIdenticalIDs ? queries.map { DocumentID($0.id.rawValue) } : []
    var searches = try functions.map { function in
      try ExhaustiveSearch(
        queries: queryMatrix, documentIDs: documentIDs, depth: configuration.depth,
        function: function, excluded: excluded)
    }
    for start in stride(from: 0, to: corpus.count, by: configuration.corpusChunkSize) {
      let range = start..<min(start + configuration.corpusChunkSize, corpus.count)
      let matrix = try corpusMatrix(range)
      guard matrix.rowCount == range.count else {
        throw EvaluationError(
          .failure,
          "The encoder must make one vector for each of \(range.count) documents; it made \(matrix.rowCount)."
        )
      }
      corpusSparsity.add(matrix)
      try ExhaustiveSearch.checkFinite(matrix, "document")
      let columns = SparseColumns(matrix)
      for position in searches.indices { try searches[position].add(columns) }
      context.progress?(
        ProgressUpdate(
          activity: "Ranking documents", completed: range.upperBound, total: corpus.count,
          unit: "documents"))
    }
    var runs: [SimilarityFunction: RetrievalRun] = [:]
    let queryIDs = queries.map(\.id)
    for (function, search) in zip(functions, searches) {
      runs[function] = try search.run(queryIDs: queryIDs)
    }
    let result = result(functions, runs, querySparsity, corpusSparsity)
    try writeFiles(functions, runs, result, context)
    return Report(
      result: result, runs: runs, querySparsity: querySparsity, corpusSparsity: corpusSparsity)
  }

  private static func check(_ configuration: Configuration) throws(EvaluationError) {
    let lists = [
      ("reciprocal rank", configuration.reciprocalRankCutoffs),
      ("nDCG", configuration.nDCGCutoffs), ("accuracy", configuration.accuracyCutoffs),
      ("precision and recall", configuration.precisionRecallCutoffs),
      ("average precision", configuration.averagePrecisionCutoffs),
    ]
    for (name, cutoffs) in lists {
      guard let bad = cutoffs.first(where: { $0 < 1 }) else { continue }
      throw EvaluationError(.usage, "Cut-offs of \(name) must be at least 1; found \(bad).")
    }
    guard !configuration.nDCGCutoffs.isEmpty else {
      throw EvaluationError(.usage, "nDCG needs at least one cut-off; there is none.")
    }
    guard configuration.corpusChunkSize >= 1 else {
      throw EvaluationError(
        .usage,
        "At least 1 document must be encoded at once; the chunk size is \(configuration.corpusChunkSize)."
      )
    }
    guard let functions = configuration.scoreFunctions else { return }
    guard !functions.isEmpty, Set(functions).count == functions.count else {
      throw EvaluationError(.usage, "Score functions must be given once each, at least one.")
    }
    if let main = configuration.mainScoreFunction, !functions.contains(main) {
      throw EvaluationError(
        .usage, "The main score function '\(main)' is not among the score functions.")
    }
  }
}
