/// The UTF-8 bytes of single scalars.
enum UTF8Units {
  /// The number of bytes of a scalar.
  @inline(__always)
  static func count(of scalar: UInt32) -> Int {
    scalar < 0x80 ? 1 : scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4
  }

  /// Calls `body` with each byte of a scalar until it returns false; false if it did.
  @discardableResult
  @inline(__always)
  static func forEach(of scalar: UInt32, _ body: (UInt8) -> Bool) -> Bool {
    if scalar < 0x80 { return body(UInt8(scalar)) }
    let last = UInt8(0x80 | scalar & 0x3F)
    if scalar < 0x800 { return body(UInt8(0xC0 | scalar >> 6)) && body(last) }
    let third = UInt8(0x80 | scalar >> 6 & 0x3F)
    if scalar < 0x10000 { return body(UInt8(0xE0 | scalar >> 12)) && body(third) && body(last) }
    let second = UInt8(0x80 | scalar >> 12 & 0x3F)
    return body(UInt8(0xF0 | scalar >> 18)) && body(second) && body(third) && body(last)
  }
}
