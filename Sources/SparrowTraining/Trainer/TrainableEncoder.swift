public import Foundation
public import SparrowModels
public import SparrowNN
public import SparrowTensor
public import SparrowText

/// The tokens of one column of a batch, and the way they take through a router.
public struct EncoderColumn: Sendable, Hashable {
  /// The tokens of all rows.
  public var tokens: TokenBatch
  /// The route, nil for the default one or when there is no router.
  public var route: String?

  /// Makes a column.
  public init(tokens: TokenBatch, route: String? = nil) {
    self.tokens = tokens
    self.route = route
  }
}

/// Turns texts into tokens, on any thread.
public typealias TrainingTokenizer = @Sendable (_ texts: [String]) throws -> TokenBatch

/// An encoder that ``Trainer`` can train.
public protocol TrainableEncoder: AnyObject {
  /// All parameters, under the names they have within the whole model.
  var namedParameters: [NamedParameter] { get }
  /// The names of the routes texts can take; empty without a router.
  var routeNames: [String] { get }

  /// What turns the texts of a route into tokens; it adds no prompt.
  ///
  /// - Throws: an error when there is no such route.
  func trainingTokenizer(route: String?) throws -> TrainingTokenizer

  /// The embeddings of several columns, each `[batch, vocabulary]` float32, recorded when gradients
  /// are on.
  ///
  /// Several columns go through in one pass, so that no row has to be padded to another's length.
  /// Nothing is dropped when `dropout` is nil.
  func trainingForward(
    _ columns: [EncoderColumn], precision: ComputePrecision, dropout: DropoutStream?
  ) throws -> [Tensor]

  /// What an autoencoder made of a column, for losses that train one; recorded when gradients are on.
  ///
  /// - Throws: an error when the encoder has no autoencoder, which is what encoders do unless they say
  ///   otherwise.
  func trainingReconstruction(
    _ column: EncoderColumn, precision: ComputePrecision, dropout: DropoutStream?
  ) throws -> SparseAutoEncoder.Reconstruction

  /// The numbers that a cross-encoder gives pairs of texts before any activation, `[pairs, labels]`;
  /// recorded when gradients are on.
  ///
  /// - Throws: an error when the encoder gives embeddings instead, which is what encoders do unless they
  ///   say otherwise.
  func trainingScores(
    _ pairs: [(query: Int, document: Int)], queries: TokenBatch, documents: TokenBatch,
    precision: ComputePrecision, dropout: DropoutStream?
  ) throws -> Tensor

  /// Writes the whole model into a folder.
  func save(to folder: URL) throws

  /// Takes over the parameters' values of a folder that ``save(to:)`` wrote.
  func restoreParameters(from folder: URL) throws
}

extension TrainableEncoder {
  /// Says that there is no autoencoder.
  public func trainingReconstruction(
    _ column: EncoderColumn, precision: ComputePrecision, dropout: DropoutStream?
  ) throws -> SparseAutoEncoder.Reconstruction {
    throw TrainingError(
      .invalidArgument,
      "CSRLoss trains models with a sparse autoencoder, and this model has none. Start from a dense encoder, or take SpladeLoss."
    )
  }

  /// Says that there are embeddings.
  public func trainingScores(
    _ pairs: [(query: Int, document: Int)], queries: TokenBatch, documents: TokenBatch,
    precision: ComputePrecision, dropout: DropoutStream?
  ) throws -> Tensor {
    throw TrainingError(
      .invalidArgument,
      "The loss trains cross-encoders, which score pairs, and this model gives embeddings. Load it as a cross-encoder, or take SpladeLoss or CSRLoss."
    )
  }
}
