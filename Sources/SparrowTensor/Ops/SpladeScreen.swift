import CTorchShim
public import SparrowCore

/// The output layer of a SPLADE head rounded to bytes, which tells which entries can be positive.
///
/// A text has a positive weight for a few hundred of 30,522 entries. The screen bounds every logit by
/// products of bytes, at four times the rate of float32, and only entries that can be positive are
/// computed, exactly. Made once for a model that encodes; stale once its weights change. Processors
/// without such products ignore it.
///
/// ```swift
/// let screen = try SpladeScreen(weight: outputLayer, bias: bias)
/// let rows = try states.sparseSpladeHead(
///   weight: outputLayer, bias: bias, screen: screen, cumulativeLengths: lengths)
/// ```
public final class SpladeScreen {
  let handle: SpwSpladeScreen

  /// Rounds an output layer, in milliseconds.
  ///
  /// - Parameters:
  ///   - weight: `[V, D]`, float32 on the processor.
  ///   - bias: `[V]`.
  /// - Throws: ``TensorError`` when shapes or types do not fit.
  public init(weight: Tensor, bias: Tensor?) throws(TensorError) {
    var made = SpwSpladeScreen(pointer: nil)
    try check(spw_splade_screen_create(weight.handle, SparrowTensor.handle(bias), &made))
    handle = made
  }

  deinit { spw_splade_screen_free(handle) }
}

extension Tensor {
  /// The weights of ``spladeHead(weight:bias:cumulativeLengths:pooling:activation:)`` as sparse rows,
  /// without recording.
  ///
  /// From float32 states the weights are the same to the last bit, with and without a screen. From
  /// bfloat16 states they are computed in float32 where the screen lets through less than an eighth of
  /// the entries, else by products of bfloat16.
  ///
  /// - Parameters:
  ///   - weight: the output layer, `[V, D]`, in the type of the states or float32.
  ///   - bias: its bias, `[V]`.
  ///   - screen: made from the same weight and bias.
  ///   - cumulativeLengths: int32 `[B + 1]` on the processor: where each text begins, and at the end
  ///     `T`.
  ///   - pooling: maximum or sum over a text's tokens.
  ///   - activation: one or two logarithms.
  /// - Returns: one row for each text with its positive weights.
  /// - Throws: ``TensorError`` when shapes or types do not fit.
  public func sparseSpladeHead(
    weight: Tensor, bias: Tensor?, screen: SpladeScreen? = nil, cumulativeLengths: Tensor,
    pooling: SpladeHeadPooling = .max, activation: SpladeHeadActivation = .relu
  ) throws(TensorError) -> SparseMatrix {
    var rowOffsets = SpwTensor(pointer: nil)
    var columns = SpwTensor(pointer: nil)
    var weights = SpwTensor(pointer: nil)
    try check(
      spw_splade_head_sparse(
        handle, weight.handle, SparrowTensor.handle(bias),
        screen?.handle ?? SpwSpladeScreen(pointer: nil), cumulativeLengths.handle,
        pooling.rawValue, activation.rawValue, &rowOffsets, &columns, &weights))
    let offsets: [Int64] = try Tensor(adopting: rowOffsets).values()
    let indices: [Int32] = try Tensor(adopting: columns).values()
    let values: [Float] = try Tensor(adopting: weights).values()
    return SparseMatrix(
      uncheckedColumnCount: weight.shape[0], rowOffsets: offsets.map(Int.init),
      indices: indices.map { TokenID($0) }, values: values)
  }
}
