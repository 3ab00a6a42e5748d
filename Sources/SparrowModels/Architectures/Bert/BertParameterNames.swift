/// What a family of BERT's relatives calls the parts of a layer; the defaults are BERT's own names.
public struct BertParameterNames: Sendable, Hashable {
  var layers = "encoder.layer"
  var query = "attention.self.query"
  var key = "attention.self.key"
  var value = "attention.self.value"
  var attentionOutput = "attention.output.dense"
  var attentionNorm = "attention.output.LayerNorm"
  var intermediate = "intermediate.dense"
  var output = "output.dense"
  var outputNorm = "output.LayerNorm"

  /// BERT's and RoBERTa's names.
  public static let bert = BertParameterNames()
}
