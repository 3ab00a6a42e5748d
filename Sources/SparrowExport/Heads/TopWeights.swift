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
