public import SparrowCore

/// What a search returned: for each query its documents, best first.
///
/// Documents are always in descending order of score, those of equal score in ascending order of their
/// identifiers.
///
/// ```swift
/// var run = RetrievalRun()
/// try run.append("q1", [ScoredDocument(id: "d7", score: 12.5), ScoredDocument(id: "d3", score: 9)])
/// try run.write(to: URL(fileURLWithPath: "bm25.trec"), tag: "bm25")
/// ```
public struct RetrievalRun: Sendable, Hashable {
  /// The queries in the order in which they were added.
  public private(set) var queries: [QueryID] = []
  private var rankings: [QueryID: [ScoredDocument]] = [:]

  /// Makes a run without queries.
  public init() {}

  /// The number of queries.
  public var queryCount: Int { queries.count }

  /// The documents found for a query, best first; empty when the query is not part of the run.
  public subscript(query: QueryID) -> [ScoredDocument] { rankings[query] ?? [] }

  /// Adds a query with its documents in any order.
  ///
  /// - Throws: ``EvaluationError`` when the query is there already, a document appears twice, or a
  ///   score is not a number.
  public mutating func append(
    _ query: QueryID, _ documents: [ScoredDocument]
  ) throws(EvaluationError) {
    guard rankings[query] == nil else {
      throw EvaluationError(.invalidData, "Query '\(query)' appears twice in a run.")
    }
    var seen = Set<DocumentID>(minimumCapacity: documents.count)
    for document in documents {
      guard seen.insert(document.id).inserted else {
        throw EvaluationError(
          .invalidData, "Document '\(document.id)' appears twice for query '\(query)'.")
      }
      guard !document.score.isNaN else {
        throw EvaluationError(
          .invalidData,
          "The score of document '\(document.id)' for query '\(query)' is not a number.")
      }
    }
    appendUnchecked(query, documents.sorted(by: ScoredDocument.precedes))
  }

  /// Adds a query whose documents are known to be in order, distinct and with numbers as scores.
  mutating func appendUnchecked(_ query: QueryID, _ documents: [ScoredDocument]) {
    queries.append(query)
    rankings[query] = documents
  }

  /// The same run with at most `depth` documents a query.
  public func prefix(_ depth: Int) -> RetrievalRun {
    var result = RetrievalRun()
    for query in queries { result.appendUnchecked(query, Array(self[query].prefix(depth))) }
    return result
  }

  /// At most so many queries with their documents, evenly spread over the run.
  public func sample(queries count: Int) -> RetrievalRun {
    var result = RetrievalRun()
    for query in queries.evenlySpread(count) { result.appendUnchecked(query, self[query]) }
    return result
  }
}

extension Array {
  /// At most so many elements in order, evenly spread: a sample that no order of a file distorts.
  package func evenlySpread(_ count: Int) -> [Element] {
    guard count < self.count else { return self }
    return (0..<Swift.max(0, count)).map { self[$0 * self.count / count] }
  }
}
