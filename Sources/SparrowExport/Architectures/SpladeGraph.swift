import Foundation
import SparrowCore
import SparrowModelFiles

/// Puts SPLADE pooling into a graph: logits of tokens to weights of texts.
struct SpladeGraph {
  private enum Strategy: String, CaseIterable { case max, sum }
  private enum Activation: String, CaseIterable {
    case relu
    case log1pRelu = "log1p_relu"
  }

  private let strategy: Strategy
  private let activation: Activation

  /// Reads the stage's `config.json`; without a folder the defaults hold.
  init(folder: URL?) throws {
    let file = folder?.appendingPathComponent("config.json")
    let exists = file.map { FileManager.default.fileExists(atPath: $0.path) } ?? false
    let object = exists ? try file.flatMap { try JSONValue(contentsOf: $0).object } : nil
    let reader = ConfigurationReader(object: object ?? JSONObject(), path: file?.path ?? "")
    strategy = try reader.choice("pooling_strategy", default: .max)
    activation = try reader.choice("activation_function", default: .relu)
  }

  /// Adds the pooling.
  ///
  /// - Parameters:
  ///   - logits: `[B·L, V]`.
  ///   - mask: `[B, L]`, 1 for tokens and 0 for padding.
  ///   - sizes: `[B, L]` as two numbers.
  ///   - model: gets the operations.
  /// - Returns: weights `[B, V]`.
  func add(_ logits: String, mask: String, sizes: String, to model: inout ModelGraph) -> String {
    let shape = model.graph.add(
      "Concat", sizes, model.graph.constant([-1]), with: [("axis", .int(0))])
    let texts = model.graph.add("Reshape", logits, shape)  // [B, L, V]
    let last = model.graph.constant([-1])
    let tokens = model.graph.add("Unsqueeze", mask, last)  // [B, L, 1]
    switch strategy {
    case .max:
      // The activation is monotone, so it may follow the maximum.
      let absent = model.graph.add("Sub", model.graph.constant(1), tokens)
      let penalty = model.graph.add("Mul", absent, model.graph.constant(EncoderGraph.excluded))
      let largest = model.graph.add(
        "ReduceMax", model.graph.add("Add", texts, penalty),
        with: [("axes", .ints([1])), ("keepdims", .int(0))])
      return activate(largest, &model)
    case .sum:
      let present = model.graph.add("Mul", activate(texts, &model), tokens)
      return model.graph.add(
        "ReduceSum", present, model.graph.constant([1]), with: [("keepdims", .int(0))])
    }
  }

  private func activate(_ input: String, _ model: inout ModelGraph) -> String {
    let one = model.graph.constant(1)
    var result = model.graph.add("Relu", input)
    for _ in 0..<(activation == .relu ? 1 : 2) {
      result = model.graph.add("Log", model.graph.add("Add", result, one))
    }
    return result
  }
}
