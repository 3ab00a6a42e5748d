import Foundation
public import SparrowCore
import SparrowEvaluation

extension BEIRCollection {
  /// The judged pairs of a split as rows to train on: columns `query` and `document`.
  ///
  /// A query with several relevant documents makes a row for each. Pairs without text on either side
  /// are left out. Rows come in the order of the queries' file, and of one query's documents in the
  /// order of their identifiers.
  ///
  /// ```swift
  /// let pairs = try BEIRCollection(folder: folder).pairs(split: "train")
  /// ```
  ///
  /// - Parameters:
  ///   - split: the judgments, `train` by default.
  ///   - excluded: splits whose relevant documents must not be seen in training; pairs with one of
  ///     them are left out. None by default.
  ///   - progress: receives the number of documents read.
  /// - Returns: the rows.
  /// - Throws: ``DataError`` when a piece is missing or broken, or no pair is left;
  ///   `CancellationError` when the task was cancelled.
  public func pairs(
    split: String = "train", withoutDocumentsOf excluded: [String] = [],
    progress: ProgressReporter? = nil
  ) throws -> Dataset {
    let qrels = try qrels(split: split)
    var banned = Set<DocumentID>()
    for name in excluded {
      banned = try self.qrels(split: name).relevantDocuments.values.reduce(into: banned) {
        $0.formUnion($1)
      }
    }
    var texts: [DocumentID: String] = [:]
    for document in try loadDocuments(progress: progress) { texts[document.id] = document.content }
    let relevant = qrels.relevantDocuments
    var queries: [DatasetValue] = []
    var documents: [DatasetValue] = []
    for query in try loadQueries(judgedIn: qrels) where !query.text.isEmpty {
      for id in (relevant[query.id] ?? []).sorted() where !banned.contains(id) {
        guard let text = texts[id], !text.isEmpty else { continue }
        queries.append(.string(query.text))
        documents.append(.string(text))
      }
    }
    guard !queries.isEmpty else {
      throw DataError(
        .invalidData, "The judgments of '\(split)' leave no pair of a query and a document.",
        at: FileLocation(path: folder.path))
    }
    return try Dataset(columns: [("query", queries), ("document", documents)])
  }
}
