import ArgumentParser
import Foundation
import SparrowCore
import SparrowIndex
import SparrowRetrieval

/// `sparrow index build`: documents in, an index out.
struct IndexBuildCommand: ContextualCommand {
  static let configuration = CommandConfiguration(
    commandName: "build",
    abstract: "Encode documents into an index on disk.",
    discussion: """
      Each line of input is an object {"_id", "title"?, "text"}; of documents with the same _id the \
      last one counts. Other members are kept: words of at most \
      \(CollectionDocument.maximumKeywordByteCount) bytes, lists of them and numbers can be filtered \
      by. With --model bm25 the statistics of the documents are kept in the index, and later \
      documents are weighed by them.

      The index is built beside its place, and there is the old one until the new one is complete, \
      also after Ctrl-C.

      EXAMPLES:
        sparrow index build --index docs --model .models/splade-tiny --input docs.jsonl.gz
        sparrow index build --index docs --model bm25 --collection scifact
        zcat *.jsonl.gz | sparrow index build --index docs --model out --input - --max-length 256
      """)

  @OptionGroup var place: IndexFolderOptions
  @OptionGroup var model: RetrievalModelOptions
  @OptionGroup var documents: DocumentOptions

  @Option(help: "How weights are kept; float16 takes half the space.")
  var weights: WeightPrecision = .float16

  @OptionGroup var cache: CacheOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if model.isBM25, cache.cache != nil {
      throw ValidationError("--cache is for models; BM25 encodes faster than a cache answers.")
    }
    if model.isBM25, documents.isStandardInput {
      throw ValidationError(
        "BM25 reads the documents twice, first to count terms, and the standard input can be read once. Name a file with --input."
      )
    }
  }

  func run(in context: CommandContext) throws {
    try common.apply()
    let progress = ProgressDisplay(context, isQuiet: common.quiet)
    defer { progress.finish() }
    var source = try documents.open(context, progress)
    let cache = try self.cache.open()
    let (encoder, space) = try makeEncoder(context, progress)
    var isFirst = true
    let start = ContinuousClock.now
    let report = try CollectionIndex.build(
      at: place.folder, with: self.cache.encoder(encoder, in: space, cache),
      note: CollectionNote(space: space), precision: weights, progress: progress.reporter,
      documentCount: source.count
    ) { count in
      let documents = try source.next(count)
      if isFirst, documents.isEmpty {
        throw CommandError(
          .invalidData, "The input has no documents, so there is nothing to index.")
      }
      isFirst = false
      return documents
    }
    progress.finish()
    cache?.report(context)
    let repeatedCount = report.readCount - report.documentCount
    if repeatedCount > 0 {
      context.warn(
        repeatedCount == 1
          ? "1 document read has the identifier of a later one, which counts."
          : "\(NumberText.count(repeatedCount)) documents read have the identifiers of later ones, which count."
      )
    }
    try LoadSummary(folder: place.folder, report, since: start).write(
      context, isJSON: common.json)
  }

  private func makeEncoder(
    _ context: CommandContext, _ progress: ProgressDisplay
  ) throws -> (any SparseEncoding, VectorSpace) {
    guard !model.isBM25 else {
      var source = try documents.open(context, progress)
      let texts = DocumentTexts { try source.next($0) }
      let encoder = try BM25Encoder(
        fitting: texts, configuration: model.bm25.configuration, progress: progress.reporter)
      try texts.throwFailure()
      return (encoder, .bm25(maximumActiveDimensions: model.encoding.maxActive))
    }
    let encoder = try model.encoding.loadEncoder(model.model, context)
    context.warnUnlessDotProduct(encoder)
    let folder = try NamedFolders(context).model(model.model)
    return (encoder, try model.encoding.space(of: folder))
  }
}
