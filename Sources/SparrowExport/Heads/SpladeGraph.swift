import Foundation
import SparrowCore
import SparrowModelFiles

/// Puts the SPLADE head into a graph: hidden states of tokens to weights of texts.
struct SpladeGraph {
  private let transformer: TransformerGraph
  private let pooling: SpladePooling

  /// Reads the stage's `config.json`; without a folder the defaults hold.
  init(_ transformer: TransformerGraph, pooling folder: URL?) throws {
    self.transformer = transformer
    guard let file = folder?.appendingPathComponent("config.json"),
      FileManager.default.fileExists(atPath: file.path)
    else {
      pooling = SpladePooling()
      return
    }
    pooling = try SpladePooling(
      try JSONValue(contentsOf: file).object ?? JSONObject(), path: file.path)
  }

  /// Adds masked-LM head and pooling, `[B·L, D]` to weights `[B, V]`.
  func add(
    _ states: String, _ inputs: TokenInputs, to model: inout ModelGraph
  ) throws -> String {
    let transformed = try transformer.addTransform(states, to: &model)  // [B·L, D]
    switch pooling.strategy {
    case .max: return try addMaximum(transformed, inputs, to: &model)
    case .sum:
      let logits = try transformer.addOutputLayer(transformed, to: &model)  // [B·L, V]
      let weights = inputs.texts(activate(logits, &model), in: &model)  // [B, L, V]
      let tokens = model.graph.add("Unsqueeze", inputs.mask, model.graph.constant([-1]))
      return model.graph.add(
        "ReduceSum", model.graph.add("Mul", weights, tokens), model.graph.constant([1]),
        with: [("keepdims", .int(0))])
    }
  }

  /// Adds output layer and maximum, with padding as a copy of each text's first token.
  ///
  /// What repeats a token changes no maximum, and logits, the largest values of all, need no mask. The
  /// activation is monotone, so it follows the maximum.
  private func addMaximum(
    _ transformed: String, _ inputs: TokenInputs, to model: inout ModelGraph
  ) throws -> String {
    let texts = inputs.texts(transformed, in: &model)  // [B, L, D]
    let isToken = model.graph.cast(
      model.graph.add("Unsqueeze", inputs.mask, model.graph.constant([-1])), to: .bool)
    let first = model.graph.add(
      "Slice", texts, model.graph.constant([0]), model.graph.constant([1]),
      model.graph.constant([1]))  // [B, 1, D]
    let filled = model.graph.add("Where", isToken, texts, first)
    let rows = model.graph.add(
      "Reshape", filled, model.graph.constant([-1, transformer.width]))
    let logits = inputs.texts(
      try transformer.addOutputLayer(rows, to: &model), in: &model)  // [B, L, V]
    let largest = model.graph.add(
      "ReduceMax", logits, with: [("axes", .ints([1])), ("keepdims", .int(0))])
    // A text without any token has no weights.
    let hasTokens = model.graph.add(
      "ReduceMax", inputs.mask, with: [("axes", .ints([1])), ("keepdims", .int(1))])
    return model.graph.add("Mul", activate(largest, &model), hasTokens)
  }

  private func activate(_ input: String, _ model: inout ModelGraph) -> String {
    let one = model.graph.constant(1)
    var result = model.graph.add("Relu", input)
    for _ in 0..<(pooling.activation == .relu ? 1 : 2) {
      result = model.graph.add("Log", model.graph.add("Add", result, one))
    }
    return result
  }
}
