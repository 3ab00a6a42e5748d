import SparrowCore
import SparrowIndex

/// One vector of a cache: its key, where it lies in its segment, and how to know that it is whole.
struct CacheRecord: Sendable, Hashable {
  var key: VectorKey
  var place: VectorPlace

  /// What a file of records begins with.
  static let magic = Array("spwkeys1".utf8)
  /// The size of a record: key, offset, size, checksum, and the checksum of these.
  static let byteCount = VectorKey.byteCount + 20

  /// Makes the record of a vector's bytes.
  init(key: VectorKey, offset: UInt64, payload: [UInt8]) {
    self.key = key
    place = VectorPlace(
      offset: offset, byteCount: UInt32(payload.count),
      checksum: VectorPlace.checksum(key, payload))
  }

  /// The record as bytes.
  var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.write(raw: key.bytes)
    writer.write(place.offset)
    writer.write(place.byteCount)
    writer.write(place.checksum)
    writer.write(Checksum.crc32c(writer.bytes))
    return writer.bytes
  }

  /// Reads a record; nil when it is damaged.
  init?(_ bytes: [UInt8]) {
    let numbers = try? unsafe bytes.withUnsafeBytes { bytes in
      var reader = unsafe ByteReader(
        UnsafeRawBufferPointer(rebasing: bytes[VectorKey.byteCount...]))
      let place = VectorPlace(
        offset: try reader.read(), byteCount: try reader.read(), checksum: try reader.read())
      return (place: place, checksum: try reader.read(UInt32.self))
    }
    guard let numbers, numbers.checksum == Checksum.crc32c(Array(bytes.dropLast(4))) else {
      return nil
    }
    key = VectorKey(bytes)
    place = numbers.place
  }
}

/// Where in the file of a segment a vector lies.
struct VectorPlace: Sendable, Hashable {
  var offset: UInt64
  var byteCount: UInt32
  /// CRC-32C of the key and the vector's bytes.
  var checksum: UInt32

  /// Whether bytes are those that were stored for a key.
  func isWhole(_ payload: [UInt8], of key: VectorKey) -> Bool {
    payload.count == Int(byteCount) && Self.checksum(key, payload) == checksum
  }

  static func checksum(_ key: VectorKey, _ payload: [UInt8]) -> UInt32 {
    Checksum.crc32c(key.bytes + payload)
  }
}
