import ArgumentParser
import Foundation
import SparrowCore
import SparrowData
import SparrowIndex
import SparrowModels
import SparrowRetrieval

/// `sparrow search`: finds documents of an index or a collection and shows why they match.
struct SearchCommand: ContextualCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Search an index or a collection and show which terms made each hit match.",
    discussion: """
      --index alone searches an index of sparrow index build, which knows its model. --collection and \
      --model search a folder with corpus.jsonl (or .jsonl.gz), whose documents are encoded each \
      time, unless --index names a folder to keep them in; they are encoded again when the model, the \
      collection or a setting has changed. --collection and --retriever search it by a pipeline of \
      several stages, and show the way of each hit through it (docs/retrieval.md); --cache keeps \
      their documents' vectors.

      A filter compares fields: lang=en, lang=en,de, lang!=en, year>=2020 (also > < <=), or a name \
      alone for documents that have the field; joined by and, or, not and parentheses. Values with \
      spaces stand in quotes.

      EXAMPLES:
        sparrow search --index docs "statins and cancer"
        sparrow search --index docs --filter "lang=en and year>=2020" --json "statins and cancer"
        sparrow search --index docs --queries queries.jsonl --top 100 --run out.trec
        sparrow search --model .models/splade-tiny --collection scifact "statins and cancer"
        sparrow search --model bm25 --collection scifact "statins and cancer"
        sparrow search --retriever Examples/hybrid.yaml --collection mine --cache vectors "lost key"
      """)

  @Option(
    help: ArgumentHelp(
      "A model folder, owner/name on the Hub, or bm25; an index of its own needs none.",
      valueName: "dir|bm25"))
  var model: String?

  @OptionGroup var pipeline: RetrieverOption
  @OptionGroup var encoding: EncodingArguments
  @OptionGroup var bm25: BM25Options

  @Option(help: ArgumentHelp("A folder in BEIR's layout.", valueName: "dir"))
  var collection: String?

  @Option(
    help: ArgumentHelp(
      "An index; with --collection, the folder to keep encoded documents in.", valueName: "dir"))
  var index: String?

  @Option(help: ArgumentHelp("How many documents to show.", valueName: "n"))
  var top = 10

  @Option(help: ArgumentHelp("Show only documents that pass.", valueName: "condition"))
  var filter: String?

  @Flag(help: "Search faster and possibly miss a hit; scores stay exact.")
  var approximate = false

  @Option(
    help: ArgumentHelp(
      "Search for each line of a file, {\"_id\", \"text\"} or plain text; - is the standard input.",
      valueName: "file"))
  var queries: String?

  @Option(
    help: ArgumentHelp("Write the hits of --queries here, as TREC does.", valueName: "file"))
  var run: String?

  @OptionGroup var cache: CacheOptions
  @OptionGroup var common: CommonOptions

  @Argument(help: ArgumentHelp("What to look for.", valueName: "query"))
  var query: String?

  func validate() throws {
    guard top >= 1 else { throw ValidationError("--top must be at least 1; found \(top).") }
    guard (query == nil) != (queries == nil) else {
      throw ValidationError("Give either one query or a file of them with --queries.")
    }
    guard (queries == nil) == (run == nil) else {
      throw ValidationError("--queries and --run go together: a file of queries and one for hits.")
    }
    try pipeline.validate(cache)
    if pipeline.recipe != nil {
      return try pipeline.validate(
        model: model, collection: collection, index: index, encoding, bm25)
    }
    guard let collection else { return try validateIndexAlone() }
    guard let model else {
      throw ValidationError("--collection '\(collection)' needs --model to encode its documents.")
    }
    if index != nil, model == BM25Options.modelName {
      throw ValidationError(
        "--index with --collection is for models; BM25 is counted in a moment each time. sparrow index build --model bm25 makes an index to keep."
      )
    }
    try RetrievalModelOptions(model: model, encoding, bm25).validate()
  }

  private func validateIndexAlone() throws {
    guard index != nil else {
      throw ValidationError(
        "There is nothing to search. Name an index with --index, or a folder with --collection.")
    }
    guard encoding.maxLength == nil, encoding.maxActive == nil, encoding.precision == .float32
    else {
      throw ValidationError(
        "--precision, --max-length and --max-active are those that the index was built with; leave them out."
      )
    }
  }

  func run(in context: CommandContext) throws {
    try common.apply()
    let progress = ProgressDisplay(context, isQuiet: common.quiet)
    defer { progress.finish() }
    var options = SearchOptions(
      count: top, filter: try filter.map { try DocumentFilter(parsing: $0) })
    let retriever = try makeRetriever(context, progress)
    if approximate {
      let calibration = retriever.stages.lazy.compactMap { $0.snapshot?.calibration }.first
      options.mode = .approximate(calibration?.search ?? ApproximateSearch())
    }
    progress.finish()
    if let queries, let run {
      try QueryRun(
        retriever: retriever, options: options, threadCount: common.threads
      ).write(queries, to: run, context, progress, isJSON: common.json)
    } else if let query {
      try search(query, retriever, options, context)
    }
  }

  private func search(
    _ query: String, _ retriever: Retriever, _ options: SearchOptions, _ context: CommandContext
  ) throws {
    let (hits, times) = try retriever.timedSearch(query, options: options)
    let report = HitReport(style: context.style)
    if common.json {
      try context.print(report.json(hits, of: query, times))
    } else {
      try context.output.write(
        report.text(hits, of: retriever.documentCount, isFiltered: options.filter != nil))
      guard !common.quiet else { return }
      let reranking =
        retriever.reranking == nil
        ? "" : ", reranked in \(NumberText.milliseconds(times.reranking))"
      context.tell(
        context.errorStyle.dim(
          "\(NumberText.count(retriever.documentCount)) documents; encoded in \(NumberText.milliseconds(times.encodingTotal)), searched in \(NumberText.milliseconds(times.searchTotal))\(reranking)"
        ))
    }
  }

  /// What searches.
  private func makeRetriever(
    _ context: CommandContext, _ progress: ProgressDisplay
  ) throws -> Retriever {
    let places = NamedFolders(context, progress: progress.reporter)
    if let recipe = pipeline.recipe, let collection {
      let documents = try BEIRCollection(folder: places.dataset(collection))
        .loadDocuments(progress: progress.reporter)
      return try RetrieverFile(recipe, places).makeRetriever(documents, cache, context, progress)
    }
    guard let collection, let model else { return try openIndex(context, progress) }
    let options = RetrievalModelOptions(model: model, encoding, bm25)
    let folder = try places.dataset(collection)
    let documents =
      index == nil
      ? try BEIRCollection(folder: folder).loadDocuments(progress: progress.reporter) : []
    let encoder = try options.makeEncoder(for: documents, context, progress)
    context.warnUnlessDotProduct(encoder)
    guard let index else {
      return try Retriever(
        encoder: encoder, documents: documents, options: encoding.options(progress.reporter))
    }
    let kept = KeptIndex(
      folder: URL(fileURLWithPath: index), collection: folder, model: options,
      modelFolder: try places.model(model))
    return try Retriever(
      encoder: encoder, snapshot: kept.snapshot(encoder, context, progress),
      options: encoding.options())
  }

  /// Opens an index that knows its model; `--model` says where that is now.
  private func openIndex(
    _ context: CommandContext, _ progress: ProgressDisplay
  ) throws -> Retriever {
    let index = try CollectionIndex(openingAt: URL(fileURLWithPath: index ?? ""))
    var place: URL?
    if let model, model != BM25Options.modelName || index.note.space.encoder != .bm25 {
      place = try NamedFolders(context, progress: progress.reporter).model(model)
    }
    return try index.makeRetriever(model: place)
  }
}

extension CommandContext {
  /// Says so when a model's vectors are not meant to be compared by dot products, as indexes do.
  func warnUnlessDotProduct(_ encoder: any SparseEncoding) {
    guard encoder.similarity != .dot else { return }
    warn(
      "This model compares by \(encoder.similarity.rawValue); the search ranks by dot product.")
  }
}
