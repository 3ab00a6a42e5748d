public import SparrowNN
public import SparrowTensor

/// BERT with its masked-LM head: hidden states that the output layer scores against the vocabulary.
///
/// The head is `LN(gelu(dense(x)))`, and logits are `head · decoderᵀ + bias`; the logits themselves
/// are left to ``SpladePooling``, which never stores them. Reference: `BertForMaskedLM`.
public final class BertMaskedLanguageModel: MaskedLanguageModel {
  /// The encoder below the head.
  public let encoder: BertEncoder
  /// The output layer, `[V, D]`: the word table itself when tied.
  public let decoderWeight: Parameter
  /// The bias of the output layer, `[V]`.
  public let decoderBias: Parameter

  private let transform: Linear
  private let transformNorm: LayerNorm

  /// Creates the parameters under `bert.…` and `cls.predictions.…`.
  ///
  /// The output layer's weight and bias are each tied (to the word table and to
  /// `cls.predictions.bias`) when the configuration says so and the file has no different values
  /// under `decoder.…`; different stored values win over tying, as in the reference.
  ///
  /// - Parameters:
  ///   - scope: the model's outermost names.
  ///   - configuration: the shape of the model.
  ///   - initializesHead: creates a fresh head when the file has none, for starting a sparse model
  ///     from an encoder without one; otherwise an absent head is an error.
  /// - Throws: ``ModuleError`` when a parameter is absent or of another shape.
  public init(
    _ scope: ParameterScope, _ configuration: BertConfiguration, initializesHead: Bool = false
  ) throws {
    encoder = try BertEncoder(scope.child("bert"), configuration)
    let width = configuration.hiddenSize
    let rows = configuration.vocabularySize
    let predictions = scope.child("cls").child("predictions")
    let isFresh = try initializesHead && !predictions.contains("transform.dense.weight")
    let bias = try predictions.parameter(
      "bias", shape: [rows], initializer: isFresh ? .zeros : nil)
    let transformScope = predictions.child("transform")
    transform = try Linear(
      transformScope.child("dense"), inputs: width, outputs: width,
      initializer: isFresh ? .normal(deviation: configuration.initializerRange) : nil)
    transformNorm = try LayerNorm(
      transformScope.child("LayerNorm"), width: width, epsilon: configuration.layerNormEpsilon,
      initializes: isFresh)
    let decoder = predictions.child("decoder")
    decoderWeight = try Self.output(
      decoder, "weight", shape: [rows, width], tiedTo: encoder.embeddings.word.weight,
      isTied: configuration.tiesWordEmbeddings,
      fresh: .normal(deviation: configuration.initializerRange))
    decoderBias = try Self.output(
      decoder, "bias", shape: [rows], tiedTo: bias, isTied: configuration.tiesWordEmbeddings,
      fresh: .zeros)
  }

  /// The states that the output layer multiplies, `[T, D]`.
  public func callAsFunction(
    _ tokens: PackedTokens, precision: ComputePrecision, dropout: DropoutStream? = nil
  ) throws(TensorError) -> Tensor {
    let hidden = try encoder(tokens, precision: precision, dropout: dropout)  // [T, D]
    let activation = encoder.configuration.activation
    return try transformNorm(
      activation.apply(after: transform, to: hidden), inputBias: nil, residual: nil)
  }

  private static func output(
    _ scope: ParameterScope, _ name: String, shape: [Int], tiedTo partner: Parameter,
    isTied: Bool, fresh: Initializer
  ) throws -> Parameter {
    guard isTied else { return try scope.parameter(name, shape: shape, initializer: fresh) }
    guard let stored = try scope.stored(name), stored.shape == shape,
      try !stored.to(.float32).equals(partner.tensor).all()
    else { return partner }
    return try scope.parameter(name, shape: shape)
  }
}
