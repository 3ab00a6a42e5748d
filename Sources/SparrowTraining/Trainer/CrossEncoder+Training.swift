public import Foundation
public import SparrowModels
public import SparrowNN
public import SparrowTensor
public import SparrowText

extension CrossEncoder: TrainableEncoder {
  /// Empty: there is one way through the model.
  public var routeNames: [String] { [] }

  /// Leaves texts whole and without special tokens: they are cut when pairs are made of them.
  public func trainingTokenizer(route: String?) throws -> TrainingTokenizer {
    guard route == nil else {
      throw TrainingError(
        .invalidArgument,
        "A cross-encoder has no routes; found the route '\(route ?? "")'. Leave 'router_mapping' out."
      )
    }
    let tokenizer = transformerStage.tokenizer
    let options = TokenizationOptions(maximumLength: .max, addsSpecialTokens: false)
    return { texts in try tokenizer.encodeBatch(texts, options: options) }
  }

  /// Says that there are no embeddings.
  public func trainingForward(
    _ columns: [EncoderColumn], precision: ComputePrecision, dropout: DropoutStream?
  ) throws -> [Tensor] {
    throw TrainingError(
      .invalidArgument,
      "A cross-encoder scores pairs and has no embeddings. Train it with BinaryCrossEntropyLoss, MultipleNegativesRankingLoss or MSELoss."
    )
  }

  /// The numbers of pairs before the activation, `[pairs, labels]`.
  public func trainingScores(
    _ pairs: [(query: Int, document: Int)], queries: TokenBatch, documents: TokenBatch,
    precision: ComputePrecision, dropout: DropoutStream?
  ) throws -> Tensor {
    let batch = transformerStage.tokenizer.pairing(
      pairs.map { (first: $0.query, second: $0.document) }, of: queries, with: documents,
      options: TokenizationOptions(maximumLength: maximumLength ?? .max))
    return try forward(batch, precision: precision, dropout: dropout)
  }

  /// Copies the values of a saved model of the same shape.
  public func restoreParameters(from folder: URL) throws {
    try namedParameters.takeValues(
      of: CrossEncoder(folder: folder).namedParameters, savedIn: folder)
  }
}
