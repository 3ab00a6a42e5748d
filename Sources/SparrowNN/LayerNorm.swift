public import SparrowTensor

/// Normalisation over the last dimension with learned scale and shift.
///
/// Source: Ba et al. 2016 (arXiv 1607.06450).
public final class LayerNorm {
  /// The scale, `[width]`.
  public let weight: Parameter
  /// The shift, `[width]`.
  public let bias: Parameter
  /// Added to the variance.
  public let epsilon: Double

  /// Creates the parameters `weight` and `bias` in a scope; older files call them `gamma` and
  /// `beta`.
  public init(
    _ scope: ParameterScope, width: Int, epsilon: Double, initializes: Bool = false
  ) throws {
    let isOld = try scope.contains("gamma")
    weight = try scope.parameter(
      "weight", storedAs: isOld ? "gamma" : nil, shape: [width],
      initializer: initializes ? .ones : nil)
    bias = try scope.parameter(
      "bias", storedAs: isOld ? "beta" : nil, shape: [width],
      initializer: initializes ? .zeros : nil)
    self.epsilon = epsilon
  }

  /// Normalises `[..., width]`; statistics are computed in float32.
  public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
    let dtype = input.dtype
    return try input.layerNorm(
      weight: weight.value(in: dtype), bias: bias.value(in: dtype), epsilon: epsilon)
  }
}
