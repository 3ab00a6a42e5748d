package import CTorchShim

/// A multi-dimensional array of numbers, row-major, that can record how it was computed.
///
/// A tensor refers to memory that libtorch owns; copies of the reference share it. Operations return
/// new tensors, except those whose names are verbs of change (``fill(_:)``, ``copy(from:)`` …).
/// Not `Sendable`: a tensor stays with the task that made it.
///
/// ```swift
/// let a = try Tensor([1, 2, 3, 4], shape: [2, 2])
/// let b = try a.matmul(a.transposed(0, 1)).sum()
/// print(try b.item())  // 52
/// ```
public final class Tensor {
  /// The libtorch tensor; freed with this object.
  package let handle: SpwTensor

  /// Takes ownership of a handle.
  package init(adopting handle: SpwTensor) { self.handle = handle }

  deinit { spw_tensor_free(handle) }

  /// The number of dimensions.
  public var rank: Int {
    var rank: Int32 = 0
    precondition(spw_tensor_rank(handle, &rank) == 0, "a tensor has a rank; this is a bug")
    return Int(rank)
  }

  /// The size of each dimension.
  public var shape: [Int] {
    var sizes = [Int64](repeating: 0, count: rank)
    precondition(
      spw_tensor_sizes(handle, &sizes, Int32(sizes.count)) == 0,
      "a tensor has sizes; this is a bug")
    return sizes.map(Int.init)
  }

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }

  /// The type of the elements.
  ///
  /// Types that Sparrow has no name for never come from its own operations.
  public var dtype: DType {
    var type: Int32 = 0
    precondition(spw_tensor_type(handle, &type) == 0, "a tensor has a type; this is a bug")
    guard let dtype = DType(rawValue: type) else {
      preconditionFailure("unknown element type \(type); this is a bug")
    }
    return dtype
  }

  /// Where the memory lies.
  public var device: Device {
    var kind: Int32 = 0
    var index: Int32 = 0
    precondition(spw_tensor_device(handle, &kind, &index) == 0, "this is a bug")
    return Device(Device.Kind(rawValue: kind) ?? .cpu, index: Int(index))
  }
}

extension Tensor: CustomStringConvertible {
  /// Shape, element type and device; not the elements.
  public var description: String { "Tensor(shape: \(shape), type: \(dtype), device: \(device))" }
}
