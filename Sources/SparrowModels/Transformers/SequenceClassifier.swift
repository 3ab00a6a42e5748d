package import SparrowModelFiles
public import SparrowNN
public import SparrowTensor

/// An encoder with a classification head: a few numbers for each text or pair of texts.
public final class SequenceClassifier {
  /// The encoder below the head.
  public let encoder: any TransformerEncoder
  /// How many numbers a text gets.
  public let labelCount: Int

  private let shape: ClassificationHeadShape
  private let pooling: Pooling
  private let dense: Linear
  private let norm: LayerNorm?
  private let output: Linear

  /// Creates the head's parameters.
  ///
  /// - Parameters:
  ///   - scope: the model's outermost names.
  ///   - encoder: the encoder below the head.
  ///   - shape: the family's head.
  ///   - labelCount: how many numbers a text gets.
  ///   - initializesHead: creates a fresh head when the weights have none; otherwise an absent head is
  ///     an error.
  /// - Throws: `ModuleError` when a parameter is absent or of another shape.
  package init(
    _ scope: ParameterScope, _ encoder: any TransformerEncoder, _ shape: ClassificationHeadShape,
    labelCount: Int, initializesHead: Bool
  ) throws {
    self.encoder = encoder
    self.shape = shape
    self.labelCount = labelCount
    let width = encoder.hiddenSize
    pooling = Pooling(inputDimension: width, modes: [shape.pooling])
    let initializer: Initializer? =
      initializesHead ? .normal(deviation: shape.initializerRange) : nil
    dense = try Linear(
      scope.child(shape.dense), inputs: width, outputs: width, hasBias: shape.hasDenseBias,
      initializer: initializer)
    norm = try shape.norm.map {
      try LayerNorm(
        scope.child($0), width: width, epsilon: shape.normEpsilon, hasBias: shape.hasNormBias,
        initializes: initializesHead)
    }
    output = try Linear(
      scope.child(shape.output), inputs: width, outputs: labelCount, initializer: initializer)
  }

  /// The numbers of each text before any activation, `[B, labels]` float32.
  ///
  /// - Parameters:
  ///   - tokens: the packed texts or pairs.
  ///   - precision: the number format of the encoder's computation; the head computes in float32.
  ///   - dropout: the random stream of a training step; nil drops nothing.
  /// - Returns: one row for each text.
  /// - Throws: `TensorError` when a token lies outside the word table.
  public func callAsFunction(
    _ tokens: PackedTokens, precision: ComputePrecision, dropout: DropoutStream? = nil
  ) throws(TensorError) -> Tensor {
    let states = try encoder(tokens, precision: precision, dropout: dropout)  // [R, D]
    var pooled = try pooling(states, offsets: tokens.offsets)  // [B, D]
    if shape.dropsBeforeDense { pooled = try drop(pooled, dropout) }
    pooled = try shape.activation.apply(to: dense(pooled))
    if let norm { pooled = try norm(pooled) }
    return try output(drop(pooled, dropout))
  }

  private func drop(_ input: Tensor, _ dropout: DropoutStream?) throws(TensorError) -> Tensor {
    try dropout?.drop(input, probability: shape.dropout) ?? input
  }
}
