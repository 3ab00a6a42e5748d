package import SparrowModelFiles
public import SparrowNN
public import SparrowTensor

/// An encoder with a masked-LM head: hidden states that the output layer scores against the
/// vocabulary.
///
/// The logits themselves are left to `SpladePooling`, which never stores them.
///
/// A fresh head passes hidden states on, and the output layer's bias lies `freshThreshold` standard
/// deviations of a logit below zero: with the word table as output layer a text begins with some
/// hundred terms, its own words among the first. Random weights and a bias of 0, with which the
/// reference starts a head, give nearly the whole vocabulary in random order, which costs a training
/// hundreds of steps to undo.
public final class MaskedLanguageHead<Encoder: TransformerEncoder>: MaskedLanguageModel {
  /// The encoder below the head.
  public let encoder: Encoder
  /// The output layer, `[V, D]`: the word table itself when tied.
  public let decoderWeight: Parameter
  /// The bias of the output layer, `[V]`; nil when it has none.
  public let decoderBias: Parameter?

  private let transform: Linear
  private let transformNorm: LayerNorm
  private let activation: HiddenActivation

  /// How far the output layer's bias begins below zero, in lengths of the term's row: normed states
  /// have elements of variance 1, so that a row's length is the deviation of a logit without meaning.
  private static var freshThreshold: Double { 4 }

  /// Creates the head's parameters.
  ///
  /// The output layer's weight and bias are each tied (to the word table and to the head's bias) when
  /// the configuration says so and the file has no different values; different stored values win over
  /// tying, as in the reference.
  ///
  /// - Parameters:
  ///   - scope: the model's outermost names.
  ///   - encoder: the encoder below the head.
  ///   - shape: the family's head.
  ///   - initializesHead: creates a fresh head when the file has none, for starting a sparse model
  ///     from an encoder without one; otherwise an absent head is an error.
  /// - Throws: `ModuleError` when a parameter is absent or of another shape.
  package init(
    _ scope: ParameterScope, _ encoder: Encoder, _ shape: MaskedLanguageHeadShape,
    initializesHead: Bool = false
  ) throws {
    self.encoder = encoder
    activation = shape.activation
    let width = encoder.hiddenSize
    let rows = encoder.vocabularySize
    let dense = scope.child(shape.dense)
    let isFresh = try initializesHead && !dense.contains("weight")
    let normal = Initializer.normal(deviation: shape.initializerRange)
    let tiedBias = try shape.tiedBias.map {
      try scope.parameter($0, shape: [rows], initializer: isFresh ? .zeros : nil)
    }
    transform = try Linear(
      dense, inputs: width, outputs: width, hasBias: shape.hasDenseBias,
      initializer: isFresh ? .identity : nil)
    transformNorm = try LayerNorm(
      scope.child(shape.norm), width: width, epsilon: shape.normEpsilon,
      hasBias: shape.hasNormBias, initializes: isFresh)
    let decoder = scope.child(shape.decoder)
    decoderWeight = try Self.output(
      decoder, "weight", shape: [rows, width],
      tiedTo: shape.isTied ? encoder.wordTable : nil, fresh: normal)
    if !shape.hasDecoderBias {
      decoderBias = nil
    } else if let tiedBias {
      decoderBias = try Self.output(
        decoder, "bias", shape: [rows], tiedTo: shape.isTied ? tiedBias : nil, fresh: .zeros)
    } else {
      decoderBias = try decoder.parameter(
        "bias", shape: [rows], initializer: isFresh ? .zeros : nil)
    }
    guard isFresh, let decoderBias else { return }
    try withoutGradients {
      try decoderBias.tensor.copy(from: decoderWeight.tensor.norm(1) * -Self.freshThreshold)
    }
  }

  /// The states that the output layer multiplies, `[T, D]`.
  public func callAsFunction(
    _ tokens: PackedTokens, precision: ComputePrecision, dropout: DropoutStream? = nil
  ) throws(TensorError) -> Tensor {
    let hidden = try encoder(tokens, precision: precision, dropout: dropout)  // [R, D]
    return try tokens.withoutTail(
      transformNorm(
        activation.apply(after: transform, to: hidden), inputBias: nil, residual: nil))
  }

  private static func output(
    _ scope: ParameterScope, _ name: String, shape: [Int], tiedTo partner: Parameter?,
    fresh: Initializer
  ) throws -> Parameter {
    guard let partner else { return try scope.parameter(name, shape: shape, initializer: fresh) }
    guard let stored = try scope.stored(name), stored.shape == shape,
      try !stored.to(.float32).equals(partner.tensor).all()
    else { return partner }
    return try scope.parameter(name, shape: shape)
  }
}
