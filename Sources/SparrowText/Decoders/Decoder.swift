/// Turns tokens back into text.
protocol Decoder: Sendable {
  /// Changes a list of tokens; joined, the last decoder's list is the text.
  func decode(_ tokens: [String]) -> [String]
}

/// Several decoders, one after the other.
struct DecoderSequence: Decoder {
  let decoders: [any Decoder]

  func decode(_ tokens: [String]) -> [String] {
    decoders.reduce(tokens) { $1.decode($0) }
  }
}

/// Joins words with spaces and word pieces without.
struct WordPieceDecoder: Decoder {
  let prefix: String
  /// Takes out spaces before punctuation and in English contractions.
  let cleansUp: Bool

  func decode(_ tokens: [String]) -> [String] {
    tokens.enumerated().map { index, token in
      var text = token
      if index > 0 {
        text = token.hasPrefix(prefix) ? String(token.dropFirst(prefix.count)) : " " + token
      }
      return cleansUp ? EnglishCleanup.cleaned(text) : text
    }
  }
}

/// Takes out spaces that tokenization put before punctuation and into English contractions.
enum EnglishCleanup {
  private static let replacements = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"),
    (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
  ]

  static func cleaned(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: " ")) else { return text }
    return replacements.reduce(text) { $0.replacing($1.0, with: $1.1) }
  }
}

/// Reads the characters of byte-level vocabularies as bytes and these as UTF-8.
struct ByteLevelDecoder: Decoder {
  func decode(_ tokens: [String]) -> [String] {
    var bytes: [UInt8] = []
    for token in tokens {
      let spelled = token.unicodeScalars.map { ByteAlphabet.bytes[$0.value] }
      // A token with other characters was added and stands for itself.
      bytes += spelled.contains(nil) ? Array(token.utf8) : spelled.compactMap(\.self)
    }
    return [String(decoding: bytes, as: UTF8.self)]
  }
}

/// Reads SentencePiece's marks as spaces; in the first token they are dropped.
struct MetaspaceDecoder: Decoder {
  let mark: UInt32
  let dropsFirst: Bool

  func decode(_ tokens: [String]) -> [String] {
    tokens.enumerated().map { index, token in
      var text = String.UnicodeScalarView()
      for scalar in token.unicodeScalars {
        if scalar.value != mark {
          text.append(scalar)
        } else if index > 0 || !dropsFirst {
          text.append(" ")
        }
      }
      return String(text)
    }
  }
}

/// Reads the suffix that ends words as a space; after the last word it is dropped.
struct BytePairDecoder: Decoder {
  let suffix: String

  func decode(_ tokens: [String]) -> [String] {
    tokens.enumerated().map { index, token in
      token.replacing(suffix, with: index == tokens.count - 1 ? "" : " ")
    }
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
    let units = Array(token.utf8)
    guard units.count == 6, token.hasPrefix("<0x"), token.hasSuffix(">") else { return nil }
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

/// Joins all tokens into one.
struct FuseDecoder: Decoder {
  func decode(_ tokens: [String]) -> [String] { [tokens.joined()] }
}

/// Takes a number of characters off the ends of tokens, as long as they are a certain one.
struct StripDecoder: Decoder {
  let content: Unicode.Scalar
  let start: Int
  let stop: Int

  func decode(_ tokens: [String]) -> [String] {
    tokens.map { token in
      let scalars = token.unicodeScalars
      let leading = scalars.prefix(start).prefix { $0 == content }.count
      let trailing = scalars.reversed().prefix(stop).prefix { $0 == content }.count
      return String(scalars.dropFirst(leading).dropLast(min(trailing, scalars.count - leading)))
    }
  }
}

/// Replaces what a pattern finds in each token.
struct ReplaceDecoder: Decoder {
  let replace: Replace

  func decode(_ tokens: [String]) -> [String] {
    tokens.map { token in
      var text = AlignedText(token.unicodeScalars.map(\.value))
      replace.normalize(&text)
      return text.string
    }
  }
}

/// Joins the frame-wise output of speech models: repeats and padding are dropped.
struct CTCDecoder: Decoder {
  let padding: String
  let wordDelimiter: String
  let cleansUp: Bool

  func decode(_ tokens: [String]) -> [String] {
    var last: String?
    var result: [String] = []
    for token in tokens where token != last {
      last = token
      var text = token.replacing(padding, with: "")
      if cleansUp { text = EnglishCleanup.cleaned(text).replacing(wordDelimiter, with: " ") }
      if !text.isEmpty { result.append(text) }
    }
    return result
  }
}
