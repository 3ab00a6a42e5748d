/// Joins words with spaces and word pieces without.
struct WordPieceDecoder: Decoder {
  let prefix: String
  /// Takes out spaces before punctuation and in English contractions.
  let cleansUp: Bool

  func decode(_ tokens: [String]) -> [String] {
    tokens.enumerated().map { index, token in
      var text = token
      if index > 0 {
        text =
          token.utf8.starts(with: prefix.utf8)
          ? String(decoding: token.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
          : " " + token
      }
      return cleansUp ? EnglishCleanup.cleaned(text) : text
    }
  }
}

/// Reads the suffix that ends words as a space; after the last word it is dropped.
struct BytePairDecoder: Decoder {
  let suffix: String

  func decode(_ tokens: [String]) -> [String] {
    tokens.enumerated().map { index, token in
      token.replacingBytes(suffix, with: index == tokens.count - 1 ? "" : " ")
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
      var text = token.replacingBytes(padding, with: "")
      if cleansUp { text = EnglishCleanup.cleaned(text).replacingBytes(wordDelimiter, with: " ") }
      if !text.isEmpty { result.append(text) }
    }
    return result
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
    return replacements.reduce(text) { $0.replacingBytes($1.0, with: $1.1) }
  }
}
