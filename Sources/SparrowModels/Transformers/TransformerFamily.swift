package import SparrowCore
package import SparrowModelFiles
package import SparrowNN

/// An architecture with its shape: how it is made from weights, and what its heads look like.
///
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

  /// Makes the encoder, under names without ``basePrefix``.
  ///
  /// - Throws: `ModuleError` when a parameter is absent or of another shape.
  func makeEncoder(_ scope: ParameterScope) throws -> any TransformerEncoder
}

extension TransformerFamily {
  /// Makes the architecture without a head.
  ///
  /// A pooler that the weights have comes with it: it has no part in the hidden states, but a folder
  /// that is saved again keeps it.
  ///
  /// - Parameter scope: the model's outermost names.
  /// - Returns: the encoder.
  /// - Throws: `ModuleError` when a parameter is absent or of another shape.
  package func makeHeadlessModel(_ scope: ParameterScope) throws -> any TransformerEncoder {
    let encoder = try makeEncoder(scope)
    let pooler = scope.child("pooler.dense")
    if try pooler.contains("weight") {
      _ = try Linear(pooler, inputs: encoder.hiddenSize, outputs: encoder.hiddenSize)
    }
    return encoder
  }

  /// Makes the architecture with its masked-LM head.
  ///
  /// - Parameters:
  ///   - scope: the model's outermost names.
  ///   - initializesHead: creates a fresh head when the weights have none; otherwise that is an error.
  /// - Returns: the transformer with its head.
  /// - Throws: `ModuleError` when a parameter is absent or of another shape.
  package func makeMaskedLanguageModel(
    _ scope: ParameterScope, initializesHead: Bool
  ) throws -> any MaskedLanguageModel {
    let encoder = try makeEncoder(scope.child(Self.basePrefix))
    func make<Encoder: TransformerEncoder>(_ encoder: Encoder) throws -> any MaskedLanguageModel {
      try MaskedLanguageHead(
        scope, encoder, maskedLanguageHead, initializesHead: initializesHead)
    }
    return try make(encoder)
  }

  /// Makes the architecture with its classification head.
  ///
  /// - Parameters:
  ///   - scope: the model's outermost names.
  ///   - labelCount: how many numbers a text gets.
  ///   - initializesHead: creates a fresh head; otherwise an absent one is an error.
  /// - Returns: the transformer with its head.
  /// - Throws: `ModuleError` when a parameter is absent or of another shape.
  package func makeClassifier(
    _ scope: ParameterScope, labelCount: Int, initializesHead: Bool
  ) throws -> SequenceClassifier {
    try SequenceClassifier(
      scope, makeEncoder(scope.child(Self.basePrefix)), classificationHead,
      labelCount: labelCount, initializesHead: initializesHead)
  }
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
}
