package import Foundation
package import SparrowCore

/// The shape of a linear map after pooling, as the stage's `config.json` describes it.
public struct DenseLayerConfiguration: Sendable, Hashable {
  /// What follows the linear map; the spellings are the reference's class names.
  public enum Activation: String, Sendable, Hashable, CaseIterable {
    /// Nothing.
    case identity = "torch.nn.modules.linear.Identity"
    /// The hyperbolic tangent.
    case tanh = "torch.nn.modules.activation.Tanh"
    /// max(x, 0).
    case relu = "torch.nn.modules.activation.ReLU"
    /// GELU by the error function.
    case gelu = "torch.nn.modules.activation.GELU"
    /// 1 / (1 + e⁻ˣ).
    case sigmoid = "torch.nn.modules.activation.Sigmoid"
  }

  /// The size of the vectors that go in.
  public let inputDimension: Int
  /// The size of the vectors that come out.
  public let outputDimension: Int
  /// Whether the map has a bias.
  public let hasBias: Bool
  /// What follows the map.
  public let activation: Activation

  /// Reads a stage's folder.
  ///
  /// - Parameters:
  ///   - folder: holds `config.json`.
  ///   - width: the size of the vectors that go in, which the file must agree with.
  /// - Throws: ``ModelError`` naming the key that is wrong.
  package init(folder: URL, width: Int) throws {
    let url = folder.appendingPathComponent("config.json")
    guard let object = try JSONValue(contentsOf: url).object else {
      throw ModelError(
        .invalidConfiguration, "Expected an object.", at: FileLocation(path: url.path))
    }
    let reader = ConfigurationReader(object: object, path: url.path)
    inputDimension = try reader.int("in_features", default: 0, in: 0...Int.max)
    guard inputDimension == width else {
      throw reader.wrong(
        "in_features", "the size of the stage before, \(width)", .integer(Int64(inputDimension)))
    }
    guard try !reader.bool("use_residual", default: false) else {
      throw ModelError(
        .unsupported, "Dense stages with a residual connection are not known.",
        at: FileLocation(path: url.path, item: "use_residual"))
    }
    outputDimension = try reader.int("out_features", default: 0, in: 1...(1 << 24))
    hasBias = try reader.bool("bias", default: true)
    activation = try reader.choice("activation_function", default: .tanh)
  }

  /// The stage's `config.json` as the reference writes it.
  package var json: JSONValue {
    [
      "in_features": .integer(Int64(inputDimension)),
      "out_features": .integer(Int64(outputDimension)),
      "bias": .bool(hasBias), "activation_function": .string(activation.rawValue),
      "module_input_name": "sentence_embedding", "module_output_name": "sentence_embedding",
    ]
  }
}
