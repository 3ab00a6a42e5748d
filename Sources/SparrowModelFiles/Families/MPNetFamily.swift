package import SparrowCore

/// MPNet: RoBERTa without segments whose attention also depends on the distance between tokens.
///
/// Source: Song et al. 2020 (arXiv 2004.09297).
package struct MPNetFamily: BertVariant {
  package static let name = "MPNet"
  package static let modelTypes = [(type: "mpnet", className: "MPNet")]
  package static let basePrefix = "mpnet"
  package static let savedDefaults: [(String, JSONValue)] = [
    ("bos_token_id", 0), ("eos_token_id", 2), ("pad_token_id", 1), ("tie_word_embeddings", true),
  ]

  /// The reference counts positions after this id, whatever `pad_token_id` says.
  private static let paddingID = 1

  package let configuration: BertConfiguration

  package init(_ object: JSONObject, path: String) throws(ModelError) {
    var configuration = try BertConfiguration(object, path: path)
    let reader = ConfigurationReader(object: object, path: path)
    configuration.paddingID = Self.paddingID
    configuration.typeCount = 0
    configuration.relativeBucketCount = try reader.int(
      "relative_attention_num_buckets", default: 32, in: 32...4096)
    guard configuration.maximumTokenCount > 0 else {
      throw reader.wrong(
        "max_position_embeddings", "at least 3 positions",
        .integer(Int64(configuration.maximumPositionCount)))
    }
    self.configuration = configuration
  }

  package var maskedLanguageHead: MaskedLanguageHeadShape { .roberta(configuration) }

  package var classificationHead: ClassificationHeadShape {
    .roberta(configuration, dropout: configuration.hiddenDropout)
  }

  package var encoder: EncoderShape { .bert(configuration, .mpnet) }
}

extension BertParameterNames {
  /// MPNet's names.
  static let mpnet = BertParameterNames(
    query: "attention.attn.q", key: "attention.attn.k", value: "attention.attn.v",
    attentionOutput: "attention.attn.o", attentionNorm: "attention.LayerNorm")
}
