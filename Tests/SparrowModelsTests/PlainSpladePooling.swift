import SparrowModelFiles
import SparrowModels
import SparrowTensor

extension SpladePooling {
  /// Pools in the plainest way, text by text with all its logits.
  ///
  /// - Parameters:
  ///   - states: `[T, D]`, the texts one after another.
  ///   - weight: the output layer, `[V, D]`.
  ///   - bias: its bias, `[V]`.
  ///   - offsets: where each text begins, and at the end `T`.
  /// - Returns: weights `[B, V]`, float32, never below 0.
  /// - Throws: `TensorError` when shapes do not fit.
  func plain(
    _ states: Tensor, weight: Tensor, bias: Tensor, offsets: [Int]
  ) throws(TensorError) -> Tensor {
    var rows: [Tensor] = []
    for (start, end) in zip(offsets, offsets.dropFirst()) {
      guard end > start else {
        rows.append(try Tensor.zeros([weight.shape[0]]))
        continue
      }
      let logits = try states.narrowed(0, start..<end).linear(weight: weight, bias: bias)  // [L, V]
      var weights = try logits.to(.float32).relu().log1p()
      if activation == .log1pRelu { weights = try weights.log1p() }
      rows.append(
        try strategy == .max ? weights.maximum(along: 0).values : weights.sum(0))  // [V]
    }
    guard !rows.isEmpty else { return try Tensor.zeros([0, weight.shape[0]]) }
    return try Tensor.stacked(rows)
  }
}
