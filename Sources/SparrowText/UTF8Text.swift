/// Tokens are compared byte by byte: to `String`, texts of canonically equivalent characters are equal,
/// and `"##"` is no prefix of a text in which a mark follows it.
extension String {
  /// The UTF-8 bytes.
  var bytes: [UInt8] { Array(utf8) }

  /// The text with every occurrence of a pattern replaced, from left to right.
  func replacingBytes(_ pattern: String, with replacement: String) -> String {
    let pattern = pattern.bytes
    let bytes = bytes
    guard let first = pattern.first, bytes.contains(first) else { return self }
    var result: [UInt8] = []
    var position = 0
    while position < bytes.count {
      if bytes[position] == first, bytes[position...].starts(with: pattern) {
        result += replacement.utf8
        position += pattern.count
      } else {
        result.append(bytes[position])
        position += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Calls `body` with the text's UTF-8 bytes in place.
  func withUTF8Bytes<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
    let result = unsafe utf8.withContiguousStorageIfAvailable { buffer in
      unsafe body(Span(_unsafeElements: buffer))
    }
    // Only strings that come from Objective-C are stored in another way.
    return result ?? body(Array(utf8).span)
  }
}

extension Span<UInt8> {
  /// The scalar that begins at a position of valid UTF-8, and its size in bytes.
  @inline(__always)
  func scalar(at position: Int) -> (scalar: UInt32, size: Int) {
    let first = UInt32(self[position])
    if first < 0x80 { return (first, 1) }
    if first < 0xE0 { return ((first & 0x1F) << 6 | unit(position + 1), 2) }
    if first < 0xF0 {
      return ((first & 0x0F) << 12 | unit(position + 1) << 6 | unit(position + 2), 3)
    }
    let high = (first & 0x07) << 18 | unit(position + 1) << 12
    return (high | unit(position + 2) << 6 | unit(position + 3), 4)
  }

  @inline(__always)
  private func unit(_ position: Int) -> UInt32 { UInt32(self[position] & 0x3F) }

  /// The scalars of a range of valid UTF-8.
  func scalars(of range: Range<Int>) -> [UInt32] {
    var result: [UInt32] = []
    result.reserveCapacity(range.count)
    var position = range.lowerBound
    while position < range.upperBound {
      let (scalar, size) = scalar(at: position)
      result.append(scalar)
      position += size
    }
    return result
  }
}
