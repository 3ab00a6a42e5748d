import CTorchShim

extension Tensor {
  /// The matrix product; leading dimensions are batches and broadcast.
  public func matmul(_ other: Tensor) throws(TensorError) -> Tensor {
    try produce { spw_matmul(handle, other.handle, $0) }
  }

  /// `x · weightᵀ + bias`; input `[..., in]`, weight `[out, in]`, bias `[out]`.
  public func linear(weight: Tensor, bias: Tensor? = nil) throws(TensorError) -> Tensor {
    try produce { spw_linear(handle, weight.handle, SparrowTensor.handle(bias), $0) }
  }

  /// Rows of this table `[rows, width]` for each index; result `indices.shape + [width]`.
  public func embedding(_ indices: Tensor) throws(TensorError) -> Tensor {
    try produce { spw_embedding(handle, indices.handle, $0) }
  }

  /// `(x - mean) / √(variance + epsilon) · weight + bias` over the last dimension.
  public func layerNorm(
    weight: Tensor, bias: Tensor?, epsilon: Double
  ) throws(TensorError) -> Tensor {
    try produce {
      spw_layer_norm(handle, weight.handle, SparrowTensor.handle(bias), epsilon, $0)
    }
  }

  /// `softmax(query · keyᵀ · scale + mask) · value`, all `[batch, heads, length, width]`.
  ///
  /// - Parameters:
  ///   - key: what queries are compared with.
  ///   - value: what is averaged.
  ///   - additiveMask: added to the scores before the softmax; 0 keeps, -∞ drops.
  ///   - dropout: probability of dropping an attention weight.
  ///   - scale: multiplies the scores.
  /// - Returns: `[batch, heads, length, width]`.
  /// - Throws: ``TensorError`` when shapes do not fit.
  public func attention(
    key: Tensor, value: Tensor, additiveMask: Tensor? = nil, dropout: Double = 0, scale: Double
  ) throws(TensorError) -> Tensor {
    try produce {
      spw_attention(
        handle, key.handle, value.handle, SparrowTensor.handle(additiveMask), dropout, scale, $0)
    }
  }
}
