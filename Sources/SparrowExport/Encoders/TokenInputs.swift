/// The inputs of a model, texts of tokens with padding at their ends, and what operations need of them.
struct TokenInputs {
  /// The inputs' names.
  static let tokens = "input_ids"
  static let mask = "attention_mask"
  static let segments = "token_type_ids"

  /// What is added to scores and logits of padding.
  static let excluded: Float = -1e30

  /// The sizes `[B, L]`, as two numbers.
  let sizes: String
  /// `[B, L]`, 1 for tokens and 0 for padding.
  let mask: String
  /// `[B, L]`, 0 for tokens and ``excluded`` for padding.
  let penalty: String
  /// `[L]`, the whole numbers from 0.
  let positions: String
  /// Whether ``segments`` is an input.
  let hasSegments: Bool

  /// Adds the inputs to a graph.
  init(hasSegments: Bool, to model: inout ModelGraph) {
    self.hasSegments = hasSegments
    for name in [Self.tokens, Self.mask] + (hasSegments ? [Self.segments] : []) {
      model.graph.addInput(name, shape: ["batch", "sequence"])
    }
    sizes = model.graph.add("Shape", Self.tokens)
    mask = model.graph.cast(Self.mask, to: .float32)
    let absent = model.graph.add("Sub", model.graph.constant(1), mask)
    penalty = model.graph.add("Mul", absent, model.graph.constant(Self.excluded))
    let length = model.graph.add("Gather", sizes, model.graph.scalar(1))
    positions = model.graph.add("Range", model.graph.scalar(0), length, model.graph.scalar(1))
  }

  /// Rows of tokens by texts: `[B·L, N]` to `[B, L, N]`.
  func texts(_ rows: String, in model: inout ModelGraph) -> String {
    let shape = model.graph.add(
      "Concat", sizes, model.graph.constant([-1]), with: [("axis", .int(0))])
    return model.graph.add("Reshape", rows, shape)
  }
}
