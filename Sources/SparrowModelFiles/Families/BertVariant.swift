/// A family whose encoder is a `BertEncoder`: its shape is a ``BertConfiguration``.
package protocol BertVariant: TransformerFamily {
  /// The shape of the model.
  var configuration: BertConfiguration { get }
}

extension BertVariant {
  /// Rows of the word table, `V`.
  package var vocabularySize: Int { configuration.vocabularySize }
  /// The longest text in tokens.
  package var maximumTokenCount: Int { configuration.maximumTokenCount }
  /// The number of layers.
  package var layerCount: Int { configuration.layerCount }
}

extension MaskedLanguageHeadShape {
  /// RoBERTa's head, which MPNet took over.
  static func roberta(_ configuration: BertConfiguration) -> MaskedLanguageHeadShape {
    MaskedLanguageHeadShape(
      dense: "lm_head.dense", norm: "lm_head.layer_norm",
      normEpsilon: configuration.layerNormEpsilon, decoder: "lm_head.decoder",
      tiedBias: "lm_head.bias", isTied: configuration.tiesWordEmbeddings,
      initializerRange: configuration.initializerRange)
  }
}

extension ClassificationHeadShape {
  /// RoBERTa's head, which MPNet took over.
  static func roberta(
    _ configuration: BertConfiguration, dropout: Double
  ) -> ClassificationHeadShape {
    ClassificationHeadShape(
      dense: "classifier.dense", activation: .tanh, output: "classifier.out_proj",
      dropsBeforeDense: true, dropout: dropout, initializerRange: configuration.initializerRange)
  }
}
