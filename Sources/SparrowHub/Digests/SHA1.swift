/// SHA-1, by which git names small files (FIPS 180-4, section 6.1); for identity, not for security.
struct SHA1 {
  private var state: [UInt32] = [
    0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0,
  ]
  private var pending: [UInt8] = []
  private var byteCount: UInt64 = 0

  /// Takes in more bytes.
  mutating func update(_ bytes: some Collection<UInt8>) {
    byteCount += UInt64(bytes.count)
    pending.append(contentsOf: bytes)
    compressPending()
  }

  /// The digest of everything taken in, as 40 lowercase hexadecimal digits.
  func hexadecimal() -> String {
    var padded = self
    let bitCount = byteCount * 8
    padded.pending.append(0x80)
    while padded.pending.count % 64 != 56 { padded.pending.append(0) }
    padded.pending += (0..<8).map { UInt8(truncatingIfNeeded: bitCount >> (56 - 8 * $0)) }
    padded.compressPending()
    return Hexadecimal.text(
      padded.state.flatMap { word in
        (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) }
      })
  }

  private mutating func compressPending() {
    let whole = pending.count & ~63
    for start in stride(from: 0, to: whole, by: 64) { compress(at: start) }
    pending.removeFirst(whole)
  }

  /// Takes in the block of 64 pending bytes that begins at a place.
  private mutating func compress(at start: Int) {
    // The schedule of 80 words in a ring of 16.
    var schedule = InlineArray<16, UInt32>(repeating: 0)
    for index in 0..<16 {
      let place = start + 4 * index
      schedule[index] =
        UInt32(pending[place]) << 24 | UInt32(pending[place + 1]) << 16
        | UInt32(pending[place + 2]) << 8 | UInt32(pending[place + 3])
    }
    var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
    for round in 0..<80 {
      let slot = round & 15
      if round >= 16 {
        let mixed =
          schedule[(round + 13) & 15] ^ schedule[(round + 8) & 15] ^ schedule[(round + 2) & 15]
          ^ schedule[slot]
        schedule[slot] = Self.turned(mixed, 1)
      }
      let (mix, constant): (UInt32, UInt32) =
        switch round {
        case 0..<20: ((b & c) | (~b & d), 0x5A82_7999)
        case 20..<40: (b ^ c ^ d, 0x6ED9_EBA1)
        case 40..<60: ((b & c) | (b & d) | (c & d), 0x8F1B_BCDC)
        default: (b ^ c ^ d, 0xCA62_C1D6)
        }
      let next = Self.turned(a, 5) &+ mix &+ e &+ constant &+ schedule[slot]
      (e, d, c, b, a) = (d, c, Self.turned(b, 30), a, next)
    }
    let result = [a, b, c, d, e]
    for index in 0..<5 { state[index] &+= result[index] }
  }

  /// A word turned to the left by some bits.
  private static func turned(_ word: UInt32, _ count: UInt32) -> UInt32 {
    (word &<< count) | (word &>> (32 &- count))
  }
}
