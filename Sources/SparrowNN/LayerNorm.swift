public import SparrowTensor

/// Normalisation over the last dimension with learned scale and, as a rule, shift.
///
/// Source: Ba et al. 2016 (arXiv 1607.06450).
public final class LayerNorm {
  /// The scale, `[width]`.
  public let weight: Parameter
  /// The shift, `[width]`; nil when the norm has none.
  public let bias: Parameter?
  /// Added to the variance.
  public let epsilon: Double

  /// Creates the parameters `weight` and `bias` in a scope; older files call them `gamma` and
  /// `beta`.
  public init(
    _ scope: ParameterScope, width: Int, epsilon: Double, hasBias: Bool = true,
    initializes: Bool = false
  ) throws {
    let isOld = try scope.contains("gamma")
    weight = try scope.parameter(
      "weight", storedAs: isOld ? "gamma" : nil, shape: [width],
      initializer: initializes ? .ones : nil)
    bias =
      hasBias
      ? try scope.parameter(
        "bias", storedAs: isOld ? "beta" : nil, shape: [width],
        initializer: initializes ? .zeros : nil)
      : nil
    self.epsilon = epsilon
  }

  /// Normalises `dropout(input + inputBias) + residual`, each `[T, width]`, in one pass.
  ///
  /// - Parameters:
  ///   - input: what the linear map before gave, without its bias.
  ///   - inputBias: that bias, nil for none.
  ///   - residual: added after dropout, nil for none.
  ///   - dropout: which elements are dropped; nil drops none.
  /// - Returns: `[T, width]` in the input's precision.
  /// - Throws: `TensorError` when shapes do not fit.
  public func callAsFunction(
    _ input: Tensor, inputBias: Parameter?, residual: Tensor?, dropout: DropoutMask? = nil
  ) throws(TensorError) -> Tensor {
    try input.addLayerNorm(
      residual: residual, inputBias: inputBias?.tensor, weight: weight.tensor, bias: bias?.tensor,
      epsilon: epsilon, dropout: dropout)
  }

  /// Normalises `[..., width]`; statistics are computed in float32.
  public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
    let dtype = input.dtype
    return try input.layerNorm(
      weight: weight.value(in: dtype), bias: bias?.value(in: dtype), epsilon: epsilon)
  }
}
