public import Foundation
public import SparrowCore
public import SparrowEvaluation

/// A retrieval test collection in the layout of the BEIR benchmark: `corpus.jsonl`, `queries.jsonl` and
/// `qrels/{split}.tsv` in one folder, the first two possibly compressed (`.jsonl.gz`).
///
/// ```swift
/// let collection = try BEIRCollection(folder: URL(fileURLWithPath: "scifact"))
/// let evaluator = try collection.makeEvaluator(split: "test")
/// let result = try evaluator.evaluate(encoder)
/// ```
public struct BEIRCollection: Sendable {
  /// The folder.
  public let folder: URL
  /// The names of the judgment files without `.tsv`, in order.
  public let splits: [String]
  private let corpusFile: URL

  /// Finds the files of a collection; nothing is read yet.
  ///
  /// Only the corpus must be there. Queries and judgments are looked for when they are asked for.
  ///
  /// - Throws: ``DataError`` when the folder or the corpus is missing.
  public init(folder: URL) throws(DataError) {
    guard DatasetFiles.isFolder(folder) else {
      throw DataError(
        .missing, "There is no such folder; a BEIR collection is a folder with 'corpus.jsonl'.",
        at: FileLocation(path: folder.path))
    }
    self.folder = folder
    corpusFile = try Self.file("corpus", in: folder)
    let names = try? FileManager.default.contentsOfDirectory(
      atPath: folder.appendingPathComponent("qrels").path)
    splits = (names ?? []).filter { $0.hasSuffix(".tsv") && !$0.hasPrefix(".") }
      .map { String($0.dropLast(4)) }.sorted()
  }

  /// The documents one after another, in bounded memory.
  ///
  /// - Throws: ``DataError`` when the file cannot be opened.
  public func documentReader() throws(DataError) -> BEIRDocumentReader {
    try BEIRDocumentReader(contentsOf: corpusFile)
  }

  /// All documents in the order of the file.
  ///
  /// - Throws: ``DataError`` naming file and line when a line is broken, an identifier repeats, or
  ///   there is no document; `CancellationError` when the task was cancelled.
  public func loadDocuments(progress: ProgressReporter? = nil) throws -> [Document] {
    let reportInterval = 10_000
    var reader = try documentReader()
    var documents: [Document] = []
    var seen = Set<DocumentID>()
    while let document = try reader.next() {
      guard seen.insert(document.id).inserted else {
        throw DataError(
          .invalidData, "Document '\(document.id)' appears twice in the collection.",
          at: reader.location)
      }
      documents.append(document)
      if documents.count % reportInterval == 0 {
        try Task.checkCancellation()
        progress?(
          ProgressUpdate(
            activity: "Reading the collection", completed: documents.count, total: nil,
            unit: "documents"))
      }
    }
    guard !documents.isEmpty else {
      throw DataError(
        .invalidData, "A collection needs at least one document; there is none.",
        at: FileLocation(path: corpusFile.path))
    }
    return documents
  }

  /// The judgments of a split.
  ///
  /// - Throws: ``DataError`` when there is no such split (the message lists those there are) or its
  ///   file is broken.
  public func qrels(split: String) throws(DataError) -> Qrels {
    guard splits.contains(split) else {
      let listed = splits.map { "'\($0)'" }.joined(separator: ", ")
      throw DataError(
        .missing,
        "There is no split '\(split)' (file 'qrels/\(split).tsv'); "
          + (splits.isEmpty ? "the collection has no judgments." : "there are \(listed)."),
        at: FileLocation(path: folder.path))
    }
    do throws(EvaluationError) {
      return try Qrels(contentsOf: folder.appendingPathComponent("qrels/\(split).tsv"))
    } catch {
      throw DataError(error)
    }
  }

  /// All queries in the order of the file.
  ///
  /// - Throws: ``DataError`` when the file is missing, a line is broken or an identifier repeats.
  public func loadQueries() throws(DataError) -> [Query] {
    let file = try Self.file("queries", in: folder)
    var reader = try IdentifiedTextReader(contentsOf: file)
    var queries: [Query] = []
    var seen = Set<QueryID>()
    while let entry = try reader.next() {
      let query = Query(id: QueryID(entry.id), text: entry.text)
      guard seen.insert(query.id).inserted else {
        throw DataError(
          .invalidData, "Query '\(query.id)' appears twice.", at: reader.location)
      }
      queries.append(query)
    }
    return queries
  }

