package import SparrowCore

/// An architecture with its shape: what its encoder and heads look like and are called in files.
///
/// Models and exported graphs are both made from this description.
/// A new architecture conforms to this in a file of its own and joins ``TransformerFamilies/all``.
package protocol TransformerFamily: Sendable {
  /// The architecture's name, for messages.
  static var name: String { get }
  /// The `model_type` of `config.json`, with the first part of the reference's class names; several when
  /// they differ in their tokenizer only.
  static var modelTypes: [(type: String, className: String)] { get }
  /// What stands before the encoder's tensors in files of models with a head, such as `bert`.
  static var basePrefix: String { get }
  /// What is written into `config.json` for keys that it lacked.
  static var savedDefaults: [(String, JSONValue)] { get }

  /// Reads `config.json`.
  ///
  /// - Throws: ``ModelError`` naming the key that is wrong.
  init(_ object: JSONObject, path: String) throws(ModelError)

  /// Rows of the word table, `V`.
  var vocabularySize: Int { get }
  /// The longest text in tokens.
  var maximumTokenCount: Int { get }
  /// The number of layers.
  var layerCount: Int { get }
  /// The parts of the masked-LM head.
  var maskedLanguageHead: MaskedLanguageHeadShape { get }
  /// The parts of the classification head.
  var classificationHead: ClassificationHeadShape { get }

  /// What is below the heads, under names without ``basePrefix``.
  var encoder: EncoderShape { get }
}

/// The kinds of encoder, each with its shape and the names of its parts.
package enum EncoderShape: Sendable {
  /// BERT and its variants.
  case bert(BertConfiguration, BertParameterNames)
  /// ModernBERT.
  case modernBert(ModernBertConfiguration)
}

/// The architectures that Sparrow knows.
package enum TransformerFamilies {
  /// All families, in the order of their appearance in messages.
  package static let all: [any TransformerFamily.Type] = [
    BertFamily.self, DistilBertFamily.self, RobertaFamily.self, MPNetFamily.self,
    ModernBertFamily.self,
  ]

  /// Recognises an architecture by its `config.json`.
  ///
  /// - Throws: ``ModelError/Code/unsupported`` for one that is not known, or an error that names the key
  ///   that is wrong.
  package static func family(
    of object: JSONObject, path: String
  ) throws(ModelError) -> any TransformerFamily {
    let type = object["model_type"]?.string ?? "bert"
    guard let family = all.first(where: { $0.modelTypes.contains { $0.type == type } }) else {
      let known = all.flatMap { $0.modelTypes.map(\.type) }.joined(separator: ", ")
      throw ModelError(
        .unsupported, "The architecture '\(type)' is not known; known ones: \(known).",
        at: FileLocation(path: path, item: "model_type"))
    }
    return try family.init(object, path: path)
  }

  /// How many numbers a classification head gives; 2 when `config.json` does not say, as in the
  /// reference.
  package static func labelCount(of object: JSONObject) -> Int {
    object["id2label"]?.object?.count ?? object["num_labels"]?.int ?? 2
  }
}
