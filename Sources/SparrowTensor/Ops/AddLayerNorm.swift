import CTorchShim

extension Tensor {
  /// `LN(dropout(self + inputBias) + residual)` over the last dimension, in one pass over the rows.
  ///
  /// What follows each linear map of a transformer layer. Statistics are float32; parameters may be
  /// float32 whatever the type of the rows, and their gradients are then added in place.
  ///
  /// - Parameters:
  ///   - residual: added after dropout, `[T, D]` like this tensor.
  ///   - inputBias: added before dropout, `[D]`: the bias of the linear map before.
  ///   - weight: the scale of the norm, `[D]`.
  ///   - bias: its shift, `[D]`.
  ///   - epsilon: added to the variance.
  ///   - dropout: which elements are dropped; nil drops none.
  /// - Returns: `[T, D]` in this tensor's type.
  /// - Throws: ``TensorError`` when shapes or types do not fit.
  public func addLayerNorm(
    residual: Tensor? = nil, inputBias: Tensor? = nil, weight: Tensor, bias: Tensor?,
    epsilon: Double, dropout: DropoutMask? = nil
  ) throws(TensorError) -> Tensor {
    try produce {
      spw_add_layer_norm(
        handle, SparrowTensor.handle(inputBias), SparrowTensor.handle(residual), weight.handle,
        SparrowTensor.handle(bias), epsilon, dropout?.probability ?? 0, dropout?.seed ?? 0,
        dropout?.place ?? 0, $0)
    }
  }

  /// `gelu(self + bias)` by the Gaussian distribution function, `[T, D]`, in one pass.
  ///
  /// - Parameter bias: added first, `[D]`, of this tensor's type or float32; its gradient is summed in
  ///   the same pass.
  /// - Returns: `[T, D]` in this tensor's type.
  /// - Throws: ``TensorError`` when shapes or types do not fit.
  public func biasGelu(_ bias: Tensor?) throws(TensorError) -> Tensor {
    try produce { spw_bias_gelu(handle, SparrowTensor.handle(bias), $0) }
  }

  /// Sets the elements of a mask to 0 and scales the others by `1 / (1 - probability)`.
  ///
  /// - Throws: ``TensorError`` for integers and for a probability outside 0 to 1.
  public func dropped(_ mask: DropoutMask) throws(TensorError) -> Tensor {
    try produce { spw_dropout(handle, mask.probability, mask.seed, mask.place, $0) }
  }
}
