/// Appends numbers and texts to bytes, little-endian.
package struct ByteWriter {
  /// What was written.
  package private(set) var bytes: [UInt8] = []

  /// Starts with no bytes.
  package init() {}

  /// Appends an integer.
  package mutating func write<Value: FixedWidthInteger>(_ value: Value) {
    unsafe withUnsafeBytes(of: value.littleEndian) { unsafe bytes.append(contentsOf: $0) }
  }

  /// Appends a float32.
  package mutating func write(_ value: Float) { write(value.bitPattern) }

  /// Appends a float64.
  mutating func write(_ value: Double) { write(value.bitPattern) }

  /// Appends bytes as they are.
  package mutating func write(raw value: some Sequence<UInt8>) { bytes.append(contentsOf: value) }

  /// Appends the number of bytes (32 bits) and the bytes.
  mutating func write(counted value: some Collection<UInt8>) {
    write(UInt32(value.count))
    bytes.append(contentsOf: value)
  }

  /// Appends a text: its number of UTF-8 bytes (32 bits) and the bytes.
  mutating func write(_ value: String) { write(counted: value.utf8) }

  /// Appends zeros up to a multiple of `alignment`.
  mutating func align(to alignment: Int) {
    let excess = bytes.count % alignment
    if excess > 0 { bytes.append(contentsOf: repeatElement(0, count: alignment - excess)) }
  }

  /// Replaces four bytes written before.
  mutating func overwrite(_ value: UInt32, at offset: Int) {
    for position in 0..<4 {
      bytes[offset + position] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(position)))
    }
  }
}
