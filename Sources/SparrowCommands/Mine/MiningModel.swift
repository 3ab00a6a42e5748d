import Foundation
import SparrowCore
import SparrowModels
import SparrowTraining

/// Loads what searches and judges.
enum MiningModel {
  /// What searches: BM25, or a sparse or dense model's folder.
  static func search(
    _ name: String, _ encoding: EncodingArguments, _ context: CommandContext
  ) throws -> any CandidateSearch {
    name == BM25Options.modelName ? BM25Search() : try model(name, encoding, context)
  }

  /// What judges: a sparse, dense or cross-encoder's folder.
  ///
  /// A cross-encoder gives its numbers before the activation, which is what losses of distillation take.
  static func scorer(
    _ name: String, _ encoding: EncodingArguments, _ context: CommandContext
  ) throws -> any RelevanceScorer {
    guard name != BM25Options.modelName else {
      throw CommandError(
        .usage, "BM25 is fitted to what is searched and judges nothing else; name a model.")
    }
    let folder = URL(fileURLWithPath: name)
    guard try CrossEncoder.recognizes(folder) else { return try model(name, encoding, context) }
    let judge = try encoding.loadCrossEncoder(folder, context)
    judge.activation = .identity
    return judge
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
