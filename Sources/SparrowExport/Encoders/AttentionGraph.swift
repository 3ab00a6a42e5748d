/// Puts the self-attention of all heads over padded texts into a graph.
struct AttentionGraph {
  /// The sizes `[B, L, H, D/H]`.
  private let headShape: String
  /// The sizes `[B·L, D]`.
  private let rowShape: String
  private let scale: String

  /// Prepares what all layers share.
  init(headCount: Int, width: Int, inputs: TokenInputs, to model: inout ModelGraph) {
    headShape = model.graph.add(
      "Concat", inputs.sizes, model.graph.constant([headCount, width / headCount]),
      with: [("axis", .int(0))])
    rowShape = model.graph.constant([-1, width])
    scale = model.graph.constant(1 / Float(width / headCount).squareRoot())
  }

  /// Queries, keys or values by heads: `[B·L, D]` to `[B, H, L, D/H]`.
  func heads(_ rows: String, in model: inout ModelGraph) -> String {
    let heads = model.graph.add("Reshape", rows, headShape)  // [B, L, H, D/H]
    return model.graph.add("Transpose", heads, with: [("perm", .ints([0, 2, 1, 3]))])
  }

  /// Adds `softmax(query · keyᵀ · scale + addition) · value`.
  ///
  /// - Parameters:
  ///   - query: `[B, H, L, D/H]`.
  ///   - key: likewise.
  ///   - value: likewise.
  ///   - addition: what is added to scores, of a shape that broadcasts to `[B, H, L, L]`.
  ///   - model: gets the operations.
  /// - Returns: rows `[B·L, D]`.
  func add(
    query: String, key: String, value: String, addition: String, to model: inout ModelGraph
  ) -> String {
    let turned = model.graph.add("Transpose", key, with: [("perm", .ints([0, 1, 3, 2]))])
    let scores = model.graph.add("Mul", model.graph.add("MatMul", query, turned), scale)
    let shares = model.graph.add(
      "Softmax", model.graph.add("Add", scores, addition), with: [("axis", .int(-1))])
    let mixed = model.graph.add(
      "Transpose", model.graph.add("MatMul", shares, value),
      with: [("perm", .ints([0, 2, 1, 3]))])  // [B, L, H, D/H]
    return model.graph.add("Reshape", mixed, rowShape)
  }
}
