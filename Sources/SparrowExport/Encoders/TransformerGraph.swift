import Foundation
import SparrowCore
import SparrowModelFiles

/// An encoder that can be put into a graph.
protocol EncoderGraph {
  /// Whether the texts of a pair are told apart by an input.
  var distinguishesSegments: Bool { get }
  /// The name of the word table, `[V, D]`.
  var wordTable: String { get }
  /// Width of the hidden states, `D`.
  var width: Int { get }

  /// Adds the encoder.
  ///
  /// - Returns: the hidden states of the last layer, `[B·L, D]`.
  func add(_ inputs: TokenInputs, to model: inout ModelGraph) throws -> String
}

/// Puts a transformer of a known family into a graph, alone or with one of its heads.
///
/// What families differ in is said once, by `TransformerFamily`, for models and graphs alike.
struct TransformerGraph {
  /// The longest text in tokens.
  let maximumLength: Int
  private let family: any TransformerFamily
  private let encoder: any EncoderGraph
  private let folder: URL
  private let configuration: JSONObject

  /// Reads a folder's `config.json`.
  ///
  /// - Throws: `ModelError` for an unknown architecture, with the list of known ones.
  init(folder: URL) throws {
    let file = folder.appendingPathComponent("config.json")
    configuration = try JSONValue(contentsOf: file).object ?? JSONObject()
    family = try TransformerFamilies.family(of: configuration, path: file.path)
    encoder =
      switch family.encoder {
      case .bert(let configuration, let names): BertGraph(configuration, names)
      case .modernBert(let configuration): ModernBertGraph(configuration)
      }
    maximumLength = min(
      try TransformerSettings(folder: folder).maximumLength ?? .max, family.maximumTokenCount)
    self.folder = folder
  }

  /// Width of the hidden states.
  var width: Int { encoder.width }
  /// Rows of the word table.
  var vocabularySize: Int { family.vocabularySize }
  /// How many numbers a classification head gives.
  var labelCount: Int { TransformerFamilies.labelCount(of: configuration) }

  /// An empty graph over the folder's weights.
  func makeModel(_ precision: ONNXPrecision) throws -> ModelGraph {
    ModelGraph(
      weights: try WeightFiles(folder: folder, basePrefix: type(of: family).basePrefix),
      precision: precision)
  }

  /// Adds the inputs and the encoder.
  ///
  /// - Parameters:
  ///   - readsPairs: whether the texts of a pair are told apart, if the family does so.
  ///   - model: gets the operations.
  /// - Returns: the inputs, and the hidden states `[B·L, D]`.
  /// - Throws: ``ExportError`` when a weight is absent or of another shape.
  func addEncoder(
    readsPairs: Bool = false, to model: inout ModelGraph
  ) throws -> (inputs: TokenInputs, states: String) {
    let inputs = TokenInputs(
      hasSegments: readsPairs && encoder.distinguishesSegments, to: &model)
    return (inputs, try encoder.add(inputs, to: &model))
  }

  /// Adds the masked-LM head up to its output layer: `[…, D]` to `[…, D]`.
  func addTransform(_ states: String, to model: inout ModelGraph) throws -> String {
    let head = family.maskedLanguageHead
    let dense = try model.linear(
      states, head.dense, inputs: width, outputs: width, hasBias: head.hasDenseBias)
    return try model.norm(
      model.activate(dense, head.activation), head.norm, width: width, epsilon: head.normEpsilon,
      hasBias: head.hasNormBias)
  }

  /// Adds the output layer of the masked-LM head: `[N, D]` to logits `[N, V]`.
  func addOutputLayer(_ states: String, to model: inout ModelGraph) throws -> String {
    let head = family.maskedLanguageHead
    let shape = [vocabularySize, width]
    let words = try model.weights.tensor(encoder.wordTable + ".weight", shape: shape)
    let name = head.decoder + ".weight"
    var weight = words
    if model.weights.find(name) != nil || !head.isTied {
      weight = try model.weights.tensor(name, shape: shape)
      // A copy of the word table is not written twice.
      if head.isTied, try weight.hasSameBytes(as: words) { weight = words }
    }
    let biases = [head.decoder + ".bias", head.tiedBias].compactMap(\.self)
    let bias =
      head.hasDecoderBias
      ? try model.weights.tensor(biases, shape: [vocabularySize]) : nil
    return try model.linear(states, weight, bias: bias)
  }

  /// Adds the classification head: `[B·L, D]` to `[B, labels]`.
  func addClassifier(
    _ states: String, _ inputs: TokenInputs, to model: inout ModelGraph
  ) throws -> String {
    let head = family.classificationHead
    let pooled = PoolingGraph(inputs: inputs).add(
      inputs.texts(states, in: &model), head.pooling, to: &model)
    var vector = model.activate(
      try model.linear(
        pooled, head.dense, inputs: width, outputs: width, hasBias: head.hasDenseBias),
      head.activation)
    if let norm = head.norm {
      vector = try model.norm(
        vector, norm, width: width, epsilon: head.normEpsilon, hasBias: head.hasNormBias)
    }
    return try model.linear(vector, head.output, inputs: width, outputs: labelCount)
  }
}
