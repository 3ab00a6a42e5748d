import SparrowCore
import SparrowModelFiles

/// Puts a ModernBERT encoder into a graph.
///
/// Tokens are rows, `[B·L, D]`, except within attention, `[B, H, L, D/H]`. Local layers compute all
/// scores of a text and exclude those beyond the window, so that they cost as much as global ones.
struct ModernBertGraph: EncoderGraph {
  private let configuration: ModernBertConfiguration

  init(_ configuration: ModernBertConfiguration) { self.configuration = configuration }

  let distinguishesSegments = false
  let wordTable = "embeddings.tok_embeddings"
  var width: Int { configuration.hiddenSize }

  /// What the layers of a kind share: rotations `[L, D/H]`, and what is added to scores.
  private struct Reach {
    let cosines: String
    let sines: String
    let addition: String
  }

  func add(_ inputs: TokenInputs, to model: inout ModelGraph) throws -> String {
    let words = try model.rows(
      of: model.weights.tensor(
        wordTable + ".weight", shape: [configuration.vocabularySize, width]),
      at: TokenInputs.tokens)  // [B, L, D]
    var states = model.graph.add(
      "Reshape", try addNorm("embeddings.norm", words, to: &model),
      model.graph.constant([-1, width]))  // [B·L, D]
    let attention = AttentionGraph(
      headCount: configuration.headCount, width: width, inputs: inputs, to: &model)
    var reaches: [ModernBertConfiguration.LayerKind: Reach] = [:]
    for (index, kind) in configuration.layerKinds.enumerated() {
      let reach = reaches[kind] ?? makeReach(kind, inputs, &model)
      reaches[kind] = reach
      states = try addLayer(index, states, attention, reach, to: &model)
    }
    return try addNorm("final_norm", states, to: &model)
  }

  private func makeReach(
    _ kind: ModernBertConfiguration.LayerKind, _ inputs: TokenInputs, _ model: inout ModelGraph
  ) -> Reach {
    let positions = model.graph.cast(inputs.positions, to: .float32)
    let column = model.graph.add("Unsqueeze", positions, model.graph.constant([1]))  // [L, 1]
    let frequencies = configuration.rotationFrequencies(kind)
    let angles = model.graph.add(
      "Mul", column,
      model.graph.constant(
        "frequencies", .float32, [1, 2 * frequencies.count],
        TensorContent(frequencies + frequencies)))
    var addition = model.graph.add(
      "Unsqueeze", inputs.penalty, model.graph.constant([1, 2]))  // [B, 1, 1, L]
    if kind == .local {
      let row = model.graph.add("Unsqueeze", positions, model.graph.constant([0]))
      let distances = model.graph.add("Abs", model.graph.add("Sub", row, column))  // [L, L]
      let isOutside = model.graph.add(
        "Greater", distances, model.graph.constant(Float(configuration.windowSize)))
      addition = model.graph.add(
        "Add", addition,
        model.graph.add(
          "Mul", model.graph.cast(isOutside, to: .float32),
          model.graph.constant(TokenInputs.excluded)))  // [B, 1, L, L]
    }
    return Reach(
      cosines: model.graph.add("Cos", angles), sines: model.graph.add("Sin", angles),
      addition: addition)
  }

  private func addLayer(
    _ index: Int, _ input: String, _ attention: AttentionGraph, _ reach: Reach,
    to model: inout ModelGraph
  ) throws -> String {
    let scope = "layers.\(index)."
    let inner = configuration.intermediateSize
    // The first layer's input has been normalised already.
    let normalized = index == 0 ? input : try addNorm(scope + "attn_norm", input, to: &model)
    let all = try model.linear(
      normalized, scope + "attn.Wqkv", inputs: width, outputs: 3 * width,
      hasBias: configuration.hasAttentionBias)
    let parts = model.split(all, [width, width, width]).map { attention.heads($0, in: &model) }
    let context = attention.add(
      query: rotate(parts[0], reach, &model), key: rotate(parts[1], reach, &model),
      value: parts[2], addition: reach.addition, to: &model)
    let attended = model.graph.add(
      "Add", input,
      try model.linear(
        context, scope + "attn.Wo", inputs: width, outputs: width,
        hasBias: configuration.hasAttentionBias))
    let both = try model.linear(
      addNorm(scope + "mlp_norm", attended, to: &model), scope + "mlp.Wi", inputs: width,
      outputs: 2 * inner, hasBias: configuration.hasFeedForwardBias)
    let halves = model.split(both, [inner, inner])
    let gated = model.graph.add(
      "Mul", model.activate(halves[0], configuration.activation), halves[1])
    let output = try model.linear(
      gated, scope + "mlp.Wo", inputs: inner, outputs: width,
      hasBias: configuration.hasFeedForwardBias)
    return model.graph.add("Add", attended, output)
  }

  /// Turns queries or keys, `[B, H, L, D/H]`, each by its token's angles.
  private func rotate(_ heads: String, _ reach: Reach, _ model: inout ModelGraph) -> String {
    let half = width / configuration.headCount / 2
    let halves = model.split(heads, [half, half])
    let turned = model.graph.add(
      "Concat", model.graph.add("Neg", halves[1]), halves[0], with: [("axis", .int(-1))])
    return model.graph.add(
      "Add", model.graph.add("Mul", heads, reach.cosines),
      model.graph.add("Mul", turned, reach.sines))
  }

  private func addNorm(
    _ name: String, _ input: String, to model: inout ModelGraph
  ) throws -> String {
    try model.norm(
      input, name, width: width, epsilon: configuration.layerNormEpsilon,
      hasBias: configuration.hasNormBias)
  }
}
