/// The characters that stand for bytes in byte-level vocabularies (GPT-2).
///
/// Printable Latin-1 characters stand for themselves, the other bytes for `U+0100` and following.
enum ByteAlphabet {
  /// The character of each byte.
  static let characters: [UInt32] = {
    var next: UInt32 = 0x100
    return (0..<UInt32(256)).map { byte in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return byte
      default:
        next += 1
        return next - 1
      }
    }
  }()

  /// The byte of each character.
  static let bytes = Dictionary(
    uniqueKeysWithValues: characters.enumerated().map { ($0.element, UInt8($0.offset)) })

  /// The character that stands for a space.
  static let space: UInt32 = 0x120

  /// Calls `body` with the character of each UTF-8 byte of a scalar.
  @inline(__always)
  static func forEachCharacter(of scalar: UInt32, _ body: (UInt32) -> Void) {
    let characters = characters
    UTF8Units.forEach(of: scalar) { byte in
      body(characters[Int(byte)])
      return true
    }
  }
}
