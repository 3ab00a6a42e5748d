public import SparrowModelFiles
public import SparrowNN
public import SparrowTensor

/// The ModernBERT encoder over packed texts: norms before the blocks, rotary positions, local and global
/// attention in turn, and gated feed-forward blocks.
///
/// Source: Warner et al. 2024 (arXiv 2412.13663).
/// Reference behaviour: transformers' `ModernBertModel` in `forward`.
public final class ModernBertEncoder: TransformerEncoder {
  /// The shape of the model.
  public let configuration: ModernBertConfiguration

  private let words: Embedding
  private let embeddingNorm: LayerNorm
  private let layers: [ModernBertLayer]
  private let finalNorm: LayerNorm

  /// Rows of the word table, `V`.
  public var vocabularySize: Int { configuration.vocabularySize }
  /// The longest text in tokens.
  public var maximumTokenCount: Int { configuration.maximumPositionCount }
  /// The number of layers.
  public var layerCount: Int { configuration.layerKinds.count }
  /// Width of the hidden states, `D`.
  public var hiddenSize: Int { configuration.hiddenSize }
  /// The word table, `[V, D]`.
  public var wordTable: Parameter { words.weight }

  /// Creates the parameters under `embeddings.…`, `layers.N.…` and `final_norm`.
  ///
  /// - Throws: `ModuleError` when a parameter is absent or of another shape.
  public init(_ scope: ParameterScope, _ configuration: ModernBertConfiguration) throws {
    self.configuration = configuration
    let width = configuration.hiddenSize
    words = try Embedding(
      scope.child("embeddings.tok_embeddings"), rows: configuration.vocabularySize, width: width)
    func norm(_ name: String) throws -> LayerNorm {
      try LayerNorm(
        scope.child(name), width: width, epsilon: configuration.layerNormEpsilon,
        hasBias: configuration.hasNormBias)
    }
    embeddingNorm = try norm("embeddings.norm")
    layers = try configuration.layerKinds.enumerated().map { index, kind in
      try ModernBertLayer(
        scope.child("layers.\(index)"), configuration, kind: kind, isFirst: index == 0)
    }
    finalNorm = try norm("final_norm")
  }

  /// The hidden states of the last layer, `[R, D]`, in the given precision: one for each row.
  public func callAsFunction(
    _ tokens: PackedTokens, precision: ComputePrecision, dropout: DropoutStream?
  ) throws(TensorError) -> Tensor {
    var hidden = try embeddingNorm(words(tokens.tokenIDs, in: precision.dtype))  // [R, D]
    if let dropout {
      hidden = try dropout.drop(hidden, probability: configuration.embeddingDropout)
    }
    let global = try rotation(tokens, .global)
    let local = try rotation(tokens, .local)
    for layer in layers {
      hidden = try layer(
        hidden, tokens, rotation: layer.kind == .global ? global : local, dropout: dropout)
    }
    return try finalNorm(hidden)
  }

  private func rotation(
    _ tokens: PackedTokens, _ kind: ModernBertConfiguration.LayerKind
  ) throws(TensorError) -> RotaryEmbedding {
    try RotaryEmbedding(
      tokens, headCount: configuration.headCount,
      frequencies: configuration.rotationFrequencies(kind))
  }
}

/// One transformer layer: `x + attention(norm(x))`, then `x + feedForward(norm(x))`.
final class ModernBertLayer {
  /// How far tokens look.
  let kind: ModernBertConfiguration.LayerKind

  private let attentionNorm: LayerNorm?
  private let projections: Linear
  private let attentionOutput: Linear
  private let feedForwardNorm: LayerNorm
  private let intermediate: Linear
  private let output: Linear
  private let configuration: ModernBertConfiguration

  /// Creates the parameters of a layer; the first has no norm before its attention.
  init(
    _ scope: ParameterScope, _ configuration: ModernBertConfiguration,
    kind: ModernBertConfiguration.LayerKind, isFirst: Bool
  ) throws {
    self.configuration = configuration
    self.kind = kind
    let width = configuration.hiddenSize
    let inner = configuration.intermediateSize
    func norm(_ name: String) throws -> LayerNorm {
      try LayerNorm(
        scope.child(name), width: width, epsilon: configuration.layerNormEpsilon,
        hasBias: configuration.hasNormBias)
    }
    attentionNorm = isFirst ? nil : try norm("attn_norm")
    projections = try Linear(
      scope.child("attn.Wqkv"), inputs: width, outputs: 3 * width,
      hasBias: configuration.hasAttentionBias)
    attentionOutput = try Linear(
      scope.child("attn.Wo"), inputs: width, outputs: width,
      hasBias: configuration.hasAttentionBias)
    feedForwardNorm = try norm("mlp_norm")
    intermediate = try Linear(
      scope.child("mlp.Wi"), inputs: width, outputs: 2 * inner,
      hasBias: configuration.hasFeedForwardBias)
    output = try Linear(
      scope.child("mlp.Wo"), inputs: inner, outputs: width,
      hasBias: configuration.hasFeedForwardBias)
  }

  func callAsFunction(
    _ input: Tensor, _ tokens: PackedTokens, rotation: RotaryEmbedding, dropout: DropoutStream?
  ) throws(TensorError) -> Tensor {
    let normalized = try attentionNorm?(input) ?? input
    var context = try attentionOutput(attend(normalized, tokens, rotation, dropout))
    if let dropout {
      context = try dropout.drop(context, probability: configuration.attentionDropout)
    }
    let attended = try input + context  // [R, D]
    return try attended + feedForward(feedForwardNorm(attended), dropout)
  }

  /// `output(activation(a) ⊙ g)`, where `a` and `g` are the halves of one linear map.
  private func feedForward(
    _ input: Tensor, _ dropout: DropoutStream?
  ) throws(TensorError) -> Tensor {
    let inner = configuration.intermediateSize
    let both = try intermediate(input)  // [T, 2 · inner]
    let gate = try both.narrowed(1, inner..<(2 * inner))
    var product = try configuration.activation.apply(to: both.narrowed(1, 0..<inner)) * gate
    if let dropout {
      product = try dropout.drop(product, probability: configuration.feedForwardDropout)
    }
    return try output(product)
  }

  private func attend(
    _ input: Tensor, _ tokens: PackedTokens, _ rotation: RotaryEmbedding,
    _ dropout: DropoutStream?
  ) throws(TensorError) -> Tensor {
    let width = configuration.hiddenSize
    let all = try projections(input)  // [T, 3D]
    let query = try rotation(all.narrowed(1, 0..<width))
    let key = try rotation(all.narrowed(1, width..<(2 * width)))
    let value = try all.narrowed(1, (2 * width)..<(3 * width)).contiguous()
    let scale = 1 / Double(width / configuration.headCount).squareRoot()
    // Within a window all tokens of a text see each other.
    guard kind == .local, tokens.longestSequenceCount > configuration.windowSize + 1 else {
      return try query.packedAttention(
        key: key, value: value, cumulativeLengths: tokens.sequenceLengths,
        headCount: configuration.headCount, scale: scale,
        dropout: dropout?.mask(probability: configuration.attentionDropout))
    }
    let attention = WindowedAttention(
      attention: ScoredAttention(
        headCount: configuration.headCount, scale: scale,
        dropoutProbability: configuration.attentionDropout),
      windowSize: configuration.windowSize)
    return try tokens.mapSequences { text throws(TensorError) in
      try attention(
        query: query.narrowed(0, text), key: key.narrowed(0, text),
        value: value.narrowed(0, text), dropout: dropout)
    }
  }
}
