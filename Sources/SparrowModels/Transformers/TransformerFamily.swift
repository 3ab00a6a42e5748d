import SparrowCore
import SparrowModelFiles
import SparrowNN

/// The architectures that Sparrow knows, each with its shape.
enum TransformerFamily {
  case bert(BertConfiguration)

  /// The `model_type` of each known architecture.
  static let knownTypes = ["bert"]

  /// Reads `config.json`.
  ///
  /// - Throws: ``ModelError/Code/unsupported`` for an architecture that is not known, or an error
  ///   that names the key that is wrong.
  init(_ object: JSONObject, path: String) throws(ModelError) {
    let type = object["model_type"]?.string ?? "bert"
    switch type {
    case "bert": self = .bert(try BertConfiguration(object, path: path))
    default:
      throw ModelError(
        .unsupported,
        "The architecture '\(type)' is not known; known ones: \(Self.knownTypes.joined(separator: ", ")).",
        at: FileLocation(path: path, item: "model_type"))
    }
  }

  /// The architecture's name, for messages.
  var name: String {
    switch self {
    case .bert: "BERT"
    }
  }

  /// What stands before the encoder's tensors in files of models with a head.
  var basePrefix: String {
    switch self {
    case .bert: "bert"
    }
  }

  /// Rows of the word table, `V`.
  var vocabularySize: Int {
    switch self {
    case .bert(let configuration): configuration.vocabularySize
    }
  }

  /// The longest text in tokens.
  var maximumTokenCount: Int {
    switch self {
    case .bert(let configuration): configuration.maximumPositionCount
    }
  }

  /// The number of layers.
  var layerCount: Int {
    switch self {
    case .bert(let configuration): configuration.layerCount
    }
  }

  /// What is written into `config.json` for keys that it lacked.
  var savedDefaults: [(String, JSONValue)] {
    switch self {
    case .bert:
      [
        ("add_cross_attention", false), ("bos_token_id", nil), ("classifier_dropout", nil),
        ("eos_token_id", nil), ("is_decoder", false), ("pad_token_id", 0),
        ("tie_word_embeddings", true),
      ]
    }
  }

  /// Makes the architecture without a head, under names without ``basePrefix``.
  ///
  /// A pooler that the weights have comes with it: it has no part in the hidden states, but a folder
  /// that is saved again keeps it.
  ///
  /// - Parameter scope: the model's outermost names.
  /// - Returns: the encoder.
  /// - Throws: `ModuleError` when a parameter is absent or of another shape.
  func makeEncoder(_ scope: ParameterScope) throws -> any TransformerEncoder {
    let encoder =
      switch self {
      case .bert(let configuration): try BertEncoder(scope, configuration)
      }
    let pooler = scope.child("pooler").child("dense")
    if try pooler.contains("weight") {
      _ = try Linear(pooler, inputs: encoder.hiddenSize, outputs: encoder.hiddenSize)
    }
    return encoder
  }

  /// Makes the architecture with its masked-LM head.
  ///
  /// - Parameters:
  ///   - scope: the model's outermost names.
  ///   - initializesHead: creates a fresh head when the weights have none.
  /// - Returns: the transformer with its head.
  /// - Throws: `ModuleError` when a parameter is absent or of another shape.
  func makeMaskedLanguageModel(
    _ scope: ParameterScope, initializesHead: Bool
  ) throws -> any MaskedLanguageModel {
    switch self {
    case .bert(let configuration):
      try BertMaskedLanguageModel(scope, configuration, initializesHead: initializesHead)
    }
  }
}
