/// One word as UTF-8 bytes, put together piece by piece; its room is used again for the next word.
struct WordBuffer {
  private(set) var bytes: [UInt8] = []
  private(set) var scalarCount = 0
  private(set) var hash = TokenTable.emptyHash

  var isEmpty: Bool { bytes.isEmpty }

  /// Forgets the word.
  @inline(__always)
  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    scalarCount = 0
    hash = TokenTable.emptyHash
  }

  /// Adds an ASCII character.
  @inline(__always)
  mutating func append(ascii byte: UInt8) {
    bytes.append(byte)
    hash = TokenTable.extend(hash, byte)
    scalarCount += 1
  }

  /// Begins the word with a stretch of ASCII text whose hash is known.
  mutating func begin(with text: Span<UInt8>, _ range: Range<Int>, hash: UInt32) {
    for index in range { bytes.append(text[index]) }
    scalarCount = range.count
    self.hash = hash
  }

  /// Adds a scalar.
  mutating func append(scalar: UInt32) {
    if scalar < 0x80 {
      append(ascii: UInt8(scalar))
      return
    }
    scalarCount += 1
    if scalar < 0x800 {
      append(unit: 0xC0 | UInt8(scalar >> 6))
    } else {
      if scalar < 0x10000 {
        append(unit: 0xE0 | UInt8(scalar >> 12))
      } else {
        append(unit: 0xF0 | UInt8(scalar >> 18))
        append(unit: 0x80 | UInt8(scalar >> 12 & 0x3F))
      }
      append(unit: 0x80 | UInt8(scalar >> 6 & 0x3F))
    }
    append(unit: 0x80 | UInt8(scalar & 0x3F))
  }

  private mutating func append(unit: UInt8) {
    bytes.append(unit)
    hash = TokenTable.extend(hash, unit)
  }
}
