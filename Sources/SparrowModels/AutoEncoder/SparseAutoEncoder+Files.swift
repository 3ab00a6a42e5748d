import Foundation
import SparrowCore
import SparrowModelFiles
import SparrowNN
import SparrowTensor

extension SparseAutoEncoder {
  /// The name under which the map is stored; it is also known as `encoder.weight`.
  static let storedMapName = "decoder.linear.weight"
  private static let mapAlias = "encoder.weight"
  private static let counterName = "stats_last_nonzero"

  /// Reads a stage's folder.
  ///
  /// - Parameters:
  ///   - folder: holds `config.json` and `model.safetensors`.
  ///   - width: the size of the dense vectors, which the file must agree with.
  /// - Throws: `ModelError` or `TensorError` saying what is missing or wrong, and where.
  convenience init(folder: URL, width: Int) throws {
    let configurationURL = folder.appendingPathComponent("config.json")
    guard let object = try JSONValue(contentsOf: configurationURL).object else {
      throw ModelError(
        .invalidConfiguration, "Expected an object.",
        at: FileLocation(path: configurationURL.path))
    }
    let configuration = try SparseAutoEncoderConfiguration(object, path: configurationURL.path)
    guard configuration.inputDimension == width else {
      throw ModelError(
        .invalidConfiguration,
        "Expected the size of the stage before, \(width), found \(configuration.inputDimension).",
        at: FileLocation(path: configurationURL.path, item: "input_dim"))
    }
    let file = try SafetensorsFile(contentsOf: folder.appendingPathComponent("model.safetensors"))
    let maps = [Self.storedMapName, Self.mapAlias].filter { file.entry($0) != nil }
    guard maps.count == 1 else {
      throw ModelError(
        .invalidConfiguration,
        "Expected the autoencoder's map under exactly one of the names \(Self.storedMapName) and \(Self.mapAlias), found \(maps.isEmpty ? "neither" : "both").",
        at: FileLocation(path: file.url.path))
    }
    func tensor(_ name: String, _ shape: [Int]) throws -> Tensor {
      let tensor = try file.tensor(name)
      guard tensor.shape == shape else {
        throw ModelError(
          .invalidConfiguration,
          "The autoencoder's configuration asks for shape \(shape), found \(tensor.shape).",
          at: FileLocation(path: file.url.path, item: name))
      }
      return tensor
    }
    let (inputs, latents) = (configuration.inputDimension, configuration.latentCount)
    try self.init(
      configuration,
      preBias: Parameter(name: "pre_bias", tensor: tensor("pre_bias", [inputs]).to(.float32)),
      latentBias: Parameter(
        name: "latent_bias", tensor: tensor("latent_bias", [latents]).to(.float32)),
      weight: Parameter(
        name: Self.mapAlias, storedName: Self.storedMapName,
        tensor: tensor(maps[0], [latents, inputs]).to(.float32)),
      stepsSinceActive: tensor(Self.counterName, [latents]).values())
  }

  /// The stage for a list of modules.
  var stage: ModelStage {
    ModelStage(
      kind: .sparseAutoEncoder, identity: ObjectIdentifier(self),
      parameters: parameters.map { NamedParameter(name: $0.name, parameter: $0) }, write: save)
  }

  /// The parameters in the reference's order.
  private var parameters: [Parameter] { [preBias, latentBias, weight] }

  private func save(to folder: URL) throws {
    try AtomicFile.write(
      configuration.json.data(JSONFormat(indent: 4)),
      to: folder.appendingPathComponent("config.json"))
    try SafetensorsWriter.write(
      parameters.map { ($0.storedName, $0.tensor) }
        + [(Self.counterName, Tensor(stepsSinceActive))],
      metadata: [Self.mapAlias: Self.storedMapName],
      to: folder.appendingPathComponent("model.safetensors"))
  }
}
