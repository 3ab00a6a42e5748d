public import SparrowCore
public import SparrowModelFiles
public import SparrowTensor

extension SpladePooling {
  /// Pools the states of packed texts.
  ///
  /// - Parameters:
  ///   - states: `[T, D]`, the texts one after another.
  ///   - weight: the output layer, `[V, D]`, in the type of the states or float32.
  ///   - bias: its bias, `[V]`; nil for none.
  ///   - cumulativeLengths: where each text begins, and at the end `T`; int32 `[B + 1]`.
  /// - Returns: weights `[B, V]`, float32, never below 0.
  /// - Throws: `TensorError` when shapes do not fit.
  public func callAsFunction(
    _ states: Tensor, weight: Tensor, bias: Tensor?, cumulativeLengths: Tensor
  ) throws(TensorError) -> Tensor {
    try states.spladeHead(
      weight: weight, bias: bias, cumulativeLengths: cumulativeLengths,
      pooling: strategy.operation, activation: activation.operation)
  }

  /// The same weights as sparse rows, without recording and without the dense form in between.
  ///
  /// - Parameters:
  ///   - states: `[T, D]`, the texts one after another.
  ///   - weight: the output layer, `[V, D]`, in the type of the states or float32.
  ///   - bias: its bias, `[V]`.
  ///   - screen: tells which weights can be positive; made from the same weight and bias.
  ///   - cumulativeLengths: where each text begins, and at the end `T`; int32 `[B + 1]`.
  /// - Returns: one row for each text with its positive weights.
  /// - Throws: `TensorError` when shapes do not fit.
  public func sparseRows(
    _ states: Tensor, weight: Tensor, bias: Tensor?, screen: SpladeScreen?,
    cumulativeLengths: Tensor
  ) throws(TensorError) -> SparseMatrix {
    try states.sparseSpladeHead(
      weight: weight, bias: bias, screen: screen, cumulativeLengths: cumulativeLengths,
      pooling: strategy.operation, activation: activation.operation)
  }
}

extension PoolingStrategy {
  /// The operation's name for it.
  fileprivate var operation: SpladeHeadPooling { self == .max ? .max : .sum }
}

extension SpladeActivation {
  /// The operation's name for it.
  fileprivate var operation: SpladeHeadActivation { self == .relu ? .relu : .log1pRelu }
}
