package import SparrowCore

/// RoBERTa, XLM-RoBERTa and CamemBERT: BERT whose positions are counted after the padding token's id.
///
/// Sources: Liu et al. 2019 (arXiv 1907.11692), Conneau et al. 2019 (arXiv 1911.02116).
package struct RobertaFamily: BertVariant {
  package static let name = "RoBERTa"
  package static let modelTypes = [
    (type: "roberta", className: "Roberta"), (type: "xlm-roberta", className: "XLMRoberta"),
    (type: "camembert", className: "Camembert"),
  ]
  package static let basePrefix = "roberta"
  package static let savedDefaults: [(String, JSONValue)] = [
    ("add_cross_attention", false), ("bos_token_id", 0), ("classifier_dropout", nil),
    ("eos_token_id", 2), ("is_decoder", false), ("pad_token_id", 1),
    ("tie_word_embeddings", true),
  ]

  package let configuration: BertConfiguration

  package init(_ object: JSONObject, path: String) throws(ModelError) {
    var configuration = try BertConfiguration(object, path: path)
    let reader = ConfigurationReader(object: object, path: path)
    configuration.paddingID = try reader.int(
      "pad_token_id", default: 1, in: 0...(configuration.maximumPositionCount - 2))
    configuration.hasTextTypes = false
    self.configuration = configuration
  }

  package var maskedLanguageHead: MaskedLanguageHeadShape { .roberta(configuration) }

  package var classificationHead: ClassificationHeadShape {
    .roberta(configuration, dropout: configuration.classifierDropout)
  }

  package var encoder: EncoderShape { .bert(configuration, .bert) }
}
