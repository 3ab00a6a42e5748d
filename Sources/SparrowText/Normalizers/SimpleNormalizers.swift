/// Lower-cases each scalar by itself.
struct Lowercase: Normalizer {
  func normalize(_ text: inout AlignedText) { text.map(.lowercase) }
}

/// Drops combining marks; it decomposes nothing.
struct StripAccents: Normalizer {
  func normalize(_ text: inout AlignedText) {
    text.filter { !ScalarProperties.of($0).contains(.combiningMark) }
  }
}

/// Drops white space at the ends.
struct Strip: Normalizer {
  var left = true
  var right = true

  func normalize(_ text: inout AlignedText) {
    let isSpace = { (scalar: UInt32) in ScalarProperties.of(scalar).contains(.whitespace) }
    let start = left ? text.scalars.firstIndex { !isSpace($0) } ?? text.count : 0
    let end = right ? text.scalars.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? 0 : text.count
    if start > 0 || end < text.count { text = text[start..<max(start, end)] }
  }
}

/// Puts a text in front of every text that is not empty.
struct Prepend: Normalizer {
  let prefix: [UInt32]

  func normalize(_ text: inout AlignedText) { text.prepend(prefix) }
}

/// Writes each byte as one character, as byte-level vocabularies spell them.
struct ByteLevelNormalizer: Normalizer {
  func normalize(_ text: inout AlignedText) {
    var result = AlignedText()
    for index in 0..<text.count {
      ByteAlphabet.forEachCharacter(of: text.scalars[index]) { character in
        result.append(character, as: index, of: text)
      }
    }
    text = result
  }
}
