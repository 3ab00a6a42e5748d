public import SparrowModelFiles
public import SparrowNN
public import SparrowTensor

/// An encoder of BERT's kind over packed texts: embeddings and transformer layers.
///
/// BERT, RoBERTa, XLM-RoBERTa, DistilBERT and MPNet differ in names, in how positions are counted and in
/// whether attention depends on distance; `BertConfiguration` and `BertParameterNames` say so.
/// Source: Devlin et al. 2018 (arXiv 1810.04805).
/// Reference behaviour: transformers' `BertModel` in `forward`, without the pooler.
public final class BertEncoder: TransformerEncoder {
  /// The shape of the model.
  public let configuration: BertConfiguration
  /// The word, position and segment tables with their norm.
  public let embeddings: BertEmbeddings
  /// The layers in order.
  public let layers: [BertLayer]

  private let relativeBias: RelativePositionBias?

  /// Rows of the word table, `V`.
  public var vocabularySize: Int { configuration.vocabularySize }
  /// The longest text in tokens.
  public var maximumTokenCount: Int { configuration.maximumTokenCount }
  /// The number of layers.
  public var layerCount: Int { configuration.layerCount }
  /// Width of the hidden states, `D`.
  public var hiddenSize: Int { configuration.hiddenSize }
  /// The word table, `[V, D]`.
  public var wordTable: Parameter { embeddings.word.weight }

  /// Creates the parameters under `embeddings.…` and the names of the family's layers.
  ///
  /// - Throws: `ModuleError` when a parameter is absent or of another shape.
  public init(
    _ scope: ParameterScope, _ configuration: BertConfiguration,
    names: BertParameterNames = .bert
  ) throws {
    self.configuration = configuration
    embeddings = try BertEmbeddings(scope.child("embeddings"), configuration)
    layers = try (0..<configuration.layerCount).map {
      try BertLayer(scope.child("\(names.layers).\($0)"), configuration, names)
    }
    relativeBias = try configuration.relativeBucketCount.map {
      try RelativePositionBias(
        scope.child("encoder"), bucketCount: $0, headCount: configuration.headCount)
    }
  }

  /// The hidden states of the last layer, `[R, D]`, in the given precision: one for each row.
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
    var hidden = try embeddings(tokens, precision: precision, dropout: dropout)  // [R, D]
    let bias = try relativeBias?(length: tokens.longestSequenceCount)  // [heads, L, L]
    for layer in layers {
      hidden = try layer(hidden, tokens, relativeBias: bias, dropout: dropout)
    }
    return hidden
  }
}

/// The sum of word, position and segment embeddings, normalised.
public final class BertEmbeddings {
  /// The word table, `[V, D]`; the masked-LM head may share it.
  public let word: Embedding
  private let position: Embedding
  private let type: Embedding?
  private let norm: LayerNorm
  private let configuration: BertConfiguration

  /// Creates the parameters of the three tables and the norm.
  public init(_ scope: ParameterScope, _ configuration: BertConfiguration) throws {
    let width = configuration.hiddenSize
    word = try Embedding(
      scope.child("word_embeddings"), rows: configuration.vocabularySize, width: width)
    position = try Embedding(
      scope.child("position_embeddings"), rows: configuration.maximumPositionCount, width: width)
    type =
      configuration.typeCount > 0
      ? try Embedding(
        scope.child("token_type_embeddings"), rows: configuration.typeCount, width: width)
      : nil
    norm = try LayerNorm(
      scope.child("LayerNorm"), width: width, epsilon: configuration.layerNormEpsilon)
    self.configuration = configuration
  }

