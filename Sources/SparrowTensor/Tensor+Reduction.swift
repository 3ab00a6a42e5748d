import CTorchShim

extension Tensor {
  private func reduce(
    _ operation: SpwReduction, _ dimensions: [Int], keep: Bool
  ) throws(TensorError) -> Tensor {
    try produce {
      spw_reduce(
        Int32(operation.rawValue), handle, wide(dimensions), Int32(dimensions.count),
        keep ? 1 : 0, $0)
    }
  }

  /// The sum over the given dimensions, all of them when none is given.
  public func sum(_ dimensions: Int..., keepsDimensions: Bool = false) throws(TensorError) -> Tensor
  {
    try reduce(SPW_SUM, dimensions, keep: keepsDimensions)
  }
  /// The mean over the given dimensions, all of them when none is given.
  public func mean(
    _ dimensions: Int..., keepsDimensions: Bool = false
  ) throws(TensorError) -> Tensor {
    try reduce(SPW_MEAN, dimensions, keep: keepsDimensions)
  }
  /// The largest element over the given dimensions; ties share the gradient.
  public func amax(
    _ dimensions: Int..., keepsDimensions: Bool = false
  ) throws(TensorError) -> Tensor {
    try reduce(SPW_AMAX, dimensions, keep: keepsDimensions)
  }
  /// The smallest element over the given dimensions; ties share the gradient.
  public func amin(
    _ dimensions: Int..., keepsDimensions: Bool = false
  ) throws(TensorError) -> Tensor {
    try reduce(SPW_AMIN, dimensions, keep: keepsDimensions)
  }
  /// `log Σ e^x` over the given dimensions, without overflow.
  public func logSumExp(
    _ dimensions: Int..., keepsDimensions: Bool = false
  ) throws(TensorError) -> Tensor {
    try reduce(SPW_LOGSUMEXP, dimensions, keep: keepsDimensions)
  }
  /// The Euclidean norm over the given dimensions; its gradient at zero is 0.
  public func norm(
    _ dimensions: Int..., keepsDimensions: Bool = false
  ) throws(TensorError) -> Tensor {
    try reduce(SPW_NORM, dimensions, keep: keepsDimensions)
  }
  /// The standard deviation with divisor `n - 1` over the given dimensions.
  public func standardDeviation(
    _ dimensions: Int..., keepsDimensions: Bool = false
  ) throws(TensorError) -> Tensor {
    try reduce(SPW_STD, dimensions, keep: keepsDimensions)
  }
  /// Whether any element is true or non-zero.
  public func any() throws(TensorError) -> Bool {
    try reduce(SPW_ANY, [], keep: false).item() != 0
  }
  /// Whether all elements are true or non-zero.
  public func all() throws(TensorError) -> Bool {
    try reduce(SPW_ALL, [], keep: false).item() != 0
  }

  /// The largest element along a dimension and where it is; of ties the first, on a processor.
  public func maximum(
    along dimension: Int, keepsDimension: Bool = false
  ) throws(TensorError) -> (values: Tensor, indices: Tensor) {
    try producePair {
      spw_max_with_index(handle, Int64(dimension), keepsDimension ? 1 : 0, $0, $1)
    }
  }

  /// The `count` largest elements along a dimension, descending, and where they are.
  public func largest(
    _ count: Int, along dimension: Int = -1
  ) throws(TensorError) -> (values: Tensor, indices: Tensor) {
    try producePair { spw_topk(handle, Int64(count), Int64(dimension), $0, $1) }
  }

  /// Elements in order along a dimension, and where each came from; equal ones keep their order.
  public func sorted(
    along dimension: Int = -1, descending: Bool = false
  ) throws(TensorError) -> (values: Tensor, indices: Tensor) {
    try producePair { spw_sort(handle, Int64(dimension), descending ? 1 : 0, $0, $1) }
  }

  /// Running sums along a dimension.
  public func cumulativeSum(along dimension: Int) throws(TensorError) -> Tensor {
    try produce { spw_cumulative_sum(handle, Int64(dimension), $0) }
  }

  /// Running `log Σ e^x` along a dimension.
  public func cumulativeLogSumExp(along dimension: Int) throws(TensorError) -> Tensor {
    try produce { spw_cumulative_logsumexp(handle, Int64(dimension), $0) }
  }

  /// `e^x / Σ e^x` along a dimension.
  public func softmax(along dimension: Int = -1) throws(TensorError) -> Tensor {
    try produce { spw_softmax(handle, Int64(dimension), 0, $0) }
  }

  /// The logarithm of ``softmax(along:)``, computed without underflow.
  public func logSoftmax(along dimension: Int = -1) throws(TensorError) -> Tensor {
    try produce { spw_softmax(handle, Int64(dimension), 1, $0) }
  }
}
