import Foundation
import SparrowCore
import SparrowModelFiles

/// Puts a BERT-like encoder and its masked-LM head into a graph.
///
/// Tokens are rows, `[B·L, D]`, except within attention, `[B, H, L, D/H]`.
struct EncoderGraph {
  private let names: EncoderNames
  /// Width of the hidden states.
  let width: Int
  private let headCount: Int
  private let layerCount: Int
  private let innerWidth: Int
  /// Rows of the word table.
  let vocabularySize: Int
  /// The longest text in tokens.
  let maximumLength: Int
  private let activation: ExportActivation
  private let epsilon: Double
  private let tiesWordEmbeddings: Bool

  /// What attention adds to the scores of padding, and pooling to its logits.
  static let excluded: Float = -1e30

  /// Reads `config.json` of a folder.
  init(folder: URL) throws {
    let file = folder.appendingPathComponent("config.json")
    let object = try JSONValue(contentsOf: file).object ?? JSONObject()
    let reader = ConfigurationReader(object: object, path: file.path)
    names = try EncoderNames(modelType: object["model_type"]?.string, path: file.path)
    let sizes = 1...(1 << 24)
    width = try reader.int(names.keys.width, default: 768, in: sizes)
    headCount = try reader.int(names.keys.heads, default: 12, in: 1...4096)
    layerCount = try reader.int(
      names.keys.layers, default: names.hasTypes ? 12 : 6, in: 0...1000)
    innerWidth = try reader.int(names.keys.inner, default: 3072, in: sizes)
    vocabularySize = try reader.int("vocab_size", default: 30_522, in: sizes)
    maximumLength = try reader.int("max_position_embeddings", default: 512, in: sizes)
    activation = try reader.choice(names.keys.activation, default: .gelu)
    epsilon = try reader.double("layer_norm_eps", default: 1e-12, in: 0...1)
    tiesWordEmbeddings = try reader.bool("tie_word_embeddings", default: true)
    guard width % headCount == 0 else {
      throw ExportError(
        .invalidWeights, "The width \(width) must be a multiple of the \(headCount) heads.",
        at: FileLocation(path: file.path))
    }
  }

  /// Adds the inputs and the encoder.
  ///
  /// - Returns: the hidden states `[B·L, D]`, the mask `[B, L]` as numbers 0 and 1, and the sizes
  ///   `[B, L]` of the input.
  func addEncoder(
    to model: inout ModelGraph
  ) throws -> (states: String, mask: String, sizes: String) {
    model.graph.addInput("input_ids", shape: ["batch", "sequence"])
    model.graph.addInput("attention_mask", shape: ["batch", "sequence"])
    let sizes = model.graph.add("Shape", "input_ids")  // [2]
    let mask = model.graph.add(
      "Cast", "attention_mask", with: [("to", .int(ONNXTensor.ElementType.float32.rawValue))])
    let absent = model.graph.add("Sub", model.graph.constant(1), mask)
    let penalty = model.graph.add("Mul", absent, model.graph.constant(Self.excluded))
    let scoreMask = model.graph.add("Unsqueeze", penalty, model.graph.constant([1, 2]))
    let context = AttentionContext(
      scoreMask: scoreMask,
      headShape: model.graph.add(
        "Concat", sizes, model.graph.constant([headCount, width / headCount]),
        with: [("axis", .int(0))]),
      rowShape: model.graph.constant([-1, width]),
      scale: model.graph.constant(1 / Float(width / headCount).squareRoot()))
    var states = try addEmbeddings(to: &model, sizes: sizes, rowShape: context.rowShape)
    for layer in 0..<layerCount { states = try addLayer(layer, states, context, to: &model) }
    return (states, mask, sizes)
  }

  /// Values that all layers share.
  private struct AttentionContext {
    /// What is added to scores, `[B, 1, 1, L]`.
    let scoreMask: String
    /// The sizes `[B, L, H, D/H]`.
    let headShape: String
    /// The sizes `[B·L, D]`.
    let rowShape: String
    let scale: String
  }

  private func addEmbeddings(
    to model: inout ModelGraph, sizes: String, rowShape: String
  ) throws -> String {
    let words = try model.rows(of: wordTable(model), at: "input_ids")  // [B, L, D]
    let length = model.graph.add("Gather", sizes, model.graph.constant([1]))
    let positions = model.graph.add(
      "Slice", try positionTable(&model), model.graph.constant([0]), length)  // [L, D]
    let sum = model.graph.add("Add", words, positions)
    let normalized = try addNorm("embeddings.LayerNorm", sum, to: &model)
    return model.graph.add("Reshape", normalized, rowShape)  // [B·L, D]
  }

