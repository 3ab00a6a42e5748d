import ArgumentParser
import Foundation
import SparrowCore
import SparrowData
import SparrowIndex
import SparrowRetrieval

/// `sparrow search`: finds documents of a collection and shows why they match.
struct SearchCommand: ContextualCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Search a collection and show which terms made each hit match.",
    discussion: """
      The collection is a folder with corpus.jsonl (or .jsonl.gz), lines {"_id", "title"?, "text"}. \
      Its documents are encoded each time, unless --index names a folder to keep them in; they are \
      encoded again when the model, the collection or a setting has changed.

      EXAMPLES:
        sparrow search --model .models/splade-tiny --collection scifact "statins and cancer"
        sparrow search --model out --collection mine --index mine-index --top 3 --json "lost key"
        sparrow search --model bm25 --collection scifact "statins and cancer"
      """)

  @OptionGroup var model: RetrievalModelOptions

  @Option(help: ArgumentHelp("A folder in BEIR's layout.", valueName: "dir"))
  var collection: String

  @Option(
    help: ArgumentHelp(
      "Keep the encoded documents in this folder, and use them.", valueName: "dir"))
  var index: String?

  @Option(help: ArgumentHelp("How many documents to show.", valueName: "n"))
  var top = 10

  @OptionGroup var common: CommonOptions

  @Argument(help: ArgumentHelp("What to look for.", valueName: "query"))
  var query: String

  func validate() throws {
    guard top >= 1 else { throw ValidationError("--top must be at least 1; found \(top).") }
    if index != nil, model.isBM25 {
      throw ValidationError("--index is for models; BM25 is counted in a moment each time.")
    }
  }

  func run(in context: CommandContext) throws {
    try common.apply()
    let progress = ProgressDisplay(context, isQuiet: common.quiet)
    defer { progress.finish() }
    let retriever = try makeRetriever(context, progress)
    progress.finish()
    let options = model.encoding.options()
    let hits = try retriever.search(query, count: top, options: options)
    if common.json {
      try context.print(json(hits))
    } else {
      try context.output.write(
        HitReport(style: context.style).text(hits, of: retriever.snapshot.documentCount))
    }
  }

  private func makeRetriever(
    _ context: CommandContext, _ progress: ProgressDisplay
  ) throws -> Retriever {
    let places = NamedFolders(context, progress: progress.reporter)
    let folder = try places.dataset(collection)
    let documents =
      index == nil
      ? try BEIRCollection(folder: folder).loadDocuments(progress: progress.reporter) : []
    let encoder = try model.makeEncoder(for: documents, context, progress)
    if encoder.similarity != .dot {
      context.warn(
        "This model compares by \(encoder.similarity.rawValue); the search ranks by dot product.")
    }
    guard let index else {
      return try Retriever(
        encoder: encoder, documents: documents, options: model.encoding.options(progress.reporter))
    }
    let kept = KeptIndex(
      folder: URL(fileURLWithPath: index), collection: folder, model: model,
      modelFolder: try places.model(model.model))
    return try Retriever(encoder: encoder, snapshot: kept.snapshot(encoder, context, progress))
  }

  private func json(_ hits: [RetrievedDocument]) -> JSONValue {
    [
      "query": .string(query),
      "hits": .array(
        hits.map { hit in
          [
            "id": .string(hit.id.rawValue), "score": .number(hit.score),
            "title": .string(hit.document?.title ?? ""),
            "text": .string(hit.document?.text ?? ""),
            "matching_terms": .array(hit.terms.map(\.json)),
          ]
        }),
    ]
  }
}
