/// Canonical decomposition of single scalars (Unicode Standard Annex 15).
enum CanonicalDecomposition {
  /// Calls `body` with each scalar of the full decomposition, in order.
  @inline(__always)
  static func forEach(of scalar: UInt32, _ body: (UInt32) -> Void) {
    if scalar < 0xC0 {
      body(scalar)
    } else if Hangul.syllables.contains(scalar) {
      Hangul.forEachPart(of: scalar, body)
    } else if let image = mapping[scalar] {
      for part in image { body(part) }
    } else {
      body(scalar)
    }
  }

  private static let mapping = ScalarMapping(
    expanding: UnicodeData.mappings(UnicodeData.canonicalDecomposition))
}

extension ScalarMapping {
  /// Repeats single steps of decomposition until nothing changes.
  init(expanding steps: [(scalar: UInt32, image: [UInt32])]) {
    self.init()
    let images = Dictionary(steps.map { ($0.scalar, $0.image) }, uniquingKeysWith: { $1 })
    func expand(_ scalar: UInt32) -> [UInt32] {
      guard let image = images[scalar] else { return [scalar] }
      return image.flatMap { expand($0) }
    }
    for step in steps { add(step.scalar, step.image.flatMap { expand($0) }) }
  }
}

/// The algorithmic (de)composition of Hangul syllables (Unicode Standard, section 3.12).
enum Hangul {
  static let syllables: Range<UInt32> = 0xAC00..<0xD7A4
  private static let firstLeading: UInt32 = 0x1100
  private static let firstVowel: UInt32 = 0x1161
  /// One before the first trailing consonant: 0 stands for none.
  private static let trailingBase: UInt32 = 0x11A7
  private static let vowelCount: UInt32 = 21
  private static let trailingCount: UInt32 = 28

  /// Calls `body` with the two or three letters of a syllable.
  static func forEachPart(of syllable: UInt32, _ body: (UInt32) -> Void) {
    let index = syllable - syllables.lowerBound
    body(firstLeading + index / (vowelCount * trailingCount))
    body(firstVowel + index % (vowelCount * trailingCount) / trailingCount)
    let trailing = index % trailingCount
    if trailing != 0 { body(trailingBase + trailing) }
  }
}
