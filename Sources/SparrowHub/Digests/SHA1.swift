/// SHA-1, by which git names small files (FIPS 180-4, section 6.1); for identity, not for security.
struct SHA1: BlockDigest {
  private var state: [UInt32] = [
    0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0,
  ]

  var words: [UInt32] { state }

  mutating func compress(_ block: InlineArray<16, UInt32>) {
    var schedule = block
    var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
    for round in 0..<80 {
      let slot = round & 15
      if round >= 16 {
        let mixed =
          schedule[(round + 13) & 15] ^ schedule[(round + 8) & 15] ^ schedule[(round + 2) & 15]
          ^ schedule[slot]
        schedule[slot] = rotated(mixed, 31)
      }
      let (mix, constant): (UInt32, UInt32) =
        switch round {
        case 0..<20: ((b & c) | (~b & d), 0x5A82_7999)
        case 20..<40: (b ^ c ^ d, 0x6ED9_EBA1)
        case 40..<60: ((b & c) | (b & d) | (c & d), 0x8F1B_BCDC)
        default: (b ^ c ^ d, 0xCA62_C1D6)
        }
      let next = rotated(a, 27) &+ mix &+ e &+ constant &+ schedule[slot]
      (e, d, c, b, a) = (d, c, rotated(b, 2), a, next)
    }
    let result = [a, b, c, d, e]
    for index in 0..<5 { state[index] &+= result[index] }
  }
}
