import CTorchShim

/// How the weights of a text's tokens become one weight for each vocabulary entry.
public enum SpladeHeadPooling: Int32, Sendable {
  /// The largest weight.
  case max = 0
  /// The sum of all weights.
  case sum = 1
}

/// What turns a logit into a weight.
public enum SpladeHeadActivation: Int32, Sendable {
  /// `ln(1 + max(0, x))`.
  case relu = 0
  /// `ln(1 + ln(1 + max(0, x)))`.
  case log1pRelu = 1
}

extension Tensor {
  /// Output layer, activation and pooling over each text's tokens; logits `[T, V]` are never stored.
  ///
  /// On a processor float32 and bfloat16 states run through kernels of our own, and the gradient
  /// touches only the tokens that won a maximum; other devices and types go through libtorch.
  ///
  /// - Parameters:
  ///   - weight: the output layer, `[V, D]`, in the type of the states or float32.
  ///   - bias: its bias, `[V]`.
  ///   - cumulativeLengths: int32 `[B + 1]` on the processor: where each text begins, and at the end
  ///     `T`.
  ///   - pooling: maximum or sum over a text's tokens.
  ///   - activation: one or two logarithms.
  /// - Returns: weights `[B, V]`, float32, never below 0; a text without tokens gives zeros.
  /// - Throws: ``TensorError`` when shapes or types do not fit.
  public func spladeHead(
    weight: Tensor, bias: Tensor?, cumulativeLengths: Tensor, pooling: SpladeHeadPooling,
    activation: SpladeHeadActivation
  ) throws(TensorError) -> Tensor {
    try produce {
      spw_splade_head(
        handle, weight.handle, SparrowTensor.handle(bias), cumulativeLengths.handle,
        pooling.rawValue, activation.rawValue, $0)
    }
  }
}
