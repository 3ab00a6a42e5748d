import SparrowCore
import SparrowTraining

/// Loads what searches and judges.
enum MiningModel {
  /// What searches: BM25, or a sparse or dense model's folder.
  static func search(
    _ name: String, _ encoding: EncodingArguments, _ context: CommandContext
  ) throws -> any CandidateSearch {
    name == BM25Options.modelName ? BM25Search() : try model(name, encoding, context)
  }

  /// What judges: a sparse or dense model's folder.
  static func scorer(
    _ name: String, _ encoding: EncodingArguments, _ context: CommandContext
  ) throws -> any RelevanceScorer {
    guard name != BM25Options.modelName else {
      throw CommandError(
        .usage, "BM25 is fitted to what is searched and judges nothing else; name a model.")
    }
    return try model(name, encoding, context)
  }

  private static func model(
    _ name: String, _ encoding: EncodingArguments, _ context: CommandContext
  ) throws -> any CandidateSearch & RelevanceScorer {
    guard let dense = try encoding.loadDenseEncoder(name, context) else {
      return try EncoderSearch(encoding.loadEncoder(name, context))
    }
    return try DenseSearch(dense)
  }
}
