/// Reads numbers and texts from bytes and never reaches beyond their end.
@safe
package struct ByteReader {
  private let bytes: UnsafeRawBufferPointer
  /// Where the next read starts.
  private(set) var offset = 0

  /// Reads bytes that outlive the reader.
  @unsafe package init(_ bytes: UnsafeRawBufferPointer) {
    unsafe self.bytes = bytes
  }

  /// The number of bytes not yet read.
  package var remaining: Int { unsafe bytes.count - offset }

  /// Thrown when there are fewer bytes than a read needs.
  package struct EndOfBytes: Error {
    /// Makes the error.
    package init() {}
  }

  /// Reads an integer.
  package mutating func read<Value: FixedWidthInteger>(
    _ type: Value.Type = Value.self
  ) throws(EndOfBytes) -> Value {
    let size = MemoryLayout<Value>.size
    guard remaining >= size else { throw EndOfBytes() }
    defer { offset += size }
    return unsafe Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
  }

  /// Reads a float32.
  package mutating func readFloat() throws(EndOfBytes) -> Float { Float(bitPattern: try read()) }

  /// Reads a float64.
  mutating func readDouble() throws(EndOfBytes) -> Double { Double(bitPattern: try read()) }

  /// Reads the given number of bytes.
  mutating func readBytes(_ count: Int) throws(EndOfBytes) -> [UInt8] {
    guard count >= 0, remaining >= count else { throw EndOfBytes() }
    defer { offset += count }
    return unsafe Array(bytes[offset..<(offset + count)])
  }

  /// Reads a count of 32 bits and that many bytes.
  mutating func readCounted() throws(EndOfBytes) -> [UInt8] {
    try readBytes(Int(try read(UInt32.self)))
  }

  /// Reads a text; bytes that are not UTF-8 are an error.
  mutating func readText() throws(EndOfBytes) -> String {
    let text = try readCounted()
    guard let result = String(validating: text, as: UTF8.self) else { throw EndOfBytes() }
    return result
  }
}
