import ArgumentParser
import SparrowIndex

/// The option of commands that search with a pipeline instead of a single model.
struct RetrieverOption: ParsableArguments {
  @Option(
    name: .customLong("retriever"),
    help: ArgumentHelp(
      "Instead of a model, a recipe of stages, their fusion and reranking.",
      valueName: "recipe.yaml"))
  var recipe: String?

  /// Refuses a cache where an index does the same better.
  func validate(_ cache: CacheOptions) throws {
    guard cache.cache == nil || recipe != nil else {
      throw ValidationError(
        "--cache goes with --retriever; a single model's documents are kept by --index.")
    }
  }

  /// Refuses what says the same twice, or what a pipeline cannot use.
  func validate(
    model: String?, collection: String?, index: String?, _ encoding: EncodingArguments,
    _ bm25: BM25Options
  ) throws {
    guard model == nil else {
      throw ValidationError("Give either --model or --retriever.")
    }
    guard collection != nil else {
      throw ValidationError("--retriever needs --collection, whose documents it encodes.")
    }
    guard index == nil else {
      throw ValidationError(
        "--index is for single models; a pipeline keeps its documents' vectors by --cache.")
    }
    guard encoding.isStandard, bm25.configuration == BM25Configuration() else {
      throw ValidationError(
        "With --retriever, the recipe says how models encode and how BM25 weighs; leave these options out."
      )
    }
  }
}
