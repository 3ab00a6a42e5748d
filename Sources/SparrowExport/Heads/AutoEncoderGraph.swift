import Foundation
import SparrowCore
import SparrowModelFiles

/// Puts the sparse autoencoder of CSR models into a graph.
struct AutoEncoderGraph {
  private let configuration: SparseAutoEncoderConfiguration
  private let activeCount: Int
  private let weights: WeightFiles

  /// Reads a stage's folder.
  ///
  /// - Parameters:
  ///   - folder: the stage's folder.
  ///   - width: the size of the dense vectors, which the file must agree with.
  ///   - activeCount: how many weights to keep; nil keeps as many as the stage says.
  /// - Throws: an error of the files, or of a key in them.
  init(folder: URL, width: Int, activeCount: Int?) throws {
    let file = folder.appendingPathComponent("config.json")
    configuration = try SparseAutoEncoderConfiguration(
      try JSONValue(contentsOf: file).object ?? JSONObject(), path: file.path)
    guard configuration.inputDimension == width else {
      throw ExportError(
        .invalidWeights,
        "Expected the size of the stage before, \(width), found \(configuration.inputDimension).",
        at: FileLocation(path: file.path, item: "input_dim"))
    }
    self.activeCount = min(configuration.latentCount, activeCount ?? configuration.activeCount)
    weights = try WeightFiles(folder: folder, basePrefix: nil)
  }

  /// Columns of the result.
  var dimension: Int { configuration.latentCount }

  /// Adds the encoder: `[B, D]` to `[B, latents]`, of which the largest are kept if positive.
  func add(_ input: String, to model: inout ModelGraph) throws -> String {
    let (inputs, latents) = (configuration.inputDimension, configuration.latentCount)
    let prepared = configuration.normalizesInput ? addStandardization(input, to: &model) : input
    let matrix = try weights.tensor(
      ["decoder.linear.weight", "encoder.weight"], shape: [latents, inputs])
    let shift = try weights.tensor("pre_bias", shape: [inputs])
    let bias = try weights.tensor("latent_bias", shape: [latents])
    let shifted = model.graph.add("Sub", prepared, model.plainTable(shift))
    return TopWeights.add(
      try model.linear(shifted, matrix, bias: bias), count: activeCount, to: &model)
  }

  /// `(x − mean) / (deviation + 1e-5)`, the deviation with one degree of freedom less.
  private func addStandardization(_ input: String, to model: inout ModelGraph) -> String {
    let rows: [(String, ONNXGraph.Attribute)] = [("axes", .ints([-1])), ("keepdims", .int(1))]
    let centered = model.graph.add("Sub", input, model.graph.add("ReduceMean", input, with: rows))
    let length = model.graph.add("ReduceL2", centered, with: rows)
    let degrees = model.graph.constant(Float(configuration.inputDimension - 1).squareRoot())
    let deviation = model.graph.add("Div", length, degrees)
    return model.graph.add(
      "Div", centered, model.graph.add("Add", deviation, model.graph.constant(1e-5)))
  }
}
