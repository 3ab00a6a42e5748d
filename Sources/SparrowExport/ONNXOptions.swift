/// The number format of an exported model's weights.
public enum ONNXPrecision: String, Sendable, Hashable, CaseIterable {
  /// 32-bit floating-point numbers: the model's own weights.
  case float32
  /// 8-bit integers with a scale for each row; activations are quantized as they come.
  case int8
}

/// How a model is exported.
public struct ONNXOptions: Sendable, Hashable {
  /// The number format of the weights; the default is float32.
  public var precision = ONNXPrecision.float32
  /// Constants of more bytes than this together go into a file beside the model.
  ///
  /// The default is 1.9 GB: a file in the format of protocol buffers must stay below 2 GiB.
  public var largestInlineByteCount = 1_900_000_000

  /// Makes the default options.
  public init() {}
}

/// What was exported.
public struct ONNXSummary: Sendable, Hashable {
  /// What a model gives, by the output's name.
  public enum Output: String, Sendable, Hashable, CaseIterable {
    /// The weights of a sparse model.
    case sparseEmbedding = "sparse_embedding"
    /// The vectors of a dense encoder.
    case sentenceEmbedding = "sentence_embedding"
    /// The numbers of a cross-encoder, before the activation.
    case logits
  }

  /// What the model gives.
  public let output: Output
  /// Columns of the output.
  public let dimension: Int
  /// The longest input in tokens.
  public let maximumLength: Int
  /// Bytes of all constants.
  public let byteCount: Int
  /// The name of the file beside the model that holds the constants; nil when they are in the model.
  public let externalFileName: String?
}
