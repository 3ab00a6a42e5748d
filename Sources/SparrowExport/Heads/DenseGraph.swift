import Foundation
import SparrowCore
import SparrowModelFiles

/// Puts pooling and what follows it in dense encoders into a graph.
struct DenseGraph {
  /// What may follow the pooling.
  private enum Step {
    case normalize
    case layer(DenseLayerConfiguration, WeightFiles)
  }

  /// Columns of the result.
  let dimension: Int
  private let pooling: Pooling
  private let steps: [Step]

  /// Reads the stages' folders.
  ///
  /// - Parameters:
  ///   - stages: what follows the transformer: a pooling, and any layers and normalisations; the mean of
  ///     all tokens when there are none.
  ///   - width: the width of the hidden states.
  /// - Throws: errors of the files, or of a key in them.
  init(_ stages: [StageDescription], width: Int) throws {
    pooling =
      try stages.first.map { try Self.pooling($0.folder, width: width) }
      ?? Pooling(inputDimension: width)
    var dimension = pooling.dimension
    steps = try stages.dropFirst().map { stage in
      guard stage.kind == .dense else { return .normalize }
      let layer = try DenseLayerConfiguration(folder: stage.folder, width: dimension)
      dimension = layer.outputDimension
      return .layer(layer, try WeightFiles(folder: stage.folder, basePrefix: nil))
    }
    self.dimension = dimension
  }

  private static func pooling(_ folder: URL, width: Int) throws -> Pooling {
    let file = folder.appendingPathComponent("config.json")
    let object = try JSONValue(contentsOf: file).object ?? JSONObject()
    let pooling = try Pooling(object, path: file.path, width: width)
    guard pooling.includesPrompt else {
      throw ExportError(
        .unsupported,
        "A pooling that leaves the tokens of prompts out cannot be exported: the graph does not know which they are.",
        at: FileLocation(path: file.path, item: "include_prompt"))
    }
    return pooling
  }

  /// Adds pooling and steps, `[B·L, D]` to `[B, dimension]`.
  func add(
    _ states: String, _ inputs: TokenInputs, to model: inout ModelGraph
  ) throws -> String {
    var vector = PoolingGraph(inputs: inputs).add(states, pooling, to: &model)
    for step in steps {
      switch step {
      case .normalize: vector = addUnitLength(vector, to: &model)
      case .layer(let layer, let weights):
        let name = "linear"
        let weight = try weights.tensor(
          name + ".weight", shape: [layer.outputDimension, layer.inputDimension])
        let bias =
          layer.hasBias ? try weights.tensor(name + ".bias", shape: [layer.outputDimension]) : nil
        vector = activate(
          try model.linear(vector, weight, bias: bias), layer.activation, to: &model)
      }
    }
    return vector
  }

  private func activate(
    _ input: String, _ activation: DenseLayerConfiguration.Activation, to model: inout ModelGraph
  ) -> String {
    switch activation {
    case .identity: input
    case .tanh: model.activate(input, .tanh)
    case .relu: model.activate(input, .relu)
    case .gelu: model.activate(input, .gelu)
    case .sigmoid: model.graph.add("Sigmoid", input)
    }
  }

  /// Rows of length 1.
  private func addUnitLength(_ input: String, to model: inout ModelGraph) -> String {
    let length = model.graph.add(
      "ReduceL2", input, with: [("axes", .ints([-1])), ("keepdims", .int(1))])
    return model.graph.add(
      "Div", input, model.graph.add("Max", length, model.graph.constant(1e-12)))
  }
}
