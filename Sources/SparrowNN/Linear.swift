public import SparrowTensor

/// A linear map with optional bias: `x · weightᵀ + bias` (PyTorch's `Linear`).
public final class Linear {
  /// `[outputs, inputs]`.
  public let weight: Parameter
  /// `[outputs]`, nil when the map has none.
  public let bias: Parameter?

  /// Creates the parameters `weight` and `bias` in a scope.
  ///
  /// - Parameters:
  ///   - scope: the module's name.
  ///   - inputs: the width of what goes in.
  ///   - outputs: the width of what comes out.
  ///   - hasBias: whether the map adds a bias.
  ///   - initializer: for weights that are not stored; a missing bias then starts at zero.
  /// - Throws: ``ModuleError`` when a parameter is absent or of another shape.
  public init(
    _ scope: ParameterScope, inputs: Int, outputs: Int, hasBias: Bool = true,
    initializer: Initializer? = nil
  ) throws {
    weight = try scope.parameter(
      "weight", shape: [outputs, inputs], initializer: initializer)
    bias =
      hasBias
      ? try scope.parameter(
        "bias", shape: [outputs], initializer: initializer == nil ? nil : .zeros)
      : nil
  }

  /// `x · weightᵀ` alone, for operations that add ``bias`` together with what follows.
  public func product(_ input: Tensor) throws(TensorError) -> Tensor {
    try input.linear(weight: weight.value(in: input.dtype))
  }

  /// Maps `[..., inputs]` to `[..., outputs]` in the input's precision.
  public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
    let dtype = input.dtype
    let biasValue: Tensor? = if let bias { try bias.value(in: dtype) } else { nil }
    return try input.linear(weight: weight.value(in: dtype), bias: biasValue)
  }
}
