import CTorchShim
public import Foundation

/// A Swift number type that tensors can be made of and read as.
public protocol TensorElement: BitwiseCopyable {
  /// The element type that stores this number.
  static var dtype: DType { get }
}

extension Float: TensorElement {
  /// ``DType/float32``.
  public static var dtype: DType { .float32 }
}

extension Double: TensorElement {
  /// ``DType/float64``.
  public static var dtype: DType { .float64 }
}

extension Int32: TensorElement {
  /// ``DType/int32``.
  public static var dtype: DType { .int32 }
}

extension Int64: TensorElement {
  /// ``DType/int64``.
  public static var dtype: DType { .int64 }
}

extension UInt8: TensorElement {
  /// ``DType/uint8``.
  public static var dtype: DType { .uint8 }
}

extension Bool: TensorElement {
  /// ``DType/bool``.
  public static var dtype: DType { .bool }
}

extension Tensor {
  /// Makes a tensor of the given shape from its elements in row-major order.
  ///
  /// - Throws: ``TensorError`` when the shape needs another number of elements.
  public convenience init<Element: TensorElement>(
    _ elements: [Element], shape: [Int]
  ) throws(TensorError) {
    var handle = SpwTensor(pointer: nil)
    let sizes = wide(shape)
    let status = elements.withUnsafeBytes { bytes in
      spw_tensor_from_bytes(
        bytes.baseAddress, bytes.count, sizes, Int32(sizes.count), Element.dtype.rawValue, &handle)
    }
    try check(status)
    self.init(adopting: handle)
  }

  /// Makes a tensor of one dimension from its elements.
  public convenience init<Element: TensorElement>(_ elements: [Element]) throws(TensorError) {
    try self.init(elements, shape: [elements.count])
  }

  /// Makes a tensor without dimensions, holding one number.
  public convenience init(scalar: Float) throws(TensorError) {
    try self.init([scalar], shape: [])
  }

  /// A tensor in which every element is `value`.
  public static func full(
    _ shape: [Int], _ value: Double, dtype: DType = .float32
  ) throws(TensorError) -> Tensor {
    try produce { spw_full(wide(shape), Int32(shape.count), value, dtype.rawValue, $0) }
  }

  /// A tensor of zeros.
  public static func zeros(_ shape: [Int], dtype: DType = .float32) throws(TensorError) -> Tensor {
    try full(shape, 0, dtype: dtype)
  }

  /// A tensor of ones.
  public static func ones(_ shape: [Int], dtype: DType = .float32) throws(TensorError) -> Tensor {
    try full(shape, 1, dtype: dtype)
  }

  /// The integers of a range.
  public static func range(
    _ range: Range<Int>, dtype: DType = .int64
  ) throws(TensorError) -> Tensor {
    try produce {
      spw_arange(Int64(range.lowerBound), Int64(range.upperBound), dtype.rawValue, $0)
    }
  }

  /// The elements in row-major order, converted to the asked number type.
  ///
  /// - Throws: ``TensorError`` when the conversion does not exist or memory runs out.
  public func values<Element: TensorElement>(
    as type: Element.Type = Element.self
  ) throws(TensorError) -> [Element] {
    let source = dtype == Element.dtype ? self : try self.to(Element.dtype)
    let elementCount = count
    var status: Int32 = 0
    let result = [Element](unsafeUninitializedCapacity: elementCount) { buffer, initialized in
      status = spw_tensor_copy_bytes(
        source.handle, buffer.baseAddress, elementCount * MemoryLayout<Element>.stride)
      initialized = status == 0 ? elementCount : 0
    }
    try check(status)
    return result
  }

  /// The only element, as float64.
  ///
  /// - Throws: ``TensorError`` when there is not exactly one.
  public func item() throws(TensorError) -> Double {
    var value = 0.0
    try check(spw_tensor_item(handle, &value))
    return value
  }

  /// The tensor in another element type; the same tensor when it already has it.
  public func to(_ dtype: DType) throws(TensorError) -> Tensor {
    if self.dtype == dtype { return self }
    return try produce { spw_tensor_to_type(handle, dtype.rawValue, $0) }
  }

  /// The tensor on another device; the same tensor when it is there already.
  public func to(_ device: Device) throws(TensorError) -> Tensor {
    if self.device == device { return self }
    return try produce {
      spw_tensor_to_device(handle, device.kind.rawValue, Int32(device.index), $0)
    }
  }

  /// A copy with memory of its own; recorded.
  public func cloned() throws(TensorError) -> Tensor {
    try produce { spw_tensor_clone(handle, $0) }
  }

  /// The tensor with its elements lying row-major without gaps.
  public func contiguous() throws(TensorError) -> Tensor {
    try produce { spw_tensor_contiguous(handle, $0) }
  }
}

extension Tensor {
  /// The elements as raw bytes, row-major, in the machine's byte order.
  public func rawBytes() throws(TensorError) -> Data {
    var data = Data(count: count * dtype.byteCount)
    let byteCount = data.count
    let status = data.withUnsafeMutableBytes {
      spw_tensor_copy_bytes(handle, $0.baseAddress, byteCount)
    }
    try check(status)
    return data
  }
}
