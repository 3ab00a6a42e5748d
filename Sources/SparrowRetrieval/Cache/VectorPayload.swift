import SparrowCore
import SparrowIndex

/// Vectors as the bytes that a cache keeps.
enum VectorPayload {
  /// A sparse vector: the number of weights, the indices, the weights.
  static func bytes(of vector: SparseVector) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(UInt32(vector.activeCount))
    for index in vector.indices { writer.write(index) }
    for value in vector.values { writer.write(value) }
    return writer.bytes
  }

  /// Reads a sparse vector; nil when the bytes are none of this dimension.
  static func sparseVector(_ payload: [UInt8], dimension: Int) -> SparseVector? {
    try? unsafe payload.withUnsafeBytes { bytes in
      var reader = unsafe ByteReader(bytes)
      let count = Int(try reader.read(UInt32.self))
      guard reader.remaining == count * 8 else { throw ByteReader.EndOfBytes() }
      let indices = try (0..<count).map { _ in try reader.read(TokenID.self) }
      let values = try (0..<count).map { _ in try reader.readFloat() }
      return try SparseVector(dimension: dimension, indices: indices, values: values)
    }
  }

  /// A dense vector: its numbers.
  static func bytes(of numbers: ArraySlice<Float>) -> [UInt8] {
    var writer = ByteWriter()
    for number in numbers { writer.write(number) }
    return writer.bytes
  }

  /// Reads a dense vector; nil when the bytes are none of this dimension.
  static func numbers(_ payload: [UInt8], dimension: Int) -> ArraySlice<Float>? {
    guard payload.count == dimension * 4 else { return nil }
    return try? unsafe payload.withUnsafeBytes { bytes in
      var reader = unsafe ByteReader(bytes)
      return try (0..<dimension).map { _ in try reader.readFloat() }[...]
    }
  }
}
