/// What a family of BERT's relatives calls the parts of a layer; the defaults are BERT's own names.
public struct BertParameterNames: Sendable, Hashable {
  package var layers = "encoder.layer"
  package var query = "attention.self.query"
  package var key = "attention.self.key"
  package var value = "attention.self.value"
  package var attentionOutput = "attention.output.dense"
  package var attentionNorm = "attention.output.LayerNorm"
  package var intermediate = "intermediate.dense"
  package var output = "output.dense"
  package var outputNorm = "output.LayerNorm"

  /// BERT's and RoBERTa's names.
  public static let bert = BertParameterNames()
}
