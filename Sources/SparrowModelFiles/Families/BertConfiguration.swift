public import SparrowCore

/// The shape of an encoder of BERT's kind, as `config.json` describes it.
///
/// Source: Devlin et al. 2018 (arXiv 1810.04805).
public struct BertConfiguration: Sendable, Hashable {
  /// Rows of the word table, `V`.
  public var vocabularySize = 30_522
  /// Width of the hidden states, `D`.
  public var hiddenSize = 768
  /// Number of layers.
  public var layerCount = 12
  /// Attention heads of a layer.
  public var headCount = 12
  /// Width between the two linear maps of a layer.
  public var intermediateSize = 3072
  /// The activation between them.
  public var activation = HiddenActivation.gelu
  /// Rows of the position table.
  public var maximumPositionCount = 512
  /// When set, positions are counted from the one after this token's id, and this token itself always
  /// has its id as position (RoBERTa, MPNet); nil counts from 0.
  public var paddingID: Int?
  /// Rows of the segment table; 0 for none.
  public var typeCount = 2
  /// Whether the two texts of a pair are told apart by segment; otherwise all tokens are of the first.
  public var hasTextTypes = true
  /// Rows of the table of relative positions; nil for none (all but MPNet).
  public var relativeBucketCount: Int?
  /// Added to variances in layer norms.
  public var layerNormEpsilon = 1e-12
  /// Probability of dropping a hidden unit in training.
  public var hiddenDropout = 0.1
  /// Probability of dropping an attention weight in training.
  public var attentionDropout = 0.1
  /// Probability of dropping an element of the classification head in training.
  public var classifierDropout = 0.1
  /// Whether the output layer of the masked-LM head is the word table.
  public var tiesWordEmbeddings = true
  /// Standard deviation of freshly initialised weights.
  public var initializerRange = 0.02

  /// Makes the configuration of BERT-base.
  public init() {}

  /// Reads `config.json`.
  ///
  /// - Throws: ``ModelError`` naming the key that is wrong.
  public init(_ object: JSONObject, path: String) throws(ModelError) {
    let reader = ConfigurationReader(object: object, path: path)
    let sizes = 1...(1 << 24)
    vocabularySize = try reader.int("vocab_size", default: vocabularySize, in: sizes)
    hiddenSize = try reader.int("hidden_size", default: hiddenSize, in: sizes)
    layerCount = try reader.int("num_hidden_layers", default: layerCount, in: 0...1000)
    headCount = try reader.int("num_attention_heads", default: headCount, in: 1...4096)
    intermediateSize = try reader.int("intermediate_size", default: intermediateSize, in: sizes)
    activation = try reader.choice("hidden_act", default: activation)
    maximumPositionCount = try reader.int(
      "max_position_embeddings", default: maximumPositionCount, in: sizes)
    typeCount = try reader.int("type_vocab_size", default: typeCount, in: sizes)
    layerNormEpsilon = try reader.double("layer_norm_eps", default: layerNormEpsilon, in: 0...1)
    hiddenDropout = try reader.double("hidden_dropout_prob", default: hiddenDropout, in: 0...1)
    attentionDropout = try reader.double(
      "attention_probs_dropout_prob", default: attentionDropout, in: 0...1)
    classifierDropout = try reader.double(
      "classifier_dropout", default: hiddenDropout, in: 0...1)
    tiesWordEmbeddings = try reader.bool("tie_word_embeddings", default: tiesWordEmbeddings)
    initializerRange = try reader.double("initializer_range", default: initializerRange, in: 0...10)
    if let kind = object["position_embedding_type"]?.string, kind != "absolute" {
      throw reader.wrong("position_embedding_type", "\"absolute\"", .string(kind))
    }
    try checkHeads(path: path, width: "hidden_size", heads: "num_attention_heads")
  }

  /// Checks that the heads divide the width evenly.
  func checkHeads(path: String, width: String, heads: String) throws(ModelError) {
    guard hiddenSize % headCount == 0 else {
      throw ModelError(
        .invalidConfiguration,
        "\(width) \(hiddenSize) must be a multiple of \(heads) \(headCount).",
        at: FileLocation(path: path))
    }
  }

  /// The longest text in tokens.
  public var maximumTokenCount: Int {
    maximumPositionCount - (paddingID.map { $0 + 1 } ?? 0)
  }
}
