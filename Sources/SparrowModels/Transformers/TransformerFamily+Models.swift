package import SparrowModelFiles
package import SparrowNN

extension TransformerFamily {
  /// Makes the encoder, under names without ``basePrefix``.
  ///
  /// - Throws: `ModuleError` when a parameter is absent or of another shape.
  package func makeEncoder(_ scope: ParameterScope) throws -> any TransformerEncoder {
    switch encoder {
    case .bert(let configuration, let names):
      try BertEncoder(scope, configuration, names: names)
    case .modernBert(let configuration):
      try ModernBertEncoder(scope, configuration)
    }
  }

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
