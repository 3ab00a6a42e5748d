/// The Unicode data that tokenization depends on, measured from the reference by
/// `Tools/make_unicode_tables.py`.
///
/// The reference mixes versions of Unicode (9 for normal forms, 17 for lower-casing), and the
/// standard library's own tables change with its release, so none of that can be used here.
enum UnicodeData {
  /// Reads ranges in hexadecimal, such as `ad 600-605`.
  static func ranges(_ text: String) -> [ClosedRange<UInt32>] {
    text.split(whereSeparator: \.isWhitespace).compactMap { range($0) }
  }

  /// Reads mappings in hexadecimal, such as `c0=41,300`.
  static func mappings(_ text: String) -> [(scalar: UInt32, image: [UInt32])] {
    text.split(whereSeparator: \.isWhitespace).compactMap { word in
      let sides = word.split(separator: "=")
      guard sides.count == 2, let scalar = UInt32(sides[0], radix: 16) else { return nil }
      return (scalar, sides[1].split(separator: ",").compactMap { UInt32($0, radix: 16) })
    }
  }

  static func range(_ word: Substring) -> ClosedRange<UInt32>? {
    let bounds = word.split(separator: "-").compactMap { UInt32($0, radix: 16) }
    guard let first = bounds.first, let last = bounds.last else { return nil }
    return first...last
  }
}
