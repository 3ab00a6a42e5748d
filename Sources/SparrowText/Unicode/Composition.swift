/// Composition of pairs of scalars (Unicode Standard Annex 15).
enum Composition {
  /// The scalar that a pair composes to, nil when it stays a pair.
  static func compose(_ first: UInt32, _ second: UInt32) -> UInt32? {
    Hangul.compose(first, second) ?? pairs[UInt64(first) << 32 | UInt64(second)]
  }

  private static let pairs: [UInt64: UInt32] = {
    let excluded = UnicodeData.ranges(UnicodeData.compositionExclusion)
    var pairs: [UInt64: UInt32] = [:]
    for (scalar, image) in UnicodeData.mappings(UnicodeData.canonicalDecomposition)
    where image.count == 2 && !excluded.contains(where: { $0.contains(scalar) }) {
      pairs[UInt64(image[0]) << 32 | UInt64(image[1])] = scalar
    }
    return pairs
  }()
}

/// The algorithmic (de)composition of Hangul syllables (Unicode Standard, section 3.12).
enum Hangul {
  static let syllables: Range<UInt32> = 0xAC00..<0xD7A4
  private static let leading: Range<UInt32> = 0x1100..<0x1113
  private static let vowels: Range<UInt32> = 0x1161..<0x1176
  private static let trailing: Range<UInt32> = 0x11A8..<0x11C3
  /// Trailing consonants and none.
  private static let trailingCount: UInt32 = 28

  /// Calls `body` with the two or three letters of a syllable.
  static func forEachPart(of syllable: UInt32, _ body: (UInt32) -> Void) {
    let index = syllable - syllables.lowerBound
    let vowelCount = UInt32(vowels.count)
    body(leading.lowerBound + index / (vowelCount * trailingCount))
    body(vowels.lowerBound + index % (vowelCount * trailingCount) / trailingCount)
    let offset = index % trailingCount
    if offset != 0 { body(trailing.lowerBound + offset - 1) }
  }

  /// The syllable of a leading consonant and a vowel, or of these and a trailing consonant.
  static func compose(_ first: UInt32, _ second: UInt32) -> UInt32? {
    if leading.contains(first), vowels.contains(second) {
      let index = (first - leading.lowerBound) * UInt32(vowels.count) + second - vowels.lowerBound
      return syllables.lowerBound + index * trailingCount
    }
    if syllables.contains(first), trailing.contains(second),
      (first - syllables.lowerBound) % trailingCount == 0
    {
      return first + second - trailing.lowerBound + 1
    }
    return nil
  }
}
