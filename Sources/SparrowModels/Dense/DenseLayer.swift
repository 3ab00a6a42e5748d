import Foundation
import SparrowCore
public import SparrowModelFiles
public import SparrowNN
public import SparrowTensor

/// A linear map with an activation after pooling, which changes the size of dense vectors.
///
/// Reference class: `Dense`.
public final class DenseLayer {
  /// The map's shape and what follows it.
  public let configuration: DenseLayerConfiguration
  /// The map.
  public let linear: Linear

  private let registry: ParameterRegistry

  /// Reads a stage's folder.
  ///
  /// - Parameters:
  ///   - folder: holds `config.json` and `model.safetensors`.
  ///   - width: the size of the vectors that go in, which the file must agree with.
  /// - Throws: `ModelError`, `ModuleError` or `TensorError` saying what is missing or wrong, and
  ///   where.
  init(folder: URL, width: Int) throws {
    configuration = try DenseLayerConfiguration(folder: folder, width: width)
    registry = ParameterRegistry(source: try WeightFiles(folder: folder, basePrefix: nil))
    linear = try Linear(
      ParameterScope(registry).child("linear"), inputs: width,
      outputs: configuration.outputDimension, hasBias: configuration.hasBias)
  }

  /// The size of the vectors that come out.
  public var dimension: Int { configuration.outputDimension }

  /// Maps `[B, inputs]` to `[B, outputs]`.
  public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
    let output = try linear(input)
    switch configuration.activation {
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
    try AtomicFile.write(
      configuration.json.data(JSONFormat(indent: 4)),
      to: folder.appendingPathComponent("config.json"))
    try SafetensorsWriter.write(
      registry.parameters.map { ($0.storedName, $0.tensor) },
      to: folder.appendingPathComponent("model.safetensors"))
  }
}
