public import Foundation
import SparrowCore
public import SparrowModels
public import SparrowNN
public import SparrowTensor
import SparrowText

extension SparseEncoder: TrainableEncoder {
  /// The routes of a router, empty without one.
  public var routeNames: [String] { routes.names }

  /// Cuts texts at the model's maximum length; the model's own prompts are for encoding only.
  public func trainingTokenizer(route: String?) throws -> TrainingTokenizer {
    if let route, routeNames.isEmpty {
      throw TrainingError(
        .invalidArgument,
        "The model has no routes; found the route '\(route)'. Leave 'router_mapping' out.")
    }
    let model = try routes.model(forTask: route)
    let tokenizer = model.tokenizer
    let options = model.tokenizationOptions(task: route)
    return { texts in try tokenizer.encodeBatch(texts, options: options) }
  }

  /// The weights of all columns, those of one route in one packed forward pass.
  public func trainingForward(
    _ columns: [EncoderColumn], precision: ComputePrecision, dropout: DropoutStream?
  ) throws -> [Tensor] {
    try forward(
      columns.map(\.tokens), tasks: columns.map(\.route), precision: precision, dropout: dropout)
  }

  /// The sparse vectors of a column and what they rebuild, for CSR models.
  public func trainingReconstruction(
    _ column: EncoderColumn, precision: ComputePrecision, dropout: DropoutStream?
  ) throws -> SparseAutoEncoder.Reconstruction {
    guard let csr = try routes.model(forTask: column.route) as? CSRModel else {
      throw TrainingError(
        .invalidArgument,
        "CSRLoss trains models with a sparse autoencoder, and this model has none. Start from a dense encoder, or take SpladeLoss."
      )
    }
    return try csr.reconstruct(column.tokens, precision: precision, dropout: dropout)
  }

  /// Copies the values of a saved model of the same shape.
  public func restoreParameters(from folder: URL) throws {
    let saved = try SparseEncoder(folder: folder)
    try namedParameters.takeValues(of: saved.namedParameters, savedIn: folder)
    for (mine, other) in zip(routes.models, saved.routes.models) {
      guard let mine = mine as? CSRModel, let other = other as? CSRModel else { continue }
      mine.autoEncoder.stepsSinceActive = other.autoEncoder.stepsSinceActive
    }
  }
}
