package import SparrowCore

/// The shape of a sparse autoencoder and how it is trained.
public struct SparseAutoEncoderConfiguration: Sendable, Hashable {
  /// The size of the dense vectors that go in.
  public var inputDimension: Int
  /// The number of latents, which is the size of the sparse vectors.
  public var latentCount = 512
  /// How many latents of a text are kept ("k").
  public var activeCount = 8
  /// How many latents that have long been silent must explain the rest of a text in training
  /// ("k_aux"); 0 for none.
  public var auxiliaryCount = 512
  /// Whether vectors are brought to mean 0 and deviation 1 first.
  public var normalizesInput = false
  /// After so many selections without it a latent counts as dead.
  public var deadThreshold = 30

  /// Makes the reference's default shape for an input size: 512 latents, 8 active.
  public init(inputDimension: Int) { self.inputDimension = inputDimension }

  /// The shape that a dense encoder gets when it becomes a sparse one: 4 latents for each dimension,
  /// a quarter of the dimensions active, half of them auxiliary.
  public static func standard(inputDimension: Int) -> SparseAutoEncoderConfiguration {
    var configuration = SparseAutoEncoderConfiguration(inputDimension: inputDimension)
    configuration.latentCount = 4 * inputDimension
    configuration.activeCount = max(1, inputDimension / 4)
    configuration.auxiliaryCount = inputDimension / 2
    return configuration
  }

  /// Reads the stage's `config.json`; unknown keys are errors.
  ///
  /// - Throws: ``ModelError`` naming the key that is wrong.
  package init(_ object: JSONObject, path: String) throws(ModelError) {
    let known = ["input_dim", "hidden_dim", "k", "k_aux", "normalize", "dead_threshold"]
    if let unknown = object.keys.first(where: { !known.contains($0) }) {
      throw ModelError(
        .invalidConfiguration,
        "Unknown key; SparseAutoEncoder knows \(known.joined(separator: ", ")).",
        at: FileLocation(path: path, item: unknown))
    }
    let reader = ConfigurationReader(object: object, path: path)
    let sizes = 1...(1 << 24)
    guard object["input_dim"]?.isNull == false else {
      throw ModelError(
        .invalidConfiguration, "SparseAutoEncoder needs the size of its input.",
        at: FileLocation(path: path, item: "input_dim"))
    }
    self.init(inputDimension: try reader.int("input_dim", default: 1, in: sizes))
    latentCount = try reader.int("hidden_dim", default: latentCount, in: sizes)
    activeCount = try reader.int("k", default: activeCount, in: sizes)
    auxiliaryCount = try reader.int("k_aux", default: auxiliaryCount, in: 0...sizes.upperBound)
    normalizesInput = try reader.bool("normalize", default: false)
    deadThreshold = try reader.int("dead_threshold", default: deadThreshold, in: 0...Int.max)
  }

  /// The stage's `config.json` as the reference writes it.
  package var json: JSONValue {
    [
      "input_dim": .integer(Int64(inputDimension)), "hidden_dim": .integer(Int64(latentCount)),
      "k": .integer(Int64(activeCount)), "k_aux": .integer(Int64(auxiliaryCount)),
      "normalize": .bool(normalizesInput), "dead_threshold": .integer(Int64(deadThreshold)),
    ]
  }
}
