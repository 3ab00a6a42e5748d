import CTorchShim

extension Tensor {
  /// The same elements in another shape; one size may be -1 and is then worked out.
  public func reshaped(_ shape: [Int]) throws(TensorError) -> Tensor {
    try produce { spw_reshape(handle, wide(shape), Int32(shape.count), $0) }
  }

  /// Repeats dimensions of size 1 up to the given shape, without copying.
  public func expanded(_ shape: [Int]) throws(TensorError) -> Tensor {
    try produce { spw_expand(handle, wide(shape), Int32(shape.count), $0) }
  }

  /// Dimensions in another order.
  public func permuted(_ order: [Int]) throws(TensorError) -> Tensor {
    try produce { spw_permute(handle, wide(order), Int32(order.count), $0) }
  }

  /// Two dimensions exchanged.
  public func transposed(_ first: Int, _ second: Int) throws(TensorError) -> Tensor {
    try produce { spw_transpose(handle, Int64(first), Int64(second), $0) }
  }

  /// Without a dimension of size 1.
  public func squeezed(_ dimension: Int) throws(TensorError) -> Tensor {
    try produce { spw_squeeze(handle, Int64(dimension), $0) }
  }

  /// With a new dimension of size 1.
  public func unsqueezed(_ dimension: Int) throws(TensorError) -> Tensor {
    try produce { spw_unsqueeze(handle, Int64(dimension), $0) }
  }

  /// A range of positions along a dimension; shares memory.
  public func narrowed(_ dimension: Int, _ range: Range<Int>) throws(TensorError) -> Tensor {
    try produce {
      spw_narrow(handle, Int64(dimension), Int64(range.lowerBound), Int64(range.count), $0)
    }
  }

  /// Tensors one after another along an existing dimension.
  public static func concatenated(
    _ tensors: [Tensor], along dimension: Int = 0
  ) throws(TensorError) -> Tensor {
    try withExtendedLifetime(tensors) { () throws(TensorError) -> Tensor in
      try produce {
        spw_concatenate(handles(tensors), Int32(tensors.count), Int64(dimension), $0)
      }
    }
  }

  /// Tensors of one shape side by side along a new dimension.
  public static func stacked(
    _ tensors: [Tensor], along dimension: Int = 0
  ) throws(TensorError) -> Tensor {
    try withExtendedLifetime(tensors) { () throws(TensorError) -> Tensor in
      try produce { spw_stack(handles(tensors), Int32(tensors.count), Int64(dimension), $0) }
    }
  }

  /// The given positions along a dimension; `indices` is int32 or int64 `[n]`.
  public func selected(_ indices: Tensor, along dimension: Int = 0) throws(TensorError) -> Tensor {
    try produce { spw_index_select(handle, Int64(dimension), indices.handle, $0) }
  }

  /// For each place of `indices` (int64, same rank) the element at that position of the dimension.
  public func gathered(_ indices: Tensor, along dimension: Int) throws(TensorError) -> Tensor {
    try produce { spw_gather(handle, Int64(dimension), indices.handle, $0) }
  }

  /// A copy in which `source` is written at `indices` (int64) along a dimension.
  public func scattering(
    _ source: Tensor, at indices: Tensor, along dimension: Int
  ) throws(TensorError) -> Tensor {
    try produce { spw_scatter(handle, Int64(dimension), indices.handle, source.handle, $0) }
  }

  /// The diagonal of a matrix, shifted right by `offset`.
  public func diagonal(offset: Int = 0) throws(TensorError) -> Tensor {
    try produce { spw_diagonal(handle, Int64(offset), $0) }
  }

  /// Positions of the non-zero elements, int64 `[count, rank]`, in row-major order.
  public func nonzeroPositions() throws(TensorError) -> Tensor {
    try produce { spw_nonzero(handle, $0) }
  }
}
