import Foundation
import SparrowCore
public import SparrowModelFiles
public import SparrowNN
public import SparrowTensor

/// Turns dense vectors into sparse ones whose few active latents can rebuild them.
///
/// `a = (x - preBias) · Wᵀ + latentBias`; the `k` largest `a` are kept where they are above 0, and
/// `z · W + preBias` rebuilds `x`: decoder and encoder share `W`. The latents have no names.
/// Source: Wen et al. 2025 (arXiv 2503.01776), after Gao et al. 2024 (arXiv 2406.04093).
public final class SparseAutoEncoder {
  /// Sizes and training settings.
  public let configuration: SparseAutoEncoderConfiguration
  /// Subtracted before the map and added after the way back, `[input]`.
  public let preBias: Parameter
  /// The threshold of each latent, `[latents]`.
  public let latentBias: Parameter
  /// The map there, and transposed the way back, `[latents, input]`.
  public let weight: Parameter
  /// For each latent the number of selections since it was last active, counted in training.
  public var stepsSinceActive: [Int64]

  /// Makes an autoencoder of given parameters.
  ///
  /// - Throws: `ModelError.Code.invalidArgument` when more latents are to be kept than there are.
  package init(
    _ configuration: SparseAutoEncoderConfiguration, preBias: Parameter, latentBias: Parameter,
    weight: Parameter, stepsSinceActive: [Int64]
  ) throws(ModelError) {
    for (name, count) in [
      ("k", configuration.activeCount), ("k_aux", configuration.auxiliaryCount),
    ] where count > configuration.latentCount {
      throw ModelError(
        .invalidArgument,
        "A sparse autoencoder with \(configuration.latentCount) latents cannot keep \(count) of them (\(name))."
      )
    }
    self.configuration = configuration
    self.preBias = preBias
    self.latentBias = latentBias
    self.weight = weight
    self.stepsSinceActive = stepsSinceActive
  }

  /// Makes a fresh autoencoder: the map uniform in ±1/√input, biases 0.
  ///
  /// - Throws: `ModelError.Code.invalidArgument` when more latents are to be kept than there are.
  public convenience init(_ configuration: SparseAutoEncoderConfiguration) throws {
    let bound = 1 / Double(configuration.inputDimension).squareRoot()
    let map = try Tensor.zeros([configuration.latentCount, configuration.inputDimension])
    try map.fillUniform(from: -bound, to: bound)
    try self.init(
      configuration,
      preBias: Parameter(name: "pre_bias", tensor: Tensor.zeros([configuration.inputDimension])),
      latentBias: Parameter(name: "latent_bias", tensor: Tensor.zeros([configuration.latentCount])),
      weight: Parameter(name: "encoder.weight", storedName: Self.storedMapName, tensor: map),
      stepsSinceActive: [Int64](repeating: 0, count: configuration.latentCount))
  }

  /// The sparse vectors of dense ones, recorded when gradients are on.
  ///
  /// - Parameters:
  ///   - input: `[B, input]`.
  ///   - activeCount: how many latents to keep; nil keeps the configured number.
  /// - Returns: `[B, latents]`, never below 0; fewer are above 0 where few pre-activations are.
  /// - Throws: `ModelError.Code.invalidArgument` when there are fewer latents than are to be kept.
  public func callAsFunction(_ input: Tensor, activeCount: Int? = nil) throws -> Tensor {
    let count = activeCount ?? configuration.activeCount
    try checkLatents(count, "k")
    return try largest(count, of: preActivations(prepared(input).input)).latents
  }

  /// Brings rows to mean 0 and deviation 1 when the configuration asks for it.
  func prepared(
    _ input: Tensor
  ) throws(TensorError) -> (input: Tensor, mean: Tensor?, deviation: Tensor?) {
    guard configuration.normalizesInput else { return (input, nil, nil) }
    let mean = try input.mean(-1, keepsDimensions: true)
    let centred = try input - mean
    // The deviation divides by n - 1.
    let deviation = try centred.standardDeviation(-1, keepsDimensions: true)
    return (try centred / (deviation + Self.smallestDeviation), mean, deviation)
  }

  /// The value of every latent before selection, `[B, latents]`.
  func preActivations(_ prepared: Tensor) throws(TensorError) -> Tensor {
    try (prepared - preBias.tensor).linear(weight: weight.tensor, bias: latentBias.tensor)
  }

  /// Keeps the largest values of each row by sign, and of these the ones above 0.
  func largest(
    _ count: Int, of values: Tensor
  ) throws(TensorError) -> (latents: Tensor, values: Tensor, indices: Tensor) {
    let top = try values.largest(count)
    let zeros = try Tensor.zeros(values.shape, dtype: values.dtype).to(values.device)
    let latents = try zeros.scattering(top.values, at: top.indices, along: -1).relu()
    return (latents, top.values, top.indices)
  }

  /// Rebuilds dense vectors without undoing the preparation, `[B, input]`.
  func decoded(_ latents: Tensor) throws(TensorError) -> Tensor {
    try latents.matmul(weight.tensor) + preBias.tensor
  }

  func checkLatents(_ count: Int, _ name: String) throws(ModelError) {
    guard count <= configuration.latentCount else {
      throw ModelError(
        .invalidArgument,
        "The autoencoder has \(configuration.latentCount) latents, and \(count) are to be kept (\(name)); choose fewer."
      )
    }
  }

  private static let smallestDeviation = 1e-5
}
