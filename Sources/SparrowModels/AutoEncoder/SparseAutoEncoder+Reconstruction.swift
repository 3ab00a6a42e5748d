import SparrowModelFiles
import SparrowNN
public import SparrowTensor

extension SparseAutoEncoder {
  /// What a training step needs: the sparse vectors, and what three selections of latents rebuild.
  public struct Reconstruction {
    /// The dense vectors themselves, `[B, input]`.
    public let input: Tensor
    /// The value of every latent before selection, `[B, latents]`.
    public let preActivations: Tensor
    /// The sparse vectors: the `k` largest latents, `[B, latents]`.
    public let latents: Tensor
    /// The `4k` largest latents.
    public let widerLatents: Tensor
    /// The largest latents among the dead ones; nil when none are asked for.
    public let auxiliaryLatents: Tensor?
    /// What the `k` latents rebuild, `[B, input]`.
    public let rebuilt: Tensor
    /// What the `4k` latents rebuild.
    public let widerRebuilt: Tensor
    /// What the dead latents rebuild, which is to be the rest that ``rebuilt`` lacks.
    public let auxiliaryRebuilt: Tensor?
    /// ``rebuilt`` without the bias.
    public let rebuiltWithoutBias: Tensor
  }

  /// A latent of at least this value has been active.
  private static let activityThreshold = 1e-5

  /// Encodes and rebuilds dense vectors.
  ///
  /// While gradients are recorded it counts which latents are active, twice as in the reference: for
  /// `k` and for `4k`; those silent for more than the threshold after the first count are dead.
  ///
  /// - Parameter input: `[B, input]`.
  /// - Returns: the sparse vectors and everything rebuilt from them.
  /// - Throws: `ModelError.Code.invalidArgument` when there are fewer than `4k` latents.
  public func reconstruct(_ input: Tensor) throws -> Reconstruction {
    try checkLatents(4 * configuration.activeCount, "4k, which training needs")
    let (prepared, mean, deviation) = try prepared(input)
    let values = try preActivations(prepared)
    let narrow = try largest(configuration.activeCount, of: values)
    try count(narrow.values, narrow.indices)
    let auxiliaryLatents = try auxiliary(values)
    let wide = try largest(4 * configuration.activeCount, of: values)
    try count(wide.values, wide.indices)

    func restored(_ rebuilt: Tensor) throws -> Tensor {
      guard let mean, let deviation else { return rebuilt }
      return try rebuilt * deviation + mean
    }
    let rebuilt = try restored(decoded(narrow.latents))
    var bias = preBias.tensor
    var auxiliaryRebuilt = try auxiliaryLatents.map { try decoded($0) }
    if let deviation {
      bias = try bias * deviation
      auxiliaryRebuilt = try auxiliaryRebuilt.map { try $0 * deviation }
    }
    return Reconstruction(
      input: input, preActivations: values, latents: narrow.latents, widerLatents: wide.latents,
      auxiliaryLatents: auxiliaryLatents, rebuilt: rebuilt,
      widerRebuilt: try restored(decoded(wide.latents)), auxiliaryRebuilt: auxiliaryRebuilt,
      rebuiltWithoutBias: try rebuilt - bias)
  }

  /// The largest of the dead latents.
  private func auxiliary(_ values: Tensor) throws -> Tensor? {
    guard configuration.auxiliaryCount > 0 else { return nil }
    let dead = stepsSinceActive.map { $0 > Int64(configuration.deadThreshold) ? Float(1) : 0 }
    let mask = try Tensor(dead).to(values.dtype).to(values.device)
    return try largest(configuration.auxiliaryCount, of: values * mask).latents
  }

  /// Notes which latents were active in one selection.
  private func count(_ values: Tensor, _ indices: Tensor) throws {
    guard isRecordingGradients else { return }
    let values = try values.detached().values(as: Double.self)
    let indices = try indices.values(as: Int64.self)
    for (value, index) in zip(values, indices) where value > Self.activityThreshold {
      stepsSinceActive[Int(index)] = 0
    }
    for index in stepsSinceActive.indices { stepsSinceActive[index] += 1 }
  }
}
