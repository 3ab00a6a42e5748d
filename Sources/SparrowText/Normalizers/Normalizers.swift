/// Several normalisers, one after the other.
struct NormalizerSequence: Normalizer {
  let normalizers: [any Normalizer]

  func normalize(_ text: inout AlignedText) {
    for normalizer in normalizers { normalizer.normalize(&text) }
  }
}

/// One of the four normal forms of Unicode.
enum NormalForm: String, Normalizer {
  case decomposed = "NFD"
  case composed = "NFC"
  case compatiblyDecomposed = "NFKD"
  case compatiblyComposed = "NFKC"

  func normalize(_ text: inout AlignedText) {
    switch self {
    case .decomposed: text.decompose(.canonical)
    case .composed: text.compose(.canonical)
    case .compatiblyDecomposed: text.decompose(.compatibility)
    case .compatiblyComposed: text.compose(.compatibility)
    }
  }
}

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

/// Replaces what a pattern finds.
struct Replace: Normalizer {
  let pattern: any TextPattern
  let content: [UInt32]

  func normalize(_ text: inout AlignedText) {
    var result = AlignedText()
    var end = 0
    pattern.forEachMatch(in: text.scalars, 0..<text.count) { match in
      for index in end..<match.lowerBound {
        result.append(text.scalars[index], as: index, of: text)
      }
      // The reference aligns all of the new text with the last scalar that it replaces.
      for scalar in content { result.append(scalar, as: match.upperBound - 1, of: text) }
      end = match.upperBound
    }
    guard end > 0 else { return }
    for index in end..<text.count { result.append(text.scalars[index], as: index, of: text) }
    text = result
  }
}

/// The cleaning of Google's NMT systems: drops control characters and turns others into spaces.
struct NMTCleaning: Normalizer {
  func normalize(_ text: inout AlignedText) {
    text.filter { scalar in
      switch scalar {
      case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: false
      default: true
      }
    }
    text.map { scalar in
      switch scalar {
      case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD:
        0x20
      default: scalar
      }
    }
  }
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
