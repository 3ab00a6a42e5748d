import SparrowNN
import SparrowTensor

/// Attention of one text in which something is added to the scores before the softmax.
///
/// For what the fused operation does not know: relative positions, and windows over long texts.
struct ScoredAttention {
  let headCount: Int
  /// Multiplies products of queries and keys, as a rule `1/√width`.
  let scale: Double
  /// Probability of dropping an attention weight in training.
  let dropoutProbability: Double

  /// `dropout(softmax(query · keyᵀ · scale + addition)) · value` for each head.
  ///
  /// - Parameters:
  ///   - query: `[Q, heads · width]`.
  ///   - key: `[K, heads · width]`.
  ///   - value: likewise.
  ///   - addition: float32 `[heads, Q, K]` or `[1, Q, K]`.
  ///   - dropout: the random stream of a training step; nil drops nothing.
  /// - Returns: `[Q, heads · width]`.
  /// - Throws: `TensorError` when shapes do not fit.
  func callAsFunction(
    query: Tensor, key: Tensor, value: Tensor, addition: Tensor, dropout: DropoutStream?
  ) throws(TensorError) -> Tensor {
    let shape = query.shape
    let products = try heads(query).matmul(heads(key).transposed(1, 2))  // [heads, Q, K]
    var shares = try (products.to(.float32) * scale + addition).softmax()
    if let dropout { shares = try dropout.drop(shares, probability: dropoutProbability) }
    let context = try shares.to(value.dtype).matmul(heads(value))  // [heads, Q, width]
    return try context.transposed(0, 1).reshaped(shape)
  }

  private func heads(_ rows: Tensor) throws(TensorError) -> Tensor {
    let shape = rows.shape
    return try rows.reshaped([shape[0], headCount, shape[1] / headCount]).transposed(0, 1)
  }
}
