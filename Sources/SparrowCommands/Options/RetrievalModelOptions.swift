import ArgumentParser
import SparrowCore
import SparrowIndex

/// The options of commands that search with a model or with BM25.
struct RetrievalModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("A model folder, owner/name on the Hub, or bm25.", valueName: "dir|bm25"))
  var model: String

  @OptionGroup var encoding: EncodingArguments
  @OptionGroup var bm25: BM25Options

  /// The options of a model, for commands in which it may be left out.
  init(model: String, _ encoding: EncodingArguments, _ bm25: BM25Options) {
    self.model = model
    self.encoding = encoding
    self.bm25 = bm25
  }

  init() {}

  /// Whether the model is BM25, fitted to the collection.
  var isBM25: Bool { model == BM25Options.modelName }

  func validate() throws {
    if isBM25, encoding.maxLength != nil {
      throw ValidationError("--max-length is for models that read tokens; BM25 reads whole texts.")
    }
  }

  /// Loads the model, or fits BM25 to the documents.
  func makeEncoder(
    for documents: [Document], _ context: CommandContext, _ progress: ProgressDisplay
  ) throws -> any SparseEncoding {
    guard isBM25 else { return try encoding.loadEncoder(model, context) }
    return try BM25Encoder(
      fitting: documents.lazy.map(\.content), configuration: bm25.configuration,
      progress: progress.reporter)
  }
}
