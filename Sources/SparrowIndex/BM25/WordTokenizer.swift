/// Splits text into lower-case words of two or more letters, digits and underscores.
///
/// It finds what the regular expression `\b\w\w+\b` finds in the lower-case text, with `\w` as
/// Python understands it: letters and numbers of any script, but no combining marks.
public enum WordTokenizer {
  /// The words of a text in order, repetitions included.
  public static func words(in text: String) -> [String] {
    var words: [String] = []
    forEachWord(in: text) { words.append($0) }
    return words
  }

  /// Calls `body` with each word of a text in order.
  static func forEachWord(in text: String, _ body: (String) -> Void) {
    var word: [UInt8] = []
    var scalarCount = 0
    func finishWord() {
      if scalarCount > 1 { body(String(decoding: word, as: UTF8.self)) }
      word.removeAll(keepingCapacity: true)
      scalarCount = 0
    }
    for scalar in text.unicodeScalars {
      if scalar.isASCII {
        guard let byte = lowercasedWordByte(UInt8(truncatingIfNeeded: scalar.value)) else {
          finishWord()
          continue
        }
        word.append(byte)
        scalarCount += 1
      } else {
        for lowered in scalar.properties.lowercaseMapping.unicodeScalars {
          if isWordScalar(lowered) {
            word.append(contentsOf: UTF8.encode(lowered) ?? UTF8.encodedReplacementCharacter)
            scalarCount += 1
          } else {
            finishWord()
          }
        }
      }
    }
    finishWord()
  }

  private static func lowercasedWordByte(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "_"):
      byte
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
    default: nil
    }
  }

  private static func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII {
      return lowercasedWordByte(UInt8(truncatingIfNeeded: scalar.value)) != nil
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      return true
    default: return scalar.properties.numericType != nil
    }
  }
}
