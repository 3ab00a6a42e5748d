public import SparrowTensor

/// A table with one learned row for each index.
public final class Embedding {
  /// `[rows, width]`.
  public let weight: Parameter

  /// Creates the parameter `weight` in a scope.
  public init(
    _ scope: ParameterScope, rows: Int, width: Int, initializer: Initializer? = nil
  ) throws {
    weight = try scope.parameter("weight", shape: [rows, width], initializer: initializer)
  }

  /// The rows of the given indices (int32 or int64), in the given precision.
  public func callAsFunction(
    _ indices: Tensor, in dtype: DType = .float32
  ) throws(TensorError) -> Tensor {
    try weight.value(in: dtype).embedding(indices)
  }
}
