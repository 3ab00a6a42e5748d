public import SparrowCore
import SparrowIndex

/// What loading documents into an index did.
public struct CollectionLoadReport: Sendable, Hashable {
  /// How many documents were read.
  public internal(set) var readCount = 0
  /// How many documents the index has afterwards: of those with the same identifier the last one.
  public internal(set) var documentCount = 0
  /// How many of the documents read have no text.
  public internal(set) var emptyTextCount = 0
  /// The first document without text.
  public internal(set) var firstEmptyText: DocumentID?
}

/// Encodes documents window by window and puts them into an index.
struct CollectionLoader {
  let encoder: any SparseEncoding
  let options: EncodingOptions
  /// How many documents there will be, nil when not known.
  let documentCount: Int?

  /// How many documents are read and encoded at once.
  private static let windowDocumentCount = 1024

  func load(
    into writer: IndexWriter, _ nextDocuments: (_ count: Int) throws -> [CollectionDocument]
  ) throws -> CollectionLoadReport {
    var report = CollectionLoadReport()
    while true {
      try Task.checkCancellation()
      let documents = try nextDocuments(Self.windowDocumentCount)
      if documents.isEmpty { break }
      let vectors = try encoder.encode(
        documents.map(\.document.content), role: .document,
        options: counting(from: report.readCount))
      try writer.upsert(
        documents.enumerated().map { row, document in
          IndexedDocument(
            id: document.document.id, vector: vectors[row], fields: document.fields,
            payload: document.payload.data(.compact))
        })
      report.readCount += documents.count
      for document in documents where document.document.content.isEmpty {
        report.emptyTextCount += 1
        report.firstEmptyText = report.firstEmptyText ?? document.document.id
      }
    }
    report.documentCount = writer.statistics().documentCount
    return report
  }

  /// The options with progress that goes on from the documents done before.
  private func counting(from base: Int) -> EncodingOptions {
    var options = options
    options.progress = options.progress.map {
      ProgressUpdate.counting(from: base, of: documentCount, $0)
    }
    return options
  }
}
