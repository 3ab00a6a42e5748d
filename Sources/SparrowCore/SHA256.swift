/// The SHA-256 hash of bytes (FIPS 180-4), for naming things by their content.
///
/// ```swift
/// var hash = SHA256()
/// hash.update(Array("abc".utf8))
/// print(hash.finish().hexadecimal)  // ba7816bf…
/// ```
public struct SHA256: Sendable {
  /// A hash, 32 bytes.
  public struct Digest: Sendable, Hashable {
    /// The bytes.
    public let bytes: [UInt8]

    /// The bytes as 64 digits 0–9 and a–f.
    public var hexadecimal: String {
      let digits = Array("0123456789abcdef".utf8)
      var text: [UInt8] = []
      for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
      }
      return String(decoding: text, as: UTF8.self)
    }
  }

  private static let blockSize = 64
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
    0x5be0_cd19,
  ]
  private var pending: [UInt8] = []
  private var byteCount: UInt64 = 0
  private var words = [UInt32](repeating: 0, count: 64)

  /// Starts with no bytes.
  public init() {}

  /// The hash of some bytes.
  public static func digest(of bytes: some Sequence<UInt8>) -> Digest {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finish()
  }

  /// Adds bytes.
  public mutating func update(_ bytes: some Sequence<UInt8>) {
    let before = pending.count
    pending.append(contentsOf: bytes)
    byteCount += UInt64(pending.count - before)
    var start = 0
    while pending.count - start >= Self.blockSize {
      compress(pending[start..<(start + Self.blockSize)])
      start += Self.blockSize
    }
    pending.removeFirst(start)
  }

  /// The hash of all bytes; the value must not be used afterwards.
  public mutating func finish() -> Digest {
    let bitCount = byteCount * 8
    pending.append(0x80)
    let rest = pending.count % Self.blockSize
    let zeroCount = (rest <= 56 ? 56 : 56 + Self.blockSize) - rest
    pending.append(contentsOf: [UInt8](repeating: 0, count: zeroCount))
    for shift in stride(from: 56, through: 0, by: -8) {
      pending.append(UInt8(truncatingIfNeeded: bitCount >> UInt64(shift)))
    }
    for start in stride(from: 0, to: pending.count, by: Self.blockSize) {
      compress(pending[start..<(start + Self.blockSize)])
    }
    return Digest(
      bytes: state.flatMap { word in
        stride(from: 24, through: 0, by: -8).map {
          UInt8(truncatingIfNeeded: word >> UInt32($0))
        }
      })
  }

  private mutating func compress(_ block: ArraySlice<UInt8>) {
    func rotated(_ value: UInt32, _ count: UInt32) -> UInt32 {
      value >> count | value << (32 - count)
    }
    for index in 0..<16 {
      let start = block.startIndex + 4 * index
      words[index] = block[start..<(start + 4)].reduce(0) { $0 << 8 | UInt32($1) }
    }
    for index in 16..<64 {
      let (near, far) = (words[index - 2], words[index - 15])
      let low = rotated(far, 7) ^ rotated(far, 18) ^ far >> 3
      let high = rotated(near, 17) ^ rotated(near, 19) ^ near >> 10
      words[index] = words[index - 16] &+ low &+ words[index - 7] &+ high
    }
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    for index in 0..<64 {
      let choice = (e & f) ^ (~e & g)
      let upper = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
      let first = h &+ upper &+ choice &+ Self.constants[index] &+ words[index]
      let majority = (a & b) ^ (a & c) ^ (b & c)
      let second = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) &+ majority
      (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
    }
    for (index, value) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= value }
  }

  /// The fractional parts of the cube roots of the first 64 primes, as the standard defines them.
  private static let constants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
    0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
    0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
    0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
    0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
    0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
    0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
    0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
    0xc671_78f2,
  ]
}
