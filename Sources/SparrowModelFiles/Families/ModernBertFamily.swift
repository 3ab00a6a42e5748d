package import SparrowCore

/// ModernBERT: rotary positions, local and global attention in turn, texts of up to 8,192 tokens.
///
/// Source: Warner et al. 2024 (arXiv 2412.13663).
package struct ModernBertFamily: TransformerFamily {
  package static let name = "ModernBERT"
  package static let modelTypes = [(type: "modernbert", className: "ModernBert")]
  package static let basePrefix = "model"
  package static let savedDefaults: [(String, JSONValue)] = [("tie_word_embeddings", true)]

  private let configuration: ModernBertConfiguration

  package init(_ object: JSONObject, path: String) throws(ModelError) {
    configuration = try ModernBertConfiguration(object, path: path)
  }

  package var vocabularySize: Int { configuration.vocabularySize }
  package var maximumTokenCount: Int { configuration.maximumPositionCount }
  package var layerCount: Int { configuration.layerKinds.count }

  package var maskedLanguageHead: MaskedLanguageHeadShape {
    MaskedLanguageHeadShape(
      dense: "head.dense", hasDenseBias: configuration.hasHeadBias,
      activation: configuration.headActivation, norm: "head.norm",
      hasNormBias: configuration.hasNormBias, normEpsilon: configuration.layerNormEpsilon,
      decoder: "decoder", hasDecoderBias: configuration.hasDecoderBias,
      isTied: configuration.tiesWordEmbeddings, initializerRange: configuration.initializerRange)
  }

  package var classificationHead: ClassificationHeadShape {
    ClassificationHeadShape(
      pooling: configuration.classifierPooling, dense: "head.dense",
      hasDenseBias: configuration.hasHeadBias, activation: configuration.headActivation,
      norm: "head.norm", hasNormBias: configuration.hasNormBias,
      normEpsilon: configuration.layerNormEpsilon, output: "classifier",
      dropout: configuration.classifierDropout, initializerRange: configuration.initializerRange)
  }

  package var encoder: EncoderShape { .modernBert(configuration) }
}
