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
