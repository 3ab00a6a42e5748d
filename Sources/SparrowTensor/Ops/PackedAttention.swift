import CTorchShim

extension Tensor {
  /// Self-attention within each text of a packed batch; this tensor holds query, key and value side
  /// by side, `[T, 3 · heads · width]`.
  ///
  /// `dropout(softmax(query · keyᵀ · scale)) · value` for each head. Nothing is padded and no mask is
  /// made; the backward pass computes the probabilities and the dropout mask again.
  ///
  /// - Parameters:
  ///   - cumulativeLengths: int32 `[B + 1]` on the processor: where each text begins, and at the end
  ///     `T`.
  ///   - headCount: the number of heads.
  ///   - scale: multiplies the scores, as a rule `1/√width`.
  ///   - dropout: which attention weights are dropped; nil drops none.
  /// - Returns: `[T, heads · width]` in this tensor's type.
  /// - Throws: ``TensorError`` when shapes or types do not fit.
  public func packedAttention(
    cumulativeLengths: Tensor, headCount: Int, scale: Double, dropout: DropoutMask? = nil
  ) throws(TensorError) -> Tensor {
    try packedAttention(
      key: nil, value: nil, cumulativeLengths: cumulativeLengths, headCount: headCount,
      scale: scale, dropout: dropout)
  }

  /// Self-attention within each text of a packed batch; this tensor is the query.
  ///
  /// - Parameters:
  ///   - key: what queries are compared with, `[T, heads · width]` like this tensor.
  ///   - value: what is averaged, of the same shape.
  ///   - cumulativeLengths: int32 `[B + 1]` on the processor: where each text begins, and at the end
  ///     `T`.
  ///   - headCount: the number of heads.
  ///   - scale: multiplies the scores, as a rule `1/√width`.
  ///   - dropout: which attention weights are dropped; nil drops none.
  /// - Returns: `[T, heads · width]` in this tensor's type.
  /// - Throws: ``TensorError`` when shapes or types do not fit.
  public func packedAttention(
    key: Tensor?, value: Tensor?, cumulativeLengths: Tensor, headCount: Int, scale: Double,
    dropout: DropoutMask? = nil
  ) throws(TensorError) -> Tensor {
    try produce {
      spw_packed_attention(
        handle, SparrowTensor.handle(key), SparrowTensor.handle(value), cumulativeLengths.handle,
        Int32(clamping: headCount), scale, dropout?.probability ?? 0, dropout?.seed ?? 0,
        dropout?.place ?? 0, $0)
    }
  }
}
