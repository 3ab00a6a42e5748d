public import SparrowCore

/// Relevance judgments: for each query, the grade that people gave to documents.
///
/// Documents without a judgment count as not relevant. Grades above zero are relevant.
///
/// ```swift
/// let qrels = try Qrels(contentsOf: URL(fileURLWithPath: "scifact/qrels/test.tsv"))
/// print(qrels.queryCount, qrels.relevantDocuments(for: "1"))
/// ```
public struct Qrels: Sendable, Hashable {
  /// The judged queries in the order in which they first appear.
  public private(set) var queries: [QueryID] = []
  private var judgments: [QueryID: [DocumentID: Int]] = [:]

  /// Makes qrels without judgments.
  public init() {}

  /// The number of judged queries.
  public var queryCount: Int { queries.count }
  /// The number of judgments of all queries.
  public var judgmentCount: Int { judgments.values.reduce(0) { $0 + $1.count } }

  /// The grade of every judged document of a query; empty for a query without judgments.
  public subscript(query: QueryID) -> [DocumentID: Int] { judgments[query] ?? [:] }

  /// A document's grade, nil when it was not judged for this query.
  ///
  /// Setting nil removes a judgment.
  public subscript(query: QueryID, document: DocumentID) -> Int? {
    get { judgments[query]?[document] }
    set {
      if newValue != nil, judgments[query] == nil { queries.append(query) }
      judgments[query, default: [:]][document] = newValue
      if judgments[query]?.isEmpty == true {
        judgments[query] = nil
        queries.removeAll { $0 == query }
      }
    }
  }

  /// The judgments of some queries.
  public func restricted(to queries: some Sequence<QueryID>) -> Qrels {
    let kept = Set(queries)
    var result = self
    result.queries.removeAll { !kept.contains($0) }
    result.judgments = judgments.filter { kept.contains($0.key) }
    return result
  }

  /// The documents with a grade above zero.
  public func relevantDocuments(for query: QueryID) -> Set<DocumentID> {
    Set(self[query].lazy.filter { $0.value > 0 }.map(\.key))
  }

  /// The relevant documents of every query that has any.
  public var relevantDocuments: [QueryID: Set<DocumentID>] {
    var result: [QueryID: Set<DocumentID>] = [:]
    for query in queries {
      let documents = relevantDocuments(for: query)
      if !documents.isEmpty { result[query] = documents }
    }
    return result
  }
}
