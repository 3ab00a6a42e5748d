/// What tokenization asks about one scalar.
struct ScalarProperties: OptionSet, Sendable {
  var rawValue: UInt32

  /// Dropped when BERT cleans a text: categories Cc, Cf, Co, and U+FFFD.
  static let control = ScalarProperties(rawValue: 1 << 0)
  /// White space.
  static let whitespace = ScalarProperties(rawValue: 1 << 1)
  /// ASCII punctuation or category P.
  static let punctuation = ScalarProperties(rawValue: 1 << 2)
  /// Category Mn: dropped when accents are stripped.
  static let nonspacingMark = ScalarProperties(rawValue: 1 << 3)
  /// A word character of regular expressions.
  static let word = ScalarProperties(rawValue: 1 << 4)
  /// A CJK ideograph in the sense of BERT: put between spaces.
  static let ideograph = ScalarProperties(rawValue: 1 << 5)
  /// Category L, as regular expressions have it.
  static let letter = ScalarProperties(rawValue: 1 << 16)
  /// Category N, as regular expressions have it.
  static let number = ScalarProperties(rawValue: 1 << 17)
  /// What the pre-tokeniser for digits takes for one: a newer category N.
  static let numeric = ScalarProperties(rawValue: 1 << 18)
  /// Category M.
  static let combiningMark = ScalarProperties(rawValue: 1 << 19)
  /// Joins the grapheme cluster before it.
  static let clusterExtending = ScalarProperties(rawValue: 1 << 20)
  /// Is joined by the next character.
  static let clusterPrepending = ScalarProperties(rawValue: 1 << 21)
  /// Is joined by no mark.
  static let clusterBreaking = ScalarProperties(rawValue: 1 << 22)

  /// The canonical combining class, 0 for starters.
  var combiningClass: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 8) }

  /// The properties of a scalar.
  @inline(__always)
  static func of(_ scalar: UInt32) -> ScalarProperties { table[scalar] }

  private static let ideographs: [ClosedRange<UInt32>] = [
    0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
    0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F,
  ]

  static let table: ScalarTable<ScalarProperties> = {
    var table = ScalarTable<ScalarProperties>([])
    let sets: [(ScalarProperties, [ClosedRange<UInt32>])] = [
      (.ideograph, ideographs),
      (.control, UnicodeData.ranges(UnicodeData.control)),
      (.whitespace, UnicodeData.ranges(UnicodeData.whitespace)),
      (.punctuation, UnicodeData.ranges(UnicodeData.punctuation)),
      (.nonspacingMark, UnicodeData.ranges(UnicodeData.nonspacingMark)),
      (.word, UnicodeData.ranges(UnicodeData.word)),
      (.letter, UnicodeData.ranges(UnicodeData.letter)),
      (.number, UnicodeData.ranges(UnicodeData.number)),
      (.numeric, UnicodeData.ranges(UnicodeData.numeric)),
      (.combiningMark, UnicodeData.ranges(UnicodeData.combiningMark)),
      (.clusterExtending, UnicodeData.ranges(UnicodeData.clusterExtending)),
      (.clusterPrepending, UnicodeData.ranges(UnicodeData.clusterPrepending)),
      (.clusterBreaking, [0...0] + UnicodeData.ranges(UnicodeData.clusterBreaking)),
    ]
    for (property, ranges) in sets {
      for range in ranges { table.update(range) { $0.insert(property) } }
    }
    var combiningClass: UInt32 = 0
    for word in UnicodeData.combiningClass.split(whereSeparator: \.isWhitespace) {
      if word.last == ":" {
        combiningClass = UInt32(word.dropLast()) ?? 0
      } else if let range = UnicodeData.range(word) {
        table.update(range) { $0.rawValue |= combiningClass << 8 }
      }
    }
    return table
  }()
}