  /// The queries that have judgments, in the order of the queries' file.
  ///
  /// - Throws: ``DataError`` as ``loadQueries()``, and when a judged query is not there.
  public func loadQueries(judgedIn qrels: Qrels) throws(DataError) -> [Query] {
    let judged = Set(qrels.queries)
    let queries = try loadQueries().filter { judged.contains($0.id) }
    guard queries.count == judged.count else {
      let found = Set(queries.map(\.id))
      let missing = qrels.queries.filter { !found.contains($0) }
      throw DataError(
        .invalidData,
        "\(missing.count) of \(judged.count) judged queries are not in the queries' file, the first is '\(missing[0])'. Do the two files belong together?",
        at: FileLocation(path: folder.path))
    }
    return queries
  }

  /// Reads everything that measuring retrieval needs.
  ///
  /// - Throws: ``DataError`` when a piece is missing or broken; `EvaluationError` when the
  ///   configuration makes no sense; `CancellationError` when the task was cancelled.
  public func makeEvaluator(
    split: String = "test", configuration: InformationRetrievalEvaluator.Configuration = .init(),
    progress: ProgressReporter? = nil
  ) throws -> InformationRetrievalEvaluator {
    let qrels = try qrels(split: split)
    let queries = try loadQueries(judgedIn: qrels)
    return try InformationRetrievalEvaluator(
      queries: queries, corpus: loadDocuments(progress: progress),
      relevantDocuments: qrels.relevantDocuments, configuration: configuration)
  }

  /// Reads several collections to be measured together, each named after its folder.
  ///
  /// Documents and queries without text are left out, as in NanoBEIR.
  ///
  /// - Parameters:
  ///   - folders: one for each collection.
  ///   - split: the judgments to use; `test` by default.
  ///   - name: what the collections are called together; `NanoBEIR` by default.
  ///   - configuration: what is measured; its name is not used.
  ///   - progress: receives the number of documents read; nil reports nothing.
  /// - Returns: an evaluator that joins the numbers of all collections.
  /// - Throws: ``DataError`` when a piece is missing or broken; `EvaluationError` when folders have
  ///   the same name or the configuration makes no sense; `CancellationError` when the task was
  ///   cancelled.
  public static func makeEvaluator(
    folders: [URL], split: String = "test", name: String = "NanoBEIR",
    configuration: InformationRetrievalEvaluator.Configuration = .init(),
    progress: ProgressReporter? = nil
  ) throws -> CollectionsEvaluator {
    let limit = configuration.maxActiveDimensions.map { "_\($0)" } ?? ""
    let evaluators = try folders.map { folder in
      let collection = try BEIRCollection(folder: folder)
      let qrels = try collection.qrels(split: split)
      var configuration = configuration
      configuration.name = folder.lastPathComponent + limit
      return try InformationRetrievalEvaluator(
        queries: collection.loadQueries(judgedIn: qrels).filter { !$0.text.isEmpty },
        corpus: collection.loadDocuments(progress: progress).filter { !$0.content.isEmpty },
        relevantDocuments: qrels.relevantDocuments, configuration: configuration)
    }
    return try CollectionsEvaluator(evaluators, name: name)
  }

  private static func file(_ name: String, in folder: URL) throws(DataError) -> URL {
    let candidates = ["\(name).jsonl", "\(name).jsonl.gz"].map(folder.appendingPathComponent)
    for candidate in candidates where FileManager.default.fileExists(atPath: candidate.path) {
      return candidate
    }
    throw DataError(
      .missing,
      "There is neither '\(name).jsonl' nor '\(name).jsonl.gz' in this folder; a BEIR collection has 'corpus.jsonl', 'queries.jsonl' and 'qrels/*.tsv'.",
      at: FileLocation(path: folder.path))
  }
}