  func callAsFunction(
    _ tokens: PackedTokens, precision: ComputePrecision, dropout: DropoutStream?
  ) throws(TensorError) -> Tensor {
    guard let normBias = norm.bias else {
      preconditionFailure("the norm was made with a shift; this is a bug")
    }
    let tables = EmbeddingTables(
      word: word.weight.tensor, position: position.weight.tensor, type: type?.weight.tensor,
      normWeight: norm.weight.tensor, normBias: normBias.tensor, epsilon: norm.epsilon)
    var positions = tokens.positions
    if let paddingID = configuration.paddingID {
      positions = try tokens.positions(afterPadding: paddingID)
    }
    var types = type == nil ? nil : tokens.typeIDs
    if type != nil, !configuration.hasTextTypes {
      types = try Tensor.zeros(tokens.typeIDs.shape, dtype: .int32)
    }
    return try tables.lookUp(
      tokenIDs: tokens.tokenIDs, positions: positions, typeIDs: types,
      dtype: precision.dtype,
      dropout: dropout?.mask(probability: configuration.hiddenDropout))  // [R, D]
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

  /// Creates the parameters of a layer under the family's names.
  public init(
    _ scope: ParameterScope, _ configuration: BertConfiguration, _ names: BertParameterNames
  ) throws {
    self.configuration = configuration
    let width = configuration.hiddenSize
    let inner = configuration.intermediateSize
    let epsilon = configuration.layerNormEpsilon
    query = try Linear(scope.child(names.query), inputs: width, outputs: width)
    key = try Linear(scope.child(names.key), inputs: width, outputs: width)
    value = try Linear(scope.child(names.value), inputs: width, outputs: width)
    attentionOutput = try Linear(
      scope.child(names.attentionOutput), inputs: width, outputs: width)
    attentionNorm = try LayerNorm(
      scope.child(names.attentionNorm), width: width, epsilon: epsilon)
    intermediate = try Linear(scope.child(names.intermediate), inputs: width, outputs: inner)
    output = try Linear(scope.child(names.output), inputs: inner, outputs: width)
    outputNorm = try LayerNorm(scope.child(names.outputNorm), width: width, epsilon: epsilon)
  }

  func callAsFunction(
    _ input: Tensor, _ tokens: PackedTokens, relativeBias: Tensor? = nil,
    dropout: DropoutStream?
  ) throws(TensorError) -> Tensor {
    let context = try attend(input, tokens, relativeBias, dropout)  // [R, D]
    let attended = try attentionNorm(
      attentionOutput.product(context), inputBias: attentionOutput.bias, residual: input,
      dropout: dropout?.mask(probability: configuration.hiddenDropout))
    let inner = try configuration.activation.apply(after: intermediate, to: attended)  // [R, 4D]
    return try outputNorm(
      output.product(inner), inputBias: output.bias, residual: attended,
      dropout: dropout?.mask(probability: configuration.hiddenDropout))
  }

  private func attend(
    _ input: Tensor, _ tokens: PackedTokens, _ relativeBias: Tensor?, _ dropout: DropoutStream?
  ) throws(TensorError) -> Tensor {
    let width = configuration.hiddenSize / configuration.headCount
    let scale = 1 / Double(width).squareRoot()
    guard let relativeBias else {
      return try query(input).packedAttention(
        key: key(input), value: value(input), cumulativeLengths: tokens.sequenceLengths,
        headCount: configuration.headCount, scale: scale,
        dropout: dropout?.mask(probability: configuration.attentionDropout))
    }
    let attention = ScoredAttention(
      headCount: configuration.headCount, scale: scale,
      dropoutProbability: configuration.attentionDropout)
    let (queries, keys, values) = (try query(input), try key(input), try value(input))
    return try tokens.mapSequences { text throws(TensorError) in
      let corner = try relativeBias.narrowed(1, 0..<text.count).narrowed(2, 0..<text.count)
      return try attention(
        query: queries.narrowed(0, text), key: keys.narrowed(0, text),
        value: values.narrowed(0, text), addition: corner, dropout: dropout)
    }
  }
}

extension HiddenActivation {
  /// Applies the activation element-wise.
  func apply(to input: Tensor) throws(TensorError) -> Tensor {
    switch self {
    case .gelu: try input.gelu()
    case .geluNew, .geluTangent: try input.geluByTangent()
    case .relu: try input.relu()
    case .tanh: try input.hyperbolicTangent()
    }
  }

  /// A linear map and the activation after it; the map's bias is added in the activation's pass
  /// where there is such an operation.
  func apply(after linear: Linear, to input: Tensor) throws(TensorError) -> Tensor {
    guard self == .gelu else { return try apply(to: linear(input)) }
    return try linear.product(input).biasGelu(linear.bias?.tensor)
  }
}
