import Foundation
public import SparrowCore

/// The shape of a ModernBERT encoder, as `config.json` describes it.
///
/// Source: Warner et al. 2024 (arXiv 2412.13663).
public struct ModernBertConfiguration: Sendable, Hashable {
  /// How far the tokens of a layer look.
  public enum LayerKind: String, Sendable, Hashable, CaseIterable {
    /// Every token attends to all tokens of its text.
    case global = "full_attention"
    /// Every token attends to its neighbours.
    case local = "sliding_attention"
  }

  /// Rows of the word table, `V`.
  public var vocabularySize = 50_368
  /// Width of the hidden states, `D`.
  public var hiddenSize = 768
  /// How far each layer looks.
  public var layerKinds: [LayerKind] = []
  /// Attention heads of a layer.
  public var headCount = 12
  /// Width between the two linear maps of a layer.
  public var intermediateSize = 1152
  /// The activation of the gated feed-forward block.
  public var activation = HiddenActivation.gelu
  /// The longest text in tokens.
  public var maximumPositionCount = 8192
  /// How many neighbours on each side a token of a local layer sees.
  public var windowSize = 64
  /// The base of the rotations' wave lengths in global layers.
  public var globalRotationBase = 160_000.0
  /// The base of the rotations' wave lengths in local layers.
  public var localRotationBase = 10_000.0
  /// Added to variances in layer norms.
  public var layerNormEpsilon = 1e-5
  /// Whether norms have a shift.
  public var hasNormBias = false
  /// Whether the linear maps of attention have a bias.
  public var hasAttentionBias = false
  /// Whether the linear maps of feed-forward blocks have a bias.
  public var hasFeedForwardBias = false
  /// Whether the output layer of the masked-LM head has a bias.
  public var hasDecoderBias = true
  /// Whether the linear map of the heads has a bias.
  public var hasHeadBias = false
  /// The activation of the heads.
  public var headActivation = HiddenActivation.gelu
  /// Probability of dropping an element of the embeddings in training.
  public var embeddingDropout = 0.0
  /// Probability of dropping an attention weight, and an element of its output, in training.
  public var attentionDropout = 0.0
  /// Probability of dropping an element inside the feed-forward block in training.
  public var feedForwardDropout = 0.0
  /// Probability of dropping an element of the classification head in training.
  public var classifierDropout = 0.0
  /// What the classification head takes of a text's hidden states: the first token's or their mean.
  public var classifierPooling = Pooling.Mode.cls
  /// Whether the output layer of the masked-LM head is the word table.
  public var tiesWordEmbeddings = true
  /// Standard deviation of freshly initialised weights.
  public var initializerRange = 0.02

  /// Reads `config.json`, with the pattern of layers and the rotations in their new or old form.
  ///
  /// - Throws: ``ModelError`` naming the key that is wrong.
  public init(_ object: JSONObject, path: String) throws(ModelError) {
    let reader = ConfigurationReader(object: object, path: path)
    let sizes = 1...(1 << 24)
    vocabularySize = try reader.int("vocab_size", default: vocabularySize, in: sizes)
    hiddenSize = try reader.int("hidden_size", default: hiddenSize, in: sizes)
    headCount = try reader.int("num_attention_heads", default: headCount, in: 1...4096)
    intermediateSize = try reader.int("intermediate_size", default: intermediateSize, in: sizes)
    activation = try reader.choice("hidden_activation", default: activation)
    maximumPositionCount = try reader.int(
      "max_position_embeddings", default: maximumPositionCount, in: sizes)
    windowSize = try reader.int("local_attention", default: 128, in: sizes) / 2
    layerNormEpsilon = try reader.double("norm_eps", default: layerNormEpsilon, in: 0...1)
    hasNormBias = try reader.bool("norm_bias", default: hasNormBias)
    hasAttentionBias = try reader.bool("attention_bias", default: hasAttentionBias)
    hasFeedForwardBias = try reader.bool("mlp_bias", default: hasFeedForwardBias)
    hasDecoderBias = try reader.bool("decoder_bias", default: hasDecoderBias)
    hasHeadBias = try reader.bool("classifier_bias", default: hasHeadBias)
    headActivation = try reader.choice("classifier_activation", default: headActivation)
    embeddingDropout = try reader.double("embedding_dropout", default: 0, in: 0...1)
    attentionDropout = try reader.double("attention_dropout", default: 0, in: 0...1)
    feedForwardDropout = try reader.double("mlp_dropout", default: 0, in: 0...1)
    classifierDropout = try reader.double("classifier_dropout", default: 0, in: 0...1)
    classifierPooling = try reader.choice("classifier_pooling", default: .cls)
    guard [.cls, .mean].contains(classifierPooling) else {
      throw reader.wrong(
        "classifier_pooling", "\"cls\" or \"mean\"", .string(classifierPooling.rawValue))
    }
    tiesWordEmbeddings = try reader.bool("tie_word_embeddings", default: tiesWordEmbeddings)
    initializerRange = try reader.double("initializer_range", default: initializerRange, in: 0...10)
    layerKinds = try Self.layerKinds(reader)
    globalRotationBase = try Self.rotationBase(
      .global, oldKey: "global_rope_theta", default: globalRotationBase, reader)
    localRotationBase = try Self.rotationBase(
      .local, oldKey: "local_rope_theta", default: localRotationBase, reader)
    guard hiddenSize % (2 * headCount) == 0 else {
      throw ModelError(
        .invalidConfiguration,
        "hidden_size \(hiddenSize) must be an even multiple of num_attention_heads \(headCount).",
        at: FileLocation(path: path))
    }
  }

  /// The list `layer_types`, or every third layer global as older files state it.
  private static func layerKinds(
    _ reader: ConfigurationReader
  ) throws(ModelError) -> [LayerKind] {
    let count = try reader.int("num_hidden_layers", default: 22, in: 0...1000)
    let period = try reader.int("global_attn_every_n_layers", default: 3, in: 1...1000)
    guard let listed = reader.object["layer_types"], !listed.isNull else {
      return (0..<count).map { $0 % period == 0 ? .global : .local }
    }
    let kinds = (listed.array ?? []).map { $0.string.flatMap(LayerKind.init(rawValue:)) }
    guard kinds.count == count, let kinds = kinds as? [LayerKind] else {
      throw reader.wrong(
        "layer_types", "\(count) times \"full_attention\" or \"sliding_attention\"", listed)
    }
    return kinds
  }

  private static func rotationBase(
    _ kind: LayerKind, oldKey: String, default fallback: Double, _ reader: ConfigurationReader
  ) throws(ModelError) -> Double {
    let bases = 1.0...1e12
    guard let parameters = reader.object["rope_parameters"]?.object?[kind.rawValue]?.object else {
      return try reader.double(oldKey, default: fallback, in: bases)
    }
    let inner = ConfigurationReader(object: parameters, path: reader.path)
    if let type = parameters["rope_type"], type.string != "default" {
      throw reader.wrong("rope_parameters.\(kind.rawValue).rope_type", "\"default\"", type)
    }
    return try inner.double("rope_theta", default: fallback, in: bases)
  }

  /// How far each pair of a head's dimensions turns from one position to the next.
  package func rotationFrequencies(_ kind: LayerKind) -> [Float] {
    let base = Float(kind == .global ? globalRotationBase : localRotationBase)
    let width = hiddenSize / headCount
    return (0..<(width / 2)).map { 1 / Foundation.pow(base, Float(2 * $0) / Float(width)) }
  }
}
