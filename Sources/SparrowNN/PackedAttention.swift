public import SparrowTensor

/// Self-attention over packed sequences in its plainest form: one sequence at a time.
///
/// This is the definition that the fused operation is tested against, and the road for devices
/// without one.
public enum PlainPackedAttention {
  /// `softmax(query · keyᵀ · scale) · value` within each sequence and head.
  ///
  /// - Parameters:
  ///   - query: `[T, heads · width]`, the sequences one after another.
  ///   - key: likewise.
  ///   - value: likewise.
  ///   - offsets: where each sequence begins, and after the last one `T`.
  ///   - headCount: the number of heads.
  ///   - scale: multiplies the scores, as a rule `1/√width`.
  /// - Returns: `[T, heads · width]`.
  /// - Throws: `TensorError` when shapes do not fit.
  public static func attend(
    query: Tensor, key: Tensor, value: Tensor, offsets: [Int], headCount: Int, scale: Double
  ) throws(TensorError) -> Tensor {
    guard offsets.count > 1 else { return query }
    let width = query.shape[1] / headCount
    var contexts: [Tensor] = []
    for (start, end) in zip(offsets, offsets.dropFirst()) {
      let heads = { (packed: Tensor) throws(TensorError) -> Tensor in
        try packed.narrowed(0, start..<end)  // [L, heads · width]
          .reshaped([1, end - start, headCount, width])
          .transposed(1, 2)  // [1, heads, L, width]
      }
      let context = try heads(query).attention(
        key: heads(key), value: heads(value), scale: scale)
      contexts.append(
        try context.transposed(1, 2).reshaped([end - start, headCount * width]))
    }
    return try Tensor.concatenated(contexts)
  }
}
