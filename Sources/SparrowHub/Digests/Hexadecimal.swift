/// Digits of digests and commits.
enum Hexadecimal {
  private static let digits = Array("0123456789abcdef".utf8)

  /// The bytes as two lowercase digits each.
  static func text(_ bytes: some Sequence<UInt8>) -> String {
    String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// Whether an ASCII character is one of `0`...`9`, `a`...`f`.
  static func isLowercaseDigit(_ byte: UInt8) -> Bool { digits.contains(byte) }
}
