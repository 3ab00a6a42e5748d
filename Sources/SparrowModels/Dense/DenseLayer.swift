import Foundation
import SparrowCore
import SparrowModelFiles
public import SparrowNN
public import SparrowTensor

/// A linear map with an activation after pooling, which changes the size of dense vectors.
///
/// Reference class: `Dense`.
public final class DenseLayer {
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

  /// The map.
  public let linear: Linear
  /// What follows it.
  public let activation: Activation

  private let registry: ParameterRegistry

  /// Reads a stage's folder.
  ///
  /// - Parameters:
  ///   - folder: holds `config.json` and `model.safetensors`.
  ///   - width: the size of the vectors that go in, which the file must agree with.
  /// - Throws: ``ModelError``, `ModuleError` or `TensorError` saying what is missing or wrong, and
  ///   where.
  init(folder: URL, width: Int) throws {
    let url = folder.appendingPathComponent("config.json")
    guard let object = try JSONValue(contentsOf: url).object else {
      throw ModelError(
        .invalidConfiguration, "Expected an object.", at: FileLocation(path: url.path))
    }
    let reader = ConfigurationReader(object: object, path: url.path)
    let inputs = try reader.int("in_features", default: 0, in: 0...Int.max)
    guard inputs == width else {
      throw reader.wrong(
        "in_features", "the size of the stage before, \(width)", .integer(Int64(inputs)))
    }
    guard try !reader.bool("use_residual", default: false) else {
      throw ModelError(
        .unsupported, "Dense stages with a residual connection are not known.",
        at: FileLocation(path: url.path, item: "use_residual"))
    }
    let outputs = try reader.int("out_features", default: 0, in: 1...(1 << 24))
    activation = try reader.choice("activation_function", default: .tanh)
    registry = ParameterRegistry(source: try WeightFiles(folder: folder, basePrefix: nil))
    linear = try Linear(
      ParameterScope(registry).child("linear"), inputs: inputs, outputs: outputs,
      hasBias: try reader.bool("bias", default: true))
  }

  /// The size of the vectors that come out.
  public var dimension: Int { linear.weight.tensor.shape[0] }

  /// Maps `[B, inputs]` to `[B, outputs]`.
  public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
    let output = try linear(input)
    switch activation {
    case .identity: return output
    case .tanh: return try output.hyperbolicTangent()
    case .relu: return try output.relu()
    case .gelu: return try output.gelu()
    case .sigmoid: return try output.sigmoid()
    }
  }

  /// The stage for a list of modules.
  var stage: ModelStage {
    ModelStage(
      kind: .dense, identity: ObjectIdentifier(self),
      parameters: registry.parameters.map { NamedParameter(name: $0.name, parameter: $0) },
      write: save)
  }

  private func save(to folder: URL) throws {
    let shape = linear.weight.tensor.shape
    let configuration: JSONValue = [
      "in_features": .integer(Int64(shape[1])), "out_features": .integer(Int64(shape[0])),
      "bias": .bool(linear.bias != nil), "activation_function": .string(activation.rawValue),
      "module_input_name": "sentence_embedding", "module_output_name": "sentence_embedding",
    ]
    try AtomicFile.write(
      configuration.data(JSONFormat(indent: 4)), to: folder.appendingPathComponent("config.json"))
    try SafetensorsWriter.write(
      registry.parameters.map { ($0.storedName, $0.tensor) },
      to: folder.appendingPathComponent("model.safetensors"))
  }
}
