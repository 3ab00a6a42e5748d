public import SparrowCore

/// How the weights of a text's tokens become one weight for each vocabulary entry.
public enum PoolingStrategy: String, Sendable, Hashable, CaseIterable {
  /// The largest weight (SPLADE-max, Formal et al. 2021, arXiv 2109.10086).
  case max
  /// The sum of all weights (the first SPLADE).
  case sum
}

/// What turns a logit into a weight; the spellings are the reference's.
public enum SpladeActivation: String, Sendable, Hashable, CaseIterable {
  /// `log(1 + max(0, x))`.
  case relu
  /// `log(1 + log(1 + max(0, x)))`, as OpenSearch's third generation of models has it.
  case log1pRelu = "log1p_relu"
}

/// The SPLADE head: output layer, activation and pooling over a text's tokens in one operation.
///
/// `w[b, v] = max over tokens t of b of log(1 + relu(h_t · W_v + bias_v))`, or the sum. Because the
/// activation is monotone it commutes with the maximum, so that logits `[T, V]` are never stored.
/// Source: SPLADE v2 (arXiv 2109.10086), eq. 1 and 2; reference class `SpladePooling`.
public struct SpladePooling: Sendable, Hashable {
  /// Maximum or sum over tokens.
  public var strategy: PoolingStrategy
  /// One or two logarithms.
  public var activation: SpladeActivation

  /// Makes a head; the defaults are SPLADE v2's.
  public init(strategy: PoolingStrategy = .max, activation: SpladeActivation = .relu) {
    self.strategy = strategy
    self.activation = activation
  }

  /// Reads the stage's `config.json`; absent keys take the defaults, unknown ones are errors.
  ///
  /// - Throws: ``ModelError`` naming the key that is wrong.
  public init(_ object: JSONObject, path: String) throws(ModelError) {
    let known = [
      "pooling_strategy", "activation_function", "embedding_dimension",
      "word_embedding_dimension", "chunk_size",
    ]
    if let unknown = object.keys.first(where: { !known.contains($0) }) {
      throw ModelError(
        .invalidConfiguration,
        "Unknown key; SpladePooling knows \(known.joined(separator: ", ")).",
        at: FileLocation(path: path, item: unknown))
    }
    let reader = ConfigurationReader(object: object, path: path)
    strategy = try reader.choice("pooling_strategy", default: .max)
    activation = try reader.choice("activation_function", default: .relu)
  }

  /// The stage's `config.json` as the reference writes it.
  public func configuration(dimension: Int) -> JSONValue {
    [
      "pooling_strategy": .string(strategy.rawValue),
      "activation_function": .string(activation.rawValue),
      "embedding_dimension": .integer(Int64(dimension)),
    ]
  }
}