  /// The position table, to which the embedding of the first segment is added: all tokens are in it.
  private func positionTable(_ model: inout ModelGraph) throws -> String {
    let table = try weight("embeddings.position_embeddings", [maximumLength, width], model)
    guard names.hasTypes else { return model.plainTable(table) }
    let typeNames = candidates("embeddings.token_type_embeddings.weight")
    let types = model.weights.find(typeNames)
    guard let types, types.shape.count == 2, types.shape[0] > 0, types.shape[1] == width else {
      throw ExportError(
        .invalidWeights, "Expected a tensor of segments with \(width) columns at \(typeNames[0]).")
    }
    let first = try types.floats().prefix(width)
    var values = try table.floats()
    for index in values.indices { values[index] += first[index % width] }
    return model.graph.constant(
      "positions", .float32, [maximumLength, width], TensorContent(values))
  }

  private func addLayer(
    _ index: Int, _ input: String, _ context: AttentionContext, to model: inout ModelGraph
  ) throws -> String {
    let scope = "\(names.layer)\(index)."
    func projected(_ name: String, _ order: [Int]) throws -> String {
      let rows = try addLinear(scope + name, input, width, width, to: &model)
      let heads = model.graph.add("Reshape", rows, context.headShape)  // [B, L, H, D/H]
      return model.graph.add("Transpose", heads, with: [("perm", .ints(order))])
    }
    let query = try projected(names.query, [0, 2, 1, 3])  // [B, H, L, D/H]
    let key = try projected(names.key, [0, 2, 3, 1])  // [B, H, D/H, L]
    let value = try projected(names.value, [0, 2, 1, 3])  // [B, H, L, D/H]
    let scores = model.graph.add("Mul", model.graph.add("MatMul", query, key), context.scale)
    let shares = model.graph.add(
      "Softmax", model.graph.add("Add", scores, context.scoreMask), with: [("axis", .int(-1))])
    let mixed = model.graph.add(
      "Transpose", model.graph.add("MatMul", shares, value),
      with: [("perm", .ints([0, 2, 1, 3]))])  // [B, L, H, D/H]
    let rows = model.graph.add("Reshape", mixed, context.rowShape)  // [B·L, D]
    let attended = try addLinear(scope + names.attentionOutput, rows, width, width, to: &model)
    let middle = try addNorm(
      scope + names.attentionNorm, model.graph.add("Add", attended, input), to: &model)
    let inner = model.activate(
      try addLinear(scope + names.intermediate, middle, width, innerWidth, to: &model), activation)
    let output = try addLinear(scope + names.output, inner, innerWidth, width, to: &model)
    return try addNorm(
      scope + names.outputNorm, model.graph.add("Add", output, middle), to: &model)
  }

  /// Adds the masked-LM head and gives logits `[B·L, V]`.
  func addHead(_ states: String, to model: inout ModelGraph) throws -> String {
    let dense = try addLinear(names.transform, states, width, width, to: &model)
    let transformed = try addNorm(
      names.transformNorm, model.activate(dense, activation), to: &model)
    let words = try wordTable(model)
    let own = model.weights.find(names.decoderWeights)
    if own == nil, !tiesWordEmbeddings {
      throw ExportError(
        .invalidWeights,
        "The output layer is not tied to the word table, and the weights have no \(names.decoderWeights[0])."
      )
    }
    if let own, own.shape != words.shape {
      throw ExportError(
        .invalidWeights, "Expected the output layer in shape \(words.shape), found \(own.shape).")
    }
    let bias = try model.weights.tensor(names.decoderBiases, shape: [vocabularySize])
    return try model.linear(transformed, own ?? words, bias: bias)
  }

  private func wordTable(_ model: ModelGraph) throws -> WeightTensor {
    try weight("embeddings.word_embeddings", [vocabularySize, width], model)
  }

  private func addLinear(
    _ name: String, _ input: String, _ inputs: Int, _ outputs: Int, to model: inout ModelGraph
  ) throws -> String {
    try model.linear(
      input, weight(name, [outputs, inputs], model),
      bias: model.weights.tensor(candidates(name + ".bias"), shape: [outputs]))
  }

  private func addNorm(
    _ name: String, _ input: String, to model: inout ModelGraph
  ) throws -> String {
    // Old checkpoints call the two parameters of a norm gamma and beta.
    let weight = try model.weights.tensor(
      candidates(name + ".weight") + candidates(name + ".gamma"), shape: [width])
    let bias = try model.weights.tensor(
      candidates(name + ".bias") + candidates(name + ".beta"), shape: [width])
    return model.norm(input, weight: weight, bias: bias, epsilon: epsilon)
  }

  private func weight(
    _ name: String, _ shape: [Int], _ model: ModelGraph
  ) throws(ExportError) -> WeightTensor {
    try model.weights.tensor(candidates(name + ".weight"), shape: shape)
  }

  /// Files of headless models have no prefix, and the head's own names never have one.
  private func candidates(_ name: String) -> [String] { [names.prefix + name, name] }
}
