import SparrowCore
import SparrowTraining

/// Loads what searches and judges.
enum MiningModel {
  /// What searches: BM25, or a model's folder.
  static func search(
    _ name: String, _ encoding: EncodingArguments, _ context: CommandContext
  ) throws -> any CandidateSearch {
    guard name != BM25Options.modelName else { return BM25Search() }
    return try EncoderSearch(encoding.loadEncoder(name, context))
  }

  /// What judges: a model's folder.
  static func scorer(
    _ name: String, _ encoding: EncodingArguments, _ context: CommandContext
  ) throws -> any RelevanceScorer {
    guard name != BM25Options.modelName else {
      throw CommandError(
        .usage, "BM25 is fitted to what is searched and judges nothing else; name a model.")
    }
    return try EncoderSearch(encoding.loadEncoder(name, context))
  }
}
