import SparrowCore
import SparrowModelFiles

/// What the tensors and settings of a BERT-like encoder are called.
struct EncoderNames {
  /// The beginning of names in files that also have a masked-LM head.
  let prefix: String
  let hasTypes: Bool
  /// What the names of layer 0, 1, … begin with.
  let layer: String
  let query: String
  let key: String
  let value: String
  let attentionOutput: String
  let attentionNorm: String
  let intermediate: String
  let output: String
  let outputNorm: String
  /// The parts of the masked-LM head.
  let transform: String
  let transformNorm: String
  let decoderWeights: [String]
  let decoderBiases: [String]
  /// The keys of `config.json`.
  let keys: (width: String, heads: String, layers: String, inner: String, activation: String)

  /// BERT, as `bert-base-uncased` has it.
  static let bert = EncoderNames(
    prefix: "bert.", hasTypes: true, layer: "encoder.layer.", query: "attention.self.query",
    key: "attention.self.key", value: "attention.self.value",
    attentionOutput: "attention.output.dense", attentionNorm: "attention.output.LayerNorm",
    intermediate: "intermediate.dense", output: "output.dense", outputNorm: "output.LayerNorm",
    transform: "cls.predictions.transform.dense",
    transformNorm: "cls.predictions.transform.LayerNorm",
    decoderWeights: ["cls.predictions.decoder.weight"],
    decoderBiases: ["cls.predictions.decoder.bias", "cls.predictions.bias"],
    keys: (
      "hidden_size", "num_attention_heads", "num_hidden_layers", "intermediate_size", "hidden_act"
    ))

  /// DistilBERT, as `distilbert-base-uncased` has it.
  static let distilBert = EncoderNames(
    prefix: "distilbert.", hasTypes: false, layer: "transformer.layer.", query: "attention.q_lin",
    key: "attention.k_lin", value: "attention.v_lin", attentionOutput: "attention.out_lin",
    attentionNorm: "sa_layer_norm", intermediate: "ffn.lin1", output: "ffn.lin2",
    outputNorm: "output_layer_norm", transform: "vocab_transform",
    transformNorm: "vocab_layer_norm", decoderWeights: ["vocab_projector.weight"],
    decoderBiases: ["vocab_projector.bias"],
    keys: ("dim", "n_heads", "n_layers", "hidden_dim", "activation"))

  /// The names of a `model_type`.
  ///
  /// - Throws: ``ExportError`` that lists the types that can be exported.
  init(modelType: String?, path: String) throws(ExportError) {
    switch modelType {
    case "bert": self = .bert
    case "distilbert": self = .distilBert
    default:
      throw ExportError(
        .unsupported,
        "Only models of the types bert and distilbert can be exported; found \(modelType ?? "none").",
        at: FileLocation(path: path, item: "model_type"))
    }
  }

  private init(
    prefix: String, hasTypes: Bool, layer: String, query: String, key: String, value: String,
    attentionOutput: String, attentionNorm: String, intermediate: String, output: String,
    outputNorm: String, transform: String, transformNorm: String, decoderWeights: [String],
    decoderBiases: [String],
    keys: (width: String, heads: String, layers: String, inner: String, activation: String)
  ) {
    self.prefix = prefix
    self.hasTypes = hasTypes
    self.layer = layer
    self.query = query
    self.key = key
    self.value = value
    self.attentionOutput = attentionOutput
    self.attentionNorm = attentionNorm
    self.intermediate = intermediate
    self.output = output
    self.outputNorm = outputNorm
    self.transform = transform
    self.transformNorm = transformNorm
    self.decoderWeights = decoderWeights
    self.decoderBiases = decoderBiases
    self.keys = keys
  }
}
