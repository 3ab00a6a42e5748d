/// A hash function over blocks of 64 bytes: SHA-1 or SHA-256.
protocol BlockDigest {
  /// The state before the first block.
  init()
  /// Takes in one block of 16 big-endian words.
  mutating func compress(_ words: InlineArray<16, UInt32>)
  /// The words of the result.
  var words: [UInt32] { get }
}

/// Cuts a message into the blocks of a digest and pads its end (FIPS 180-4, section 5).
struct MessageDigest<Function: BlockDigest> {
  private var function = Function()
  private var pending: [UInt8] = []
  private var byteCount: UInt64 = 0

  /// Takes in more bytes of the message.
  mutating func update(_ bytes: some Collection<UInt8>) {
    byteCount += UInt64(bytes.count)
    pending.append(contentsOf: bytes)
    compressPending()
  }

  /// The digest of everything taken in, as lowercase hexadecimal digits.
  func hexadecimal() -> String {
    var padded = self
    let bitCount = byteCount * 8
    padded.pending.append(0x80)
    while padded.pending.count % 64 != 56 { padded.pending.append(0) }
    padded.pending += (0..<8).map { UInt8(truncatingIfNeeded: bitCount >> (56 - 8 * $0)) }
    padded.compressPending()
    return Hexadecimal.text(
      padded.function.words.flatMap { word in
        (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) }
      })
  }

  private mutating func compressPending() {
    let whole = pending.count & ~63
    guard whole > 0 else { return }
    var function = function
    Self.compress(pending.span.extracting(0..<whole), into: &function)
    self.function = function
    pending.removeFirst(whole)
  }

  private static func compress(_ bytes: Span<UInt8>, into function: inout Function) {
    for start in stride(from: 0, to: bytes.count, by: 64) {
      var words = InlineArray<16, UInt32>(repeating: 0)
      for index in 0..<16 {
        let place = start + 4 * index
        words[index] =
          UInt32(bytes[place]) << 24 | UInt32(bytes[place + 1]) << 16
          | UInt32(bytes[place + 2]) << 8 | UInt32(bytes[place + 3])
      }
      function.compress(words)
    }
  }
}
