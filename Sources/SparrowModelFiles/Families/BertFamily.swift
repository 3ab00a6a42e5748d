package import SparrowCore

/// BERT itself, of which most other families are variants.
///
/// Source: Devlin et al. 2018 (arXiv 1810.04805).
package struct BertFamily: BertVariant {
  package static let name = "BERT"
  package static let modelTypes = [(type: "bert", className: "Bert")]
  package static let basePrefix = "bert"
  package static let savedDefaults: [(String, JSONValue)] = [
    ("add_cross_attention", false), ("bos_token_id", nil), ("classifier_dropout", nil),
    ("eos_token_id", nil), ("is_decoder", false), ("pad_token_id", 0),
    ("tie_word_embeddings", true),
  ]

  package let configuration: BertConfiguration

  package init(_ object: JSONObject, path: String) throws(ModelError) {
    configuration = try BertConfiguration(object, path: path)
  }

  package var maskedLanguageHead: MaskedLanguageHeadShape {
    MaskedLanguageHeadShape(
      dense: "cls.predictions.transform.dense", activation: configuration.activation,
      norm: "cls.predictions.transform.LayerNorm", normEpsilon: configuration.layerNormEpsilon,
      decoder: "cls.predictions.decoder", tiedBias: "cls.predictions.bias",
      isTied: configuration.tiesWordEmbeddings, initializerRange: configuration.initializerRange)
  }

  package var classificationHead: ClassificationHeadShape {
    ClassificationHeadShape(
      dense: "bert.pooler.dense", activation: .tanh, output: "classifier",
      dropout: configuration.classifierDropout, initializerRange: configuration.initializerRange)
  }

  package var encoder: EncoderShape { .bert(configuration, .bert) }
}
