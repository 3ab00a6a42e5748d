import SparrowModelFiles

/// Puts what makes one vector of a text's hidden states into a graph.
///
/// All ways but the maximum are sums of states with a share for each token; padding has none.
struct PoolingGraph {
  let inputs: TokenInputs

  /// Adds all modes of a pooling, `[B·L, D]` to `[B, modes · D]`.
  func add(_ states: String, _ pooling: Pooling, to model: inout ModelGraph) -> String {
    let texts = inputs.texts(states, in: &model)  // [B, L, D]
    let vectors = pooling.modes.map { add(texts, $0, to: &model) }
    return vectors.count == 1
      ? vectors[0] : model.graph.add("Concat", vectors, [("axis", .int(-1))], resultCount: 1)[0]
  }

  /// Adds one mode, `[B, L, D]` to `[B, D]`.
  func add(_ texts: String, _ mode: Pooling.Mode, to model: inout ModelGraph) -> String {
    guard mode != .max else {
      let penalty = model.graph.add("Unsqueeze", inputs.penalty, model.graph.constant([-1]))
      return model.graph.add(
        "ReduceMax", model.graph.add("Add", texts, penalty),
        with: [("axes", .ints([1])), ("keepdims", .int(0))])
    }
    let row = model.graph.add(
      "Unsqueeze", shares(mode, &model), model.graph.constant([1]))  // [B, 1, L]
    let vectors = model.graph.add("MatMul", row, texts)  // [B, 1, D]
    return model.graph.add("Squeeze", vectors, model.graph.constant([1]))
  }

  /// How much of each token goes into its text's vector, `[B, L]`.
  private func shares(_ mode: Pooling.Mode, _ model: inout ModelGraph) -> String {
    let counts = model.graph.add("CumSum", inputs.mask, model.graph.scalar(1))
    let places = model.graph.add("Mul", counts, inputs.mask)  // 1, 2, …, or 0 for padding
    switch mode {
    case .cls, .max: return select(places, model.graph.constant(1), &model)
    case .lastToken: return select(places, sum(inputs.mask, &model), &model)
    case .mean: return divide(inputs.mask, sum(inputs.mask, &model), &model)
    case .weightedMean: return divide(places, sum(places, &model), &model)
    case .meanSquareRootLength:
      return divide(inputs.mask, model.graph.add("Sqrt", sum(inputs.mask, &model)), &model)
    }
  }

  private func sum(_ values: String, _ model: inout ModelGraph) -> String {
    model.graph.add("ReduceSum", values, model.graph.constant([1]), with: [("keepdims", .int(1))])
  }

  /// 1 for the token at a place, of which 1 is the first.
  private func select(
    _ places: String, _ place: String, _ model: inout ModelGraph
  ) -> String {
    model.graph.cast(model.graph.add("Equal", places, place), to: .float32)
  }

  /// A quotient, 0 for texts without tokens.
  private func divide(
    _ values: String, _ divisor: String, _ model: inout ModelGraph
  ) -> String {
    model.graph.add("Div", values, model.graph.add("Max", divisor, model.graph.constant(1e-9)))
  }
}
