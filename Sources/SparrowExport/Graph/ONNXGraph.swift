/// A graph of operations under construction; every operation gives one named value.
///
/// Source of names and numbers: `onnx.proto` of ONNX 1.12 (operator set 17).
struct ONNXGraph {
  /// A setting of an operation.
  enum Attribute {
    case int(Int)
    case float(Float)
    case ints([Int])
  }

  /// The operator set that is used.
  static let operatorSet = 17
  /// The version of the file format that has this operator set.
  static let formatVersion = 8

  private var nodes: [ProtobufMessage] = []
  private var inputs: [ProtobufMessage] = []
  private var outputs: [ProtobufMessage] = []
  private var namesInUse: Set<String> = []
  /// The constants in the order of their making.
  private(set) var constants: [ONNXTensor] = []

  /// Adds an operation and gives the names of its results.
  mutating func add(
    _ operation: String, _ arguments: [String], _ attributes: [(String, Attribute)] = [],
    resultCount: Int
  ) -> [String] {
    var node = ProtobufMessage()
    let name = unusedName(operation)
    let results = (0..<resultCount).map { resultCount == 1 ? name : "\(name).\($0)" }
    for argument in arguments { node.add(1, argument) }
    for result in results { node.add(2, result) }
    node.add(3, name)
    node.add(4, operation)
    for (key, value) in attributes { node.add(5, Self.message(key, value)) }
    nodes.append(node)
    return results
  }

  /// Adds an operation and gives the name of its result.
  mutating func add(
    _ operation: String, _ arguments: String..., with attributes: [(String, Attribute)] = []
  ) -> String {
    add(operation, arguments, attributes, resultCount: 1)[0]
  }

  /// Adds a constant under a name that is not in use yet.
  mutating func constant(
    _ name: String, _ type: ONNXTensor.ElementType, _ shape: [Int], _ content: TensorContent
  ) -> String {
    let tensor = ONNXTensor(name: unusedName(name), type: type, shape: shape, content: content)
    constants.append(tensor)
    return tensor.name
  }

  /// Adds a single number.
  mutating func constant(_ value: Float) -> String {
    constant("number", .float32, [], TensorContent([value]))
  }

  /// Adds a list of whole numbers.
  mutating func constant(_ values: [Int]) -> String {
    constant("numbers", .int64, [values.count], TensorContent(values))
  }

  /// Adds a single whole number.
  mutating func scalar(_ value: Int) -> String {
    constant("number", .int64, [], TensorContent([value]))
  }

  /// Adds a conversion to another element type.
  mutating func cast(_ value: String, to type: ONNXTensor.ElementType) -> String {
    add("Cast", value, with: [("to", .int(type.rawValue))])
  }

  /// Adds an input of whole numbers.
  mutating func addInput(_ name: String, shape: [String]) {
    namesInUse.insert(name)
    inputs.append(Self.value(name, .int64, shape.map { .named($0) }))
  }

  /// Names a value as an output of the graph.
  mutating func addOutput(_ name: String, from value: String, rows: String, columns: Int) {
    var node = ProtobufMessage()
    node.add(1, value)
    node.add(2, name)
    node.add(4, "Identity")
    nodes.append(node)
    outputs.append(Self.value(name, .float32, [.named(rows), .known(columns)]))
  }

  /// The whole model.
  ///
  /// - Parameters:
  ///   - places: where the bytes of each constant are in a file beside it; nil puts them here.
  ///   - metadata: free-form texts for the reader.
  /// - Returns: the message of a model file.
  func model(places: [ExternalPlace?], metadata: [(String, String)]) -> ProtobufMessage {
    var graph = ProtobufMessage()
    for node in nodes { graph.add(1, node) }
    graph.add(2, "sparse-encoder")
    for (tensor, place) in zip(constants, places) { graph.add(5, tensor.message(at: place)) }
    for input in inputs { graph.add(11, input) }
    for output in outputs { graph.add(12, output) }
    var operators = ProtobufMessage()
    operators.add(2, Self.operatorSet)
    var model = ProtobufMessage()
    model.add(1, Self.formatVersion)
    model.add(2, "sparrow")
    model.add(7, graph)
    model.add(8, operators)
    for (key, value) in metadata {
      var entry = ProtobufMessage()
      entry.add(1, key)
      entry.add(2, value)
      model.add(14, entry)
    }
    return model
  }

  private mutating func unusedName(_ wish: String) -> String {
    var name = wish
    var number = 1
    while !namesInUse.insert(name).inserted {
      name = "\(wish)_\(namesInUse.count + number)"
      number += 1
    }
    return name
  }

  private static func message(_ name: String, _ attribute: Attribute) -> ProtobufMessage {
    var message = ProtobufMessage()
    message.add(1, name)
    switch attribute {
    case .float(let value):
      message.add(2, value)
      message.add(20, 1)
    case .int(let value):
      message.add(3, value)
      message.add(20, 2)
    case .ints(let values):
      for value in values { message.add(8, value) }
      message.add(20, 7)
    }
    return message
  }

  /// A size that is named or known.
  private enum Size {
    case named(String)
    case known(Int)
  }

  private static func value(
    _ name: String, _ type: ONNXTensor.ElementType, _ sizes: [Size]
  ) -> ProtobufMessage {
    var shape = ProtobufMessage()
    for size in sizes {
      var dimension = ProtobufMessage()
      switch size {
      case .named(let name): dimension.add(2, name)
      case .known(let count): dimension.add(1, count)
      }
      shape.add(1, dimension)
    }
    var tensor = ProtobufMessage()
    tensor.add(1, type.rawValue)
    tensor.add(2, shape)
    var kind = ProtobufMessage()
    kind.add(1, tensor)
    var value = ProtobufMessage()
    value.add(1, name)
    value.add(2, kind)
    return value
  }
}
