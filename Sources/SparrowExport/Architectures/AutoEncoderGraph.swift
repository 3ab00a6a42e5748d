import Foundation
import SparrowCore
import SparrowModelFiles

/// Puts mean pooling, normalisation and the sparse auto-encoder of CSR models into a graph.
struct AutoEncoderGraph {
  private let inputWidth: Int
  /// Columns of the result.
  let width: Int
  /// How many of them are kept for each text.
  let activeCount: Int
  private let normalizesInput: Bool
  private let weights: WeightFiles

  /// Reads a stage's folder.
  ///
  /// - Parameters:
  ///   - folder: the stage's folder.
  ///   - activeCount: how many weights to keep; nil keeps as many as the stage says.
  /// - Throws: an error of the files, or of a key in them.
  init(folder: URL, activeCount: Int?) throws {
    let file = folder.appendingPathComponent("config.json")
    let object = try JSONValue(contentsOf: file).object ?? JSONObject()
    let reader = ConfigurationReader(object: object, path: file.path)
    weights = try WeightFiles(folder: folder)
    let sizes = 1...(1 << 24)
    inputWidth = try reader.int("input_dim", default: 512, in: sizes)
    width = try reader.int("hidden_dim", default: 512, in: sizes)
    self.activeCount = min(width, try activeCount ?? reader.int("k", default: 8, in: 1...width))
    normalizesInput = try reader.bool("normalize", default: false)
  }

  /// The mean of each text's states, `[B·L, D]` to `[B, D]`.
  static func addMean(
    _ states: String, mask: String, sizes: String, to model: inout ModelGraph
  ) -> String {
    let shape = model.graph.add(
      "Concat", sizes, model.graph.constant([-1]), with: [("axis", .int(0))])
    let texts = model.graph.add("Reshape", states, shape)  // [B, L, D]
    let tokens = model.graph.add("Unsqueeze", mask, model.graph.constant([-1]))  // [B, L, 1]
    let axis = model.graph.constant([1])
    let flat: [(String, ONNXGraph.Attribute)] = [("keepdims", .int(0))]
    let sum = model.graph.add("ReduceSum", model.graph.add("Mul", texts, tokens), axis, with: flat)
    let count = model.graph.add("ReduceSum", tokens, axis, with: flat)  // [B, 1]
    let divisor = model.graph.add("Max", count, model.graph.constant(1e-9))
    return model.graph.add("Div", sum, divisor)
  }

  /// Rows of length 1.
  static func addUnitLength(_ input: String, to model: inout ModelGraph) -> String {
    let length = model.graph.add(
      "ReduceL2", input, with: [("axes", .ints([-1])), ("keepdims", .int(1))])
    return model.graph.add(
      "Div", input, model.graph.add("Max", length, model.graph.constant(1e-12)))
  }

  /// Adds the encoder: `[B, D]` to `[B, hidden]`, of which the `k` largest are kept if positive.
  func add(_ input: String, to model: inout ModelGraph) throws -> String {
    let prepared = normalizesInput ? addStandardization(input, to: &model) : input
    let matrix = try weights.tensor(
      ["decoder.linear.weight", "encoder.weight"], shape: [width, inputWidth])
    let shift = try weights.tensor(["pre_bias"], shape: [inputWidth])
    let bias = try weights.tensor(["latent_bias"], shape: [width])
    let shifted = model.graph.add("Sub", prepared, model.plainTable(shift))
    return TopWeights.add(
      try model.linear(shifted, matrix, bias: bias), count: activeCount, to: &model)
  }

  /// `(x − mean) / (deviation + 1e-5)`, the deviation with one degree of freedom less.
  private func addStandardization(_ input: String, to model: inout ModelGraph) -> String {
    let rows: [(String, ONNXGraph.Attribute)] = [("axes", .ints([-1])), ("keepdims", .int(1))]
    let centered = model.graph.add("Sub", input, model.graph.add("ReduceMean", input, with: rows))
    let length = model.graph.add("ReduceL2", centered, with: rows)
    let degrees = model.graph.constant(Float(inputWidth - 1).squareRoot())
    let deviation = model.graph.add("Div", length, degrees)
    return model.graph.add(
      "Div", centered, model.graph.add("Add", deviation, model.graph.constant(1e-5)))
  }
}

/// Keeps the largest weights of each row.
enum TopWeights {
  /// Adds operations after which a row has its `count` largest weights, if positive, and zeros.
  static func add(_ input: String, count: Int, to model: inout ModelGraph) -> String {
    let top = model.graph.add(
      "TopK", [input, model.graph.constant([count])], [("axis", .int(-1))], resultCount: 2)
    let zeros = model.graph.add("ConstantOfShape", model.graph.add("Shape", input))
    return model.graph.add(
      "ScatterElements", zeros, top[1], model.graph.add("Relu", top[0]), with: [("axis", .int(-1))])
  }
}
