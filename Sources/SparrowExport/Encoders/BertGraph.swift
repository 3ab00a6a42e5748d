import SparrowCore
import SparrowModelFiles

/// Puts an encoder of BERT's kind into a graph: BERT, DistilBERT, RoBERTa, XLM-RoBERTa and MPNet.
///
/// Tokens are rows, `[B·L, D]`, except within attention, `[B, H, L, D/H]`.
struct BertGraph: EncoderGraph {
  private let configuration: BertConfiguration
  private let names: BertParameterNames

  init(_ configuration: BertConfiguration, _ names: BertParameterNames) {
    self.configuration = configuration
    self.names = names
  }

  let wordTable = "embeddings.word_embeddings"
  var width: Int { configuration.hiddenSize }
  var distinguishesSegments: Bool { configuration.typeCount > 1 && configuration.hasTextTypes }

  func add(_ inputs: TokenInputs, to model: inout ModelGraph) throws -> String {
    var states = try addEmbeddings(inputs, to: &model)
    let attention = AttentionGraph(
      headCount: configuration.headCount, width: width, inputs: inputs, to: &model)
    let penalty = model.graph.add(
      "Unsqueeze", inputs.penalty, model.graph.constant([1, 2]))  // [B, 1, 1, L]
    let addition =
      try relativeBias(inputs, to: &model).map { model.graph.add("Add", $0, penalty) } ?? penalty
    for layer in 0..<configuration.layerCount {
      states = try addLayer(
        "\(names.layers).\(layer).", states, attention, addition: addition, to: &model)
    }
    return states
  }

  private func addEmbeddings(
    _ inputs: TokenInputs, to model: inout ModelGraph
  ) throws -> String {
    let words = try model.rows(
      of: model.weights.tensor(
        wordTable + ".weight", shape: [configuration.vocabularySize, width]),
      at: TokenInputs.tokens)  // [B, L, D]
    let positions = model.graph.add(
      "Gather", try positionTable(inputs, &model), positions(inputs, &model))  // [(B,) L, D]
    var sum = model.graph.add("Add", words, positions)
    if inputs.hasSegments {
      let table = model.plainTable(try segmentTable(model))
      sum = model.graph.add("Add", sum, model.graph.add("Gather", table, TokenInputs.segments))
    }
    return model.graph.add(
      "Reshape", try addNorm("embeddings.LayerNorm", sum, to: &model),
      model.graph.constant([-1, width]))  // [B·L, D]
  }

  /// Rows of the position table: `[L]`, or `[B, L]` where padding tokens do not count.
  private func positions(_ inputs: TokenInputs, _ model: inout ModelGraph) -> String {
    guard let paddingID = configuration.paddingID else { return inputs.positions }
    let padding = model.graph.scalar(paddingID)
    let isText = model.graph.add("Not", model.graph.add("Equal", TokenInputs.tokens, padding))
    let ones = model.graph.cast(isText, to: .int64)
    let counts = model.graph.add("CumSum", ones, model.graph.scalar(1))
    return model.graph.add("Add", model.graph.add("Mul", counts, ones), padding)
  }

  /// The position table, to which the first segment's row is added when all tokens are in that segment.
  private func positionTable(_ inputs: TokenInputs, _ model: inout ModelGraph) throws -> String {
    let shape = [configuration.maximumPositionCount, width]
    let table = try model.weights.tensor("embeddings.position_embeddings.weight", shape: shape)
    guard configuration.typeCount > 0, !inputs.hasSegments else { return model.plainTable(table) }
    let first = try segmentTable(model).floats().prefix(width)
    var values = try table.floats()
    for index in values.indices { values[index] += first[index % width] }
    return model.graph.constant("positions", .float32, shape, TensorContent(values))
  }

  private func segmentTable(_ model: ModelGraph) throws(ExportError) -> WeightTensor {
    try model.weights.tensor(
      "embeddings.token_type_embeddings.weight", shape: [configuration.typeCount, width])
  }

  /// A number for each head and pair of tokens, `[H, L, L]`; nil for families without.
  private func relativeBias(
    _ inputs: TokenInputs, to model: inout ModelGraph
  ) throws -> String? {
    guard let bucketCount = configuration.relativeBucketCount else { return nil }
    let table = try model.weights.tensor(
      "encoder.relative_attention_bias.weight", shape: [bucketCount, configuration.headCount])
    let farthest = configuration.maximumTokenCount
    let buckets = (-farthest...farthest).map(RelativePositionBuckets.bucket(ofDistance:))
    let keys = model.graph.add("Unsqueeze", inputs.positions, model.graph.constant([0]))
    let queries = model.graph.add("Unsqueeze", inputs.positions, model.graph.constant([1]))
    let distances = model.graph.add("Sub", keys, queries)  // [L, L]
    let places = model.graph.add("Add", distances, model.graph.scalar(farthest))
    let numbers = model.graph.add(
      "Gather", model.plainTable(table),
      model.graph.add("Gather", model.graph.constant(buckets), places))  // [L, L, H]
    return model.graph.add("Transpose", numbers, with: [("perm", .ints([2, 0, 1]))])
  }

  private func addLayer(
    _ scope: String, _ input: String, _ attention: AttentionGraph, addition: String,
    to model: inout ModelGraph
  ) throws -> String {
    let inner = configuration.intermediateSize
    func heads(_ name: String) throws -> String {
      let rows = try model.linear(input, scope + name, inputs: width, outputs: width)
      return attention.heads(rows, in: &model)
    }
    let context = attention.add(
      query: try heads(names.query), key: try heads(names.key), value: try heads(names.value),
      addition: addition, to: &model)
    let attended = try model.linear(
      context, scope + names.attentionOutput, inputs: width, outputs: width)
    let middle = try addNorm(
      scope + names.attentionNorm, model.graph.add("Add", attended, input), to: &model)
    let wide = model.activate(
      try model.linear(middle, scope + names.intermediate, inputs: width, outputs: inner),
      configuration.activation)
    let output = try model.linear(wide, scope + names.output, inputs: inner, outputs: width)
    return try addNorm(
      scope + names.outputNorm, model.graph.add("Add", output, middle), to: &model)
  }

  private func addNorm(
    _ name: String, _ input: String, to model: inout ModelGraph
  ) throws -> String {
    try model.norm(input, name, width: width, epsilon: configuration.layerNormEpsilon)
  }
}
