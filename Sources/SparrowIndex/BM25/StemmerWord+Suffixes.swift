extension StemmerWord {
  /// A suffix and what takes its place.
  struct SuffixRule {
    let suffix: String
    let replacement: String
  }

  /// Stems after which R1 starts, because the general rule would make it start too early.
  static let longRegionStems: [[UInt32]] = [
    "arsen", "commun", "emerg", "gener", "inter", "later", "organ", "past", "univers",
  ].map { $0.unicodeScalars.map(\.value) }

  /// Step 2, longest suffix first; "ogi" and "li" have a condition on the letter before.
  static let derivations = rules([
    "ization": "ize", "ational": "ate", "fulness": "ful", "ousness": "ous", "iveness": "ive",
    "tional": "tion", "biliti": "ble", "lessli": "less", "entli": "ent", "ation": "ate",
    "alism": "al", "aliti": "al", "ousli": "ous", "iviti": "ive", "fulli": "ful", "ogist": "og",
    "enci": "ence", "anci": "ance", "abli": "able", "izer": "ize", "ator": "ate", "alli": "al",
    "bli": "ble", "ogi": "og", "li": "",
  ])

  /// Step 3, longest suffix first.
  static let secondDerivations = rules([
    "ational": "ate", "tional": "tion", "alize": "al", "icate": "ic", "iciti": "ic",
    "ative": "", "ical": "ic", "ness": "", "ful": "",
  ])

  /// Step 4, longest suffix first; "ion" needs an s or t before it.
  static let remainingSuffixes = [
    "ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous",
    "ive", "ize", "ion", "al", "er", "ic",
  ]

  private static func rules(_ pairs: KeyValuePairs<String, String>) -> [SuffixRule] {
    pairs.map { SuffixRule(suffix: $0.key, replacement: $0.value) }
  }
}
