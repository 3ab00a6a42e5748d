import SparrowModelFiles

/// A graph that is built from the weights of a model: linear maps, norms and tables by name.
struct ModelGraph {
  var graph = ONNXGraph()
  let weights: WeightFiles
  let precision: ONNXPrecision
  /// Tables of 8-bit numbers that are there already, by the tensor's identity.
  private var quantizedTables: [String: (table: String, scales: String)] = [:]
  private var plainTables: [String: String] = [:]

  init(weights: WeightFiles, precision: ONNXPrecision) {
    self.weights = weights
    self.precision = precision
  }

  /// A linear map of the model, `[N, inputs]` to `[N, outputs]`, by its name.
  mutating func linear(
    _ input: String, _ name: String, inputs: Int, outputs: Int, hasBias: Bool = true
  ) throws -> String {
    try linear(
      input, weights.tensor(name + ".weight", shape: [outputs, inputs]),
      bias: hasBias ? weights.tensor(name + ".bias", shape: [outputs]) : nil)
  }

  /// `input · Wᵀ + bias` over rows, `[N, in]` to `[N, out]`.
  ///
  /// In 8 bits the rows are quantized as they come, with one scale for all, and the weights with one
  /// for each output; products are summed in 32 bits.
  mutating func linear(
    _ input: String, _ weight: WeightTensor, bias: WeightTensor?
  ) throws -> String {
    guard precision == .int8 else {
      let table = plainTable(weight)
      let attributes: [(String, ONNXGraph.Attribute)] = [("transB", .int(1))]
      guard let bias else { return graph.add("Gemm", input, table, with: attributes) }
      return graph.add("Gemm", input, table, plainTable(bias), with: attributes)
    }
    let quantized = graph.add("DynamicQuantizeLinear", [input], resultCount: 3)
    let (table, scales) = try quantizedTable(weight)
    let transposed = graph.add("Transpose", table, with: [("perm", .ints([1, 0]))])
    let sums = graph.add("MatMulInteger", quantized[0], transposed, quantized[2])
    let scale = graph.add("Mul", quantized[1], scales)
    let numbers = graph.cast(sums, to: .float32)
    let product = graph.add("Mul", numbers, scale)
    guard let bias else { return product }
    return graph.add("Add", product, plainTable(bias))
  }

  /// The rows of a table for an input of any shape.
  mutating func rows(of weight: WeightTensor, at indices: String) throws -> String {
    guard precision == .int8 else { return graph.add("Gather", plainTable(weight), indices) }
    let (table, scales) = try quantizedTable(weight)
    let rows = graph.add("Gather", table, indices)
    let numbers = graph.cast(rows, to: .float32)
    let last = graph.constant([-1])
    let scale = graph.add("Unsqueeze", graph.add("Gather", scales, indices), last)
    return graph.add("Mul", numbers, scale)
  }

  /// A layer norm of the model over the last axis, by its name.
  mutating func norm(
    _ input: String, _ name: String, width: Int, epsilon: Double, hasBias: Bool = true
  ) throws -> String {
    // Old checkpoints call the two parameters gamma and beta.
    func parameter(_ names: [String]) throws -> String {
      plainTable(try weights.tensor(names.map { "\(name).\($0)" }, shape: [width]))
    }
    let bias = hasBias ? [try parameter(["bias", "beta"])] : []
    return graph.add(
      "LayerNormalization", [input, try parameter(["weight", "gamma"])] + bias,
      [("axis", .int(-1)), ("epsilon", .float(Float(epsilon)))], resultCount: 1)[0]
  }

  /// Parts of given sizes along the last axis.
  mutating func split(_ input: String, _ sizes: [Int]) -> [String] {
    graph.add(
      "Split", [input, graph.constant(sizes)], [("axis", .int(-1))], resultCount: sizes.count)
  }

  /// The activation of `config.json`.
  mutating func activate(_ input: String, _ activation: HiddenActivation) -> String {
    switch activation {
    case .relu: return graph.add("Relu", input)
    case .tanh: return graph.add("Tanh", input)
    case .gelu:
      let root = graph.constant(Float(0.5).squareRoot())
      let error = graph.add("Erf", graph.add("Mul", input, root))
      return gate(input, error)
    case .geluNew, .geluTangent:
      let cube = graph.add("Mul", graph.add("Mul", input, input), input)
      let small = graph.add("Mul", cube, graph.constant(0.044715))
      let factor = graph.constant((2 / Float.pi).squareRoot())
      let inner = graph.add("Mul", graph.add("Add", input, small), factor)
      return gate(input, graph.add("Tanh", inner))
    }
  }

  /// `input · (1 + gate) / 2`.
  private mutating func gate(_ input: String, _ gate: String) -> String {
    let opened = graph.add("Add", gate, graph.constant(1))
    return graph.add("Mul", graph.add("Mul", input, graph.constant(0.5)), opened)
  }

  /// A tensor as a constant in float32, once however often it is asked for.
  mutating func plainTable(_ tensor: WeightTensor) -> String {
    if let name = plainTables[tensor.identity] { return name }
    let name = graph.constant(tensor.name, .float32, tensor.shape, tensor.content)
    plainTables[tensor.identity] = name
    return name
  }

  /// A matrix in 8 bits with a scale for each row.
  private mutating func quantizedTable(
    _ tensor: WeightTensor
  ) throws -> (table: String, scales: String) {
    if let known = quantizedTables[tensor.identity] { return known }
    let (bytes, scales) = RowQuantization.quantize(try tensor.floats(), columns: tensor.shape[1])
    let result = (
      table: graph.constant(tensor.name, .int8, tensor.shape, TensorContent(bytes)),
      scales: graph.constant(
        tensor.name + ".scales", .float32, [scales.count], TensorContent(scales))
    )
    quantizedTables[tensor.identity] = result
    return result
  }
}
