/// A graph that is built from the weights of a model: linear maps, norms and tables by name.
struct ModelGraph {
  var graph = ONNXGraph()
  let weights: WeightFiles
  let precision: ONNXPrecision
  /// Tables of 8-bit numbers that are there already, by the tensor's name.
  private var quantizedTables: [String: (table: String, scales: String)] = [:]
  private var plainTables: [String: String] = [:]

  init(weights: WeightFiles, precision: ONNXPrecision) {
    self.weights = weights
    self.precision = precision
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
    let numbers = graph.add(
      "Cast", sums, with: [("to", .int(ONNXTensor.ElementType.float32.rawValue))])
    let product = graph.add("Mul", numbers, scale)
    guard let bias else { return product }
    return graph.add("Add", product, plainTable(bias))
  }

  /// The rows of a table for an input of any shape.
  mutating func rows(of weight: WeightTensor, at indices: String) throws -> String {
    guard precision == .int8 else { return graph.add("Gather", plainTable(weight), indices) }
    let (table, scales) = try quantizedTable(weight)
    let rows = graph.add("Gather", table, indices)
    let numbers = graph.add(
      "Cast", rows, with: [("to", .int(ONNXTensor.ElementType.float32.rawValue))])
    let last = graph.constant([-1])
    let scale = graph.add("Unsqueeze", graph.add("Gather", scales, indices), last)
    return graph.add("Mul", numbers, scale)
  }

  /// Layer norm over the last axis.
  mutating func norm(
    _ input: String, weight: WeightTensor, bias: WeightTensor, epsilon: Double
  ) -> String {
    graph.add(
      "LayerNormalization", input, plainTable(weight), plainTable(bias),
      with: [("axis", .int(-1)), ("epsilon", .float(Float(epsilon)))])
  }

  /// The activation of `config.json`.
  mutating func activate(_ input: String, _ activation: ExportActivation) -> String {
    switch activation {
    case .relu: return graph.add("Relu", input)
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
    if let name = plainTables[tensor.name] { return name }
    let name = graph.constant(tensor.name, .float32, tensor.shape, tensor.content)
    plainTables[tensor.name] = name
    return name
  }

  /// A matrix in 8 bits with a scale for each row.
  private mutating func quantizedTable(
    _ tensor: WeightTensor
  ) throws -> (table: String, scales: String) {
    if let known = quantizedTables[tensor.name] { return known }
    let (bytes, scales) = RowQuantization.quantize(try tensor.floats(), columns: tensor.shape[1])
    let content = TensorContent(byteCount: bytes.count) { bytes.map { UInt8(bitPattern: $0) } }
    let result = (
      table: graph.constant(tensor.name, .int8, tensor.shape, content),
      scales: graph.constant(
        tensor.name + ".scales", .float32, [scales.count], TensorContent(scales))
    )
    quantizedTables[tensor.name] = result
    return result
  }
}

/// Numbers of 8 bits with one scale for each row of a matrix, symmetric around zero.
enum RowQuantization {
  /// The largest magnitude of a quantized number.
  private static let limit: Float = 127

  static func quantize(_ values: [Float], columns: Int) -> (values: [Int8], scales: [Float]) {
    var result: [Int8] = []
    result.reserveCapacity(values.count)
    var scales: [Float] = []
    for start in stride(from: 0, to: values.count, by: columns) {
      let row = values[start..<(start + columns)]
      let largest = row.reduce(0) { max($0, abs($1)) }
      let scale = largest > 0 ? largest / limit : 1
      scales.append(scale)
      for value in row { result.append(Int8((value / scale).rounded())) }
    }
    return (result, scales)
  }
}

/// The activations of `config.json` that can be exported, by the reference's spellings.
enum ExportActivation: String, CaseIterable {
  case gelu
  case geluNew = "gelu_new"
  case geluTangent = "gelu_pytorch_tanh"
  case relu
}
