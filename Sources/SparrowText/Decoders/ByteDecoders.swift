/// Reads the characters of byte-level vocabularies as bytes and these as UTF-8.
struct ByteLevelDecoder: Decoder {
  func decode(_ tokens: [String]) -> [String] {
    var bytes: [UInt8] = []
    for token in tokens {
      let spelled = token.unicodeScalars.map { ByteAlphabet.bytes[$0.value] }
      // A token with other characters was added and stands for itself.
      bytes += spelled.contains(nil) ? token.bytes : spelled.compactMap(\.self)
    }
    return [String(decoding: bytes, as: UTF8.self)]
  }
}

/// Reads tokens such as `<0x61>` as bytes; bytes that are not UTF-8 become replacement characters.
struct ByteFallbackDecoder: Decoder {
  func decode(_ tokens: [String]) -> [String] {
    var result: [String] = []
    var bytes: [UInt8] = []
    for token in tokens {
      if let byte = Self.byte(token) {
        bytes.append(byte)
      } else {
        Self.flush(&bytes, to: &result)
        result.append(token)
      }
    }
    Self.flush(&bytes, to: &result)
    return result
  }

  private static func byte(_ token: String) -> UInt8? {
    let units = token.bytes
    guard units.count == 6, units.starts(with: "<0x".utf8), units.last == UInt8(ascii: ">") else {
      return nil
    }
    return UInt8(String(decoding: units[3..<5], as: UTF8.self), radix: 16)
  }

  private static func flush(_ bytes: inout [UInt8], to result: inout [String]) {
    guard !bytes.isEmpty else { return }
    if let text = String(validating: bytes, as: UTF8.self) {
      result.append(text)
    } else {
      result += Array(repeating: "\u{FFFD}", count: bytes.count)
    }
    bytes.removeAll()
  }
}
