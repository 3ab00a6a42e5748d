public import SparrowCore

/// Compares every query with every document and keeps the best documents of each query.
///
/// Documents arrive in pieces, so that neither their vectors nor a full score matrix are ever in memory
/// together. Documents whose score is zero (or, for distances, the lowest) are ranked like all others;
/// equal scores are settled by the identifier, so the pieces do not influence the result. Takes
/// time proportional to the postings of each query's dimensions plus queries × documents; for large
/// collections use an index.
///
/// ```swift
/// var search = try ExhaustiveSearch(queries: queryMatrix, documentIDs: ids, depth: 100)
/// try search.add(documentMatrix)
/// let run = try search.run(queryIDs: queryIDs)
/// ```
public struct ExhaustiveSearch: Sendable {
  private let queries: SparseMatrix
  private let function: SimilarityFunction
  private let sortedIDs: [DocumentID]
  private let idRanks: [Int32]
  private let excludedRanks: [Int32]
  private var best: [BestDocuments]
  private var addedCount = 0

  /// Prepares a search.
  ///
  /// - Parameters:
  ///   - queries: one vector a row.
  ///   - documentIDs: the identifiers of all documents in the order in which their vectors will be
  ///     added.
  ///   - depth: how many documents are kept for a query.
  ///   - function: how vectors are compared.
  ///   - excluded: for each query a document that is not ranked, or nil; an empty array excludes
  ///     none.
  /// - Throws: ``EvaluationError`` when an identifier repeats, the depth is below 1, `excluded` has
  ///   another length than `queries`, or a weight is not finite.
  public init(
    queries: SparseMatrix, documentIDs: [DocumentID], depth: Int,
    function: SimilarityFunction = .dot, excluded: [DocumentID?] = []
  ) throws(EvaluationError) {
    guard depth >= 1 else {
      throw EvaluationError(.usage, "At least 1 document must be kept; the depth is \(depth).")
    }
    guard excluded.isEmpty || excluded.count == queries.rowCount else {
      throw EvaluationError(
        .usage,
        "There must be one excluded document (or nil) for each of \(queries.rowCount) queries; found \(excluded.count)."
      )
    }
    guard documentIDs.count < Int(Int32.max) else {
      throw EvaluationError(.usage, "At most \(Int32.max - 1) documents can be searched at once.")
    }
    try Self.checkFinite(queries, "query")
    let order = documentIDs.indices.sorted { documentIDs[$0] < documentIDs[$1] }
    var ranks = [Int32](repeating: 0, count: documentIDs.count)
    for (rank, position) in order.enumerated() { ranks[position] = Int32(rank) }
    self.queries = queries
    self.function = function
    sortedIDs = order.map { documentIDs[$0] }
    idRanks = ranks
    for rank in sortedIDs.indices.dropFirst() where sortedIDs[rank] == sortedIDs[rank - 1] {
      throw EvaluationError(
        .invalidData, "Document '\(sortedIDs[rank])' appears twice in the collection.")
    }
    let wanted = Set(excluded.compactMap { $0 })
    var rankOfExcluded: [DocumentID: Int32] = [:]
    if !wanted.isEmpty {
      for (rank, id) in sortedIDs.enumerated() where wanted.contains(id) {
        rankOfExcluded[id] = Int32(rank)
      }
    }
    excludedRanks = excluded.map { $0.flatMap { rankOfExcluded[$0] } ?? -1 }
    best = Array(
      repeating: BestDocuments(capacity: min(depth, documentIDs.count)), count: queries.rowCount)
  }

  /// Compares the next documents with all queries.
  ///
  /// - Parameter documents: vectors of the documents that follow those added before.
  /// - Throws: ``EvaluationError`` when there are more rows than documents left, the dimension is not
  ///   the queries', or a weight is not finite; `CancellationError` when the task was cancelled.
  public mutating func add(_ documents: SparseMatrix) throws {
    guard documents.rowCount > 0 else { return }
    try Self.checkFinite(documents, "document")
    try add(SparseColumns(documents))
  }

  /// Compares documents whose weights are known to be finite and are already sorted by column.
  mutating func add(_ documents: SparseColumns) throws {
    guard addedCount + documents.rowCount <= idRanks.count else {
      throw EvaluationError(
        .usage,
        "There are \(idRanks.count) documents; found vectors for at least \(addedCount + documents.rowCount)."
      )
    }
    var scores: [Double] = []
    for query in 0..<queries.rowCount {
      try Task.checkCancellation()
      do throws(CoreError) {
        try documents.score(queries[query], with: function, into: &scores)
      } catch {
        throw EvaluationError(error)
      }
      let excluded = excludedRanks.isEmpty ? -1 : excludedRanks[query]
      for row in scores.indices {
        let idRank = idRanks[addedCount + row]
        if idRank == excluded { continue }
        best[query].insert(.init(score: Float(scores[row]), idRank: idRank))
      }
    }
    addedCount += documents.rowCount
  }

  /// The best documents of every query.
  ///
  /// - Parameter queryIDs: the identifiers of the queries, in the order of their vectors.
  /// - Returns: a run with the queries in that order.
  /// - Throws: ``EvaluationError`` when the number of identifiers is not that of the queries, one
  ///   repeats, or vectors of documents are still missing.
  public func run(queryIDs: [QueryID]) throws(EvaluationError) -> RetrievalRun {
    guard queryIDs.count == queries.rowCount, Set(queryIDs).count == queryIDs.count else {
      throw EvaluationError(
        .usage,
        "Every query needs an identifier of its own; found \(Set(queryIDs).count) distinct identifiers for \(queries.rowCount) queries."
      )
    }
    guard addedCount == idRanks.count else {
      throw EvaluationError(
        .usage,
        "Vectors of all \(idRanks.count) documents are needed before results are asked for; found \(addedCount)."
      )
    }
    var run = RetrievalRun()
    for (query, documents) in zip(queryIDs, best) {
      run.appendUnchecked(
        query,
        documents.sorted.map {
          ScoredDocument(id: sortedIDs[Int($0.idRank)], score: Double($0.score))
        })
    }
    return run
  }

  static func checkFinite(
    _ matrix: SparseMatrix, _ what: String
  ) throws(EvaluationError) {
    guard let position = matrix.values.firstIndex(where: { !$0.isFinite }) else { return }
    let row = (matrix.rowOffsets.firstIndex { $0 > position } ?? 1) - 1
    throw EvaluationError(
      .invalidData,
      "Weights must be finite numbers; the vector of \(what) \(row) (from 0) holds \(matrix.values[position])."
    )
  }
}
