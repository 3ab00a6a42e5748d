package import SparrowCore

/// DistilBERT: half of BERT's layers, without segments, under other names.
///
/// Source: Sanh et al. 2019 (arXiv 1910.01108).
package struct DistilBertFamily: BertVariant {
  package static let name = "DistilBERT"
  package static let modelTypes = [(type: "distilbert", className: "DistilBert")]
  package static let basePrefix = "distilbert"
  package static let savedDefaults: [(String, JSONValue)] = [
    ("bos_token_id", nil), ("eos_token_id", nil), ("pad_token_id", 0),
    ("tie_word_embeddings", true),
  ]

  package let configuration: BertConfiguration

  package init(_ object: JSONObject, path: String) throws(ModelError) {
    let reader = ConfigurationReader(object: object, path: path)
    let sizes = 1...(1 << 24)
    var configuration = BertConfiguration()
    configuration.vocabularySize = try reader.int("vocab_size", default: 30_522, in: sizes)
    configuration.hiddenSize = try reader.int("dim", default: 768, in: sizes)
    configuration.layerCount = try reader.int("n_layers", default: 6, in: 0...1000)
    configuration.headCount = try reader.int("n_heads", default: 12, in: 1...4096)
    configuration.intermediateSize = try reader.int("hidden_dim", default: 3072, in: sizes)
    configuration.activation = try reader.choice("activation", default: .gelu)
    configuration.maximumPositionCount = try reader.int(
      "max_position_embeddings", default: 512, in: sizes)
    configuration.typeCount = 0
    configuration.hiddenDropout = try reader.double("dropout", default: 0.1, in: 0...1)
    configuration.attentionDropout = try reader.double(
      "attention_dropout", default: 0.1, in: 0...1)
    configuration.classifierDropout = try reader.double(
      "seq_classif_dropout", default: 0.2, in: 0...1)
    configuration.tiesWordEmbeddings = try reader.bool("tie_word_embeddings", default: true)
    configuration.initializerRange = try reader.double(
      "initializer_range", default: 0.02, in: 0...10)
    try configuration.checkHeads(path: path, width: "dim", heads: "n_heads")
    self.configuration = configuration
  }

  package var maskedLanguageHead: MaskedLanguageHeadShape {
    MaskedLanguageHeadShape(
      dense: "vocab_transform", activation: configuration.activation, norm: "vocab_layer_norm",
      normEpsilon: configuration.layerNormEpsilon, decoder: "vocab_projector",
      isTied: configuration.tiesWordEmbeddings, initializerRange: configuration.initializerRange)
  }

  package var classificationHead: ClassificationHeadShape {
    ClassificationHeadShape(
      dense: "pre_classifier", activation: .relu, output: "classifier",
      dropout: configuration.classifierDropout, initializerRange: configuration.initializerRange)
  }

  package var encoder: EncoderShape { .bert(configuration, .distilBert) }
}

extension BertParameterNames {
  /// DistilBERT's names.
  static let distilBert = BertParameterNames(
    layers: "transformer.layer", query: "attention.q_lin", key: "attention.k_lin",
    value: "attention.v_lin", attentionOutput: "attention.out_lin", attentionNorm: "sa_layer_norm",
    intermediate: "ffn.lin1", output: "ffn.lin2", outputNorm: "output_layer_norm")
}
