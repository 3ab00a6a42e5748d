/// A constant of a graph.
struct ONNXTensor {
  /// Element types, by their numbers in `TensorProto.DataType`.
  enum ElementType: Int {
    case float32 = 1
    case int8 = 3
    case int64 = 7
    case bool = 9
  }

  let name: String
  let type: ElementType
  let shape: [Int]
  let content: TensorContent

  /// The constant as a message of `onnx.proto`.
  ///
  /// - Parameter place: where its bytes are in a file beside the model; nil puts them here.
  /// - Returns: a `TensorProto`.
  func message(at place: ExternalPlace?) -> ProtobufMessage {
    var message = ProtobufMessage()
    for size in shape { message.add(1, size) }
    message.add(2, type.rawValue)
    message.add(8, name)
    guard let place else {
      message.add(9, content)
      return message
    }
    for (key, value) in place.entries {
      var entry = ProtobufMessage()
      entry.add(1, key)
      entry.add(2, value)
      message.add(13, entry)
    }
    message.add(14, 1)
    return message
  }
}

/// Where the bytes of a tensor are in a file beside the model.
struct ExternalPlace {
  let fileName: String
  let offset: Int
  let byteCount: Int

  /// Offsets are multiples of this, so that runtimes can map the file.
  static let alignment = 4096
  /// Smaller constants stay in the model: runtimes want to read shapes before other files.
  static let leastByteCount = 1024

  var entries: [(String, String)] {
    [("location", fileName), ("offset", "\(offset)"), ("length", "\(byteCount)")]
  }
}
