public import SparrowNN
public import SparrowTensor

/// The BERT encoder over packed texts: embeddings and transformer layers.
///
/// Source: Devlin et al. 2018 (arXiv 1810.04805).
/// Reference behaviour: transformers' `BertModel` in `forward`, without the pooler.
public final class BertEncoder: TransformerEncoder {
  /// The shape of the model.
  public let configuration: BertConfiguration
  /// The word, position and segment tables with their norm.
  public let embeddings: BertEmbeddings
  /// The layers in order.
  public let layers: [BertLayer]

  /// Rows of the word table, `V`.
  public var vocabularySize: Int { configuration.vocabularySize }
  /// Rows of the position table: the longest text in tokens.
  public var maximumTokenCount: Int { configuration.maximumPositionCount }
  /// The number of layers.
  public var layerCount: Int { configuration.layerCount }
  /// Width of the hidden states, `D`.
  public var hiddenSize: Int { configuration.hiddenSize }

  /// Creates the parameters under `embeddings.…` and `encoder.layer.N.…`.
  ///
  /// - Throws: ``ModuleError`` when a parameter is absent or of another shape.
  public init(_ scope: ParameterScope, _ configuration: BertConfiguration) throws {
    self.configuration = configuration
    embeddings = try BertEmbeddings(scope.child("embeddings"), configuration)
    let layerScope = scope.child("encoder").child("layer")
    layers = try (0..<configuration.layerCount).map {
      try BertLayer(layerScope.child("\($0)"), configuration)
    }
  }

  /// The hidden states of the last layer, `[T, D]`, in the given precision.
  ///
  /// - Parameters:
  ///   - tokens: the packed texts.
  ///   - precision: the number format of the computation.
  ///   - dropout: the random stream of a training step; nil drops nothing.
  /// - Returns: one state for each token.
  /// - Throws: `TensorError` when a token, position or segment lies outside its table.
  public func callAsFunction(
    _ tokens: PackedTokens, precision: ComputePrecision, dropout: DropoutStream? = nil
  ) throws(TensorError) -> Tensor {
    var hidden = try embeddings(tokens, precision: precision, dropout: dropout)  // [T, D]
    for layer in layers { hidden = try layer(hidden, tokens, dropout: dropout) }
    return hidden
  }
}

/// The sum of word, position and segment embeddings, normalised.
public final class BertEmbeddings {
  /// The word table, `[V, D]`; the masked-LM head may share it.
  public let word: Embedding
  private let position: Embedding
  private let type: Embedding
  private let norm: LayerNorm
  private let dropoutProbability: Double

  /// Creates the parameters of the three tables and the norm.
  public init(_ scope: ParameterScope, _ configuration: BertConfiguration) throws {
    let width = configuration.hiddenSize
    word = try Embedding(
      scope.child("word_embeddings"), rows: configuration.vocabularySize, width: width)
    position = try Embedding(
      scope.child("position_embeddings"), rows: configuration.maximumPositionCount, width: width)
    type = try Embedding(
      scope.child("token_type_embeddings"), rows: configuration.typeCount, width: width)
    norm = try LayerNorm(
      scope.child("LayerNorm"), width: width, epsilon: configuration.layerNormEpsilon)
    dropoutProbability = configuration.hiddenDropout
  }

  func callAsFunction(
    _ tokens: PackedTokens, precision: ComputePrecision, dropout: DropoutStream?
  ) throws(TensorError) -> Tensor {
    let tables = EmbeddingTables(
      word: word.weight.tensor, position: position.weight.tensor, type: type.weight.tensor,
      normWeight: norm.weight.tensor, normBias: norm.bias.tensor, epsilon: norm.epsilon)
    return try tables.lookUp(
      tokenIDs: tokens.tokenIDs, positions: tokens.positions, typeIDs: tokens.typeIDs,
      dtype: precision.dtype, dropout: dropout?.mask(probability: dropoutProbability))  // [T, D]
  }
}

/// One transformer layer: self-attention and a feed-forward block, each with residual and norm.
public final class BertLayer {
  private let query: Linear
  private let key: Linear
  private let value: Linear
  private let attentionOutput: Linear
  private let attentionNorm: LayerNorm
  private let intermediate: Linear
  private let output: Linear
  private let outputNorm: LayerNorm
  private let configuration: BertConfiguration

  /// Creates the parameters of a layer under the reference's names.
  public init(_ scope: ParameterScope, _ configuration: BertConfiguration) throws {
    self.configuration = configuration
    let width = configuration.hiddenSize
    let epsilon = configuration.layerNormEpsilon
    let attention = scope.child("attention")
    let own = attention.child("self")
    query = try Linear(own.child("query"), inputs: width, outputs: width)
    key = try Linear(own.child("key"), inputs: width, outputs: width)
    value = try Linear(own.child("value"), inputs: width, outputs: width)
    let attentionOutputScope = attention.child("output")
    attentionOutput = try Linear(
      attentionOutputScope.child("dense"), inputs: width, outputs: width)
    attentionNorm = try LayerNorm(
      attentionOutputScope.child("LayerNorm"), width: width, epsilon: epsilon)
    intermediate = try Linear(
      scope.child("intermediate").child("dense"), inputs: width,
      outputs: configuration.intermediateSize)
    let outputScope = scope.child("output")
    output = try Linear(
      outputScope.child("dense"), inputs: configuration.intermediateSize, outputs: width)
    outputNorm = try LayerNorm(outputScope.child("LayerNorm"), width: width, epsilon: epsilon)
  }

  func callAsFunction(
    _ input: Tensor, _ tokens: PackedTokens, dropout: DropoutStream?
  ) throws(TensorError) -> Tensor {
    let width = configuration.hiddenSize / configuration.headCount
    let context = try query(input).packedAttention(
      key: key(input), value: value(input), cumulativeLengths: tokens.cumulativeLengths,
      headCount: configuration.headCount, scale: 1 / Double(width).squareRoot(),
      dropout: dropout?.mask(probability: configuration.attentionDropout))  // [T, D]
    let attended = try attentionNorm(
      attentionOutput.product(context), inputBias: attentionOutput.bias, residual: input,
      dropout: dropout?.mask(probability: configuration.hiddenDropout))
    let inner = try configuration.activation.apply(after: intermediate, to: attended)  // [T, 4D]
    return try outputNorm(
      output.product(inner), inputBias: output.bias, residual: attended,
      dropout: dropout?.mask(probability: configuration.hiddenDropout))
  }
}

extension HiddenActivation {
  /// A linear map and the activation after it; the map's bias is added in the activation's pass
  /// where there is such an operation.
  func apply(after linear: Linear, to input: Tensor) throws(TensorError) -> Tensor {
    switch self {
    case .gelu: try linear.product(input).biasGelu(linear.bias?.tensor)
    case .geluNew, .geluTangent: try linear(input).geluByTangent()
    case .relu: try linear(input).relu()
    }
  }
}
