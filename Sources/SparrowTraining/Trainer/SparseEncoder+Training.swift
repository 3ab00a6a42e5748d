public import Foundation
import SparrowCore
public import SparrowModels
public import SparrowNN
public import SparrowTensor
import SparrowText

extension SparseEncoder: TrainableEncoder {
  /// All parameters, with the stage before their names (`0.model.bert.…`).
  public var namedParameters: [NamedParameter] {
    parameters.map { NamedParameter(name: "0.model." + $0.name, parameter: $0) }
  }

  /// Empty: there is one way through the model.
  public var routeNames: [String] { [] }

  /// Cuts texts at the model's maximum length; the model's own prompts are for encoding only.
  public func trainingTokenizer(route: String?) throws -> TrainingTokenizer {
    if let route {
      throw TrainingError(
        .invalidArgument,
        "The model has no routes; found the route '\(route)'. Leave 'router_mapping' out.")
    }
    let tokenizer = model.tokenizer
    let options = TokenizationOptions(maximumLength: maximumLength ?? .max)
    return { texts in try tokenizer.encodeBatch(texts, options: options) }
  }

  /// The weights of all columns in one packed forward pass.
  public func trainingForward(
    _ columns: [EncoderColumn], precision: ComputePrecision, dropout: DropoutStream?
  ) throws -> [Tensor] {
    try forward(columns.map(\.tokens), precision: precision, dropout: dropout)
  }

  /// Copies the values of a saved model of the same shape.
  public func restoreParameters(from folder: URL) throws {
    let saved = try SparseEncoder(folder: folder)
    let values = Dictionary(
      saved.parameters.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
    for parameter in parameters {
      guard let value = values[parameter.name], value.shape == parameter.tensor.shape else {
        throw TrainingError(
          .invalidCheckpoint,
          "The checkpoint has \(values[parameter.name].map { "shape \($0.shape)" } ?? "nothing") for a parameter of shape \(parameter.tensor.shape); it belongs to another model.",
          at: FileLocation(path: folder.path, item: parameter.name))
      }
      try withoutGradients { try parameter.tensor.copy(from: value) }
      parameter.invalidate()
    }
  }
}
